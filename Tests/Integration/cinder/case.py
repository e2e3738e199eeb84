"""What the suite's tests share: an empty project, a folder, and how they are reported."""
import time
import unittest

import cloud
from workspace import Workspace


class Case(unittest.TestCase):
    """Each test has a folder of its own and finds the project empty."""

    @classmethod
    def setUpClass(cls):
        if not hasattr(Case, "team"):
            Case.team, Case.colleague, Case.stranger = cloud.Cloud("team"), cloud.Cloud("colleague"), cloud.Cloud("stranger")
            Case.admin = cloud.administrator_of("team")
            Case.admin.clean()
            Case.token = Case.team.token()
        cls.maxDiff = None

    def setUp(self):
        self.work = Workspace(self.token, self.team.project)
        self.addCleanup(self.work.remove)
        self.addCleanup(self.admin.clean)

    def expect(self, outcome, status, *texts):
        self.assertEqual(outcome.status, status, outcome)
        for text in texts:
            self.assertIn(text, outcome.text)

    def stamped(self):
        """Cinder's own list of what carries a stamp of this workspace's owner: pairs of key and id."""
        owner = self.work.state["owner"]
        return sorted((s.metadata["snapkeep.key"], s.id) for s in self.team.snapshots() if s.metadata.get("snapkeep.owner") == owner)

    def expect_settled(self, *keys):
        """State and cloud agree, each key is there exactly once and available, and nothing is left to do (P1, P2, P11)."""
        state = self.work.state
        self.assertEqual(self.stamped(), sorted((r["key"], r["id"]) for r in state["records"] + state["superseded"]))
        self.assertEqual(sorted(r["key"] for r in state["records"]), sorted(keys))
        self.assertEqual({s.status for s in self.team.snapshots()} - {"available"}, set())
        self.assertEqual(state["open_intents"], [])
        self.assertNotIn("snapkeep.state.json.journal", self.work.files())
        self.expect(self.work.plan(), 0)

    def seen(self, key):
        """What Cinder says of the snapshot that the state records under a key."""
        return self.team.snapshot(self.work.records[key]["id"])

    def own_metadata(self, key):
        return {name: value for name, value in self.seen(key).metadata.items() if not name.startswith("snapkeep.")}


class Report(unittest.TextTestResult):
    """A line for each test with its time; the count of failures counts tests, not their parts."""

    def startTest(self, test):
        self.began, self.before = time.monotonic(), len(self.failures) + len(self.errors)
        unittest.TestResult.startTest(self, test)

    def stopTest(self, test):
        bad = len(self.failures) + len(self.errors) > self.before
        self.bad = getattr(self, "bad", 0) + bad
        self.stream.writeln(f"{'FAILED' if bad else 'passed'} {type(test).__name__}.{test._testMethodName} ({time.monotonic() - self.began:.1f} s)")
        self.stream.flush()
        super().stopTest(test)

    def addSuccess(self, test):
        pass
