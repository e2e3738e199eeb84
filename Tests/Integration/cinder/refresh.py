"""What others do to snapshots while nobody looks, and what the cloud would refuse: --refresh, --recreate and status."""
import json
import re
import uuid

from case import Case
from workspace import wait_until


class Refresh(Case):
    def plan(self, *arguments):
        return self.work.run("plan", "--refresh", "--exit-code", *self.work.cloud_options(), *arguments)

    def expect_refreshed(self, *keys):
        """Settled, and a look at the cloud finds nothing to do either (P11)."""
        self.expect_settled(*keys)
        self.expect(self.plan(), 0, "Nothing to do")

    def gone(self, identifier):
        self.team.api.delete_snapshot(identifier)
        wait_until(lambda: identifier not in [s.id for s in self.team.snapshots()], "the deletion by another client")

    def test_drift(self):
        """Another client changes name, description and metadata: shown, brought back in place; what it added of its own stays."""
        volume = self.team.volume("orders")
        self.work.declare(
            {"name": "a", "volume_id": volume, "description": "Daily", "metadata": {"team": "payments", "ticket": "1"}},
            {"name": "b", "volume_id": volume})
        self.expect(self.work.apply(), 0)
        before = self.work.records["a"]["id"]
        self.colleague.api.update_snapshot(before, name="x", description="")
        self.colleague.api.put(f"/snapshots/{before}/metadata/team", json={"meta": {"team": "search"}}).raise_for_status()
        self.colleague.api.delete(f"/snapshots/{before}/metadata/ticket").raise_for_status()
        self.colleague.api.post(f"/snapshots/{before}/metadata", json={"metadata": {"theirs": "1"}}).raise_for_status()
        # Without a look nothing is known of it (P4).
        self.expect(self.work.plan(), 0)
        shown = self.plan()
        self.expect(shown, 2, '"x" → "a" (changed outside)', '"search" → "payments" (changed outside)', '(none) → "1" (changed outside)')
        self.assertNotIn("theirs", shown.text)
        self.expect(self.work.apply("--refresh"), 0, "1 updated")
        snapshot = self.seen("a")
        self.assertEqual((snapshot.id, snapshot.name, snapshot.description), (before, "a", "Daily"))
        self.assertEqual(self.own_metadata("a"), {"team": "payments", "ticket": "1", "theirs": "1"})
        self.expect_refreshed("a", "b")

    def test_lost(self):
        """Another client deletes one: told, made anew only with --recreate, once; the others stay as they are (P3)."""
        volume = self.team.volume("orders")
        self.work.declare(*({"name": name, "volume_id": volume} for name in "abc"))
        self.expect(self.work.apply(), 0)
        self.gone(self.work.records["b"]["id"])
        self.expect(self.plan(), 2, "! b", "gone from the cloud", "its volume still exists")
        self.expect(self.work.apply("--refresh"), 3, "1 declared snapshot is lost")
        self.assertEqual(len(self.team.snapshots()), 2)
        self.expect(self.work.apply("--refresh", "--recreate"), 0, "1 replaced")
        self.expect_refreshed("a", "b", "c")

    def test_lost_with_its_volume(self):
        """The volume was deleted with all its snapshots: it cannot be made again, and forgetting it is what is left."""
        volume, other = self.team.volume("orders"), self.team.volume("other")
        self.work.declare({"name": "a", "volume_id": volume}, {"name": "b", "volume_id": other})
        self.expect(self.work.apply(), 0)
        self.team.api.delete(f"/volumes/{volume}", params={"cascade": "true"}).raise_for_status()
        wait_until(lambda: volume not in [v.id for v in self.team.api.volumes()], "the deletion of the volume")
        self.expect(self.plan("--recreate"), 2, "! a", "its volume is gone too", "cannot be made again")
        self.expect(self.work.apply("--refresh", "--recreate"), 3, "1 declared snapshot is lost")
        self.expect(self.work.run("forget", "a"), 0)
        self.work.declare({"name": "b", "volume_id": other})
        self.expect_refreshed("b")

    def test_error_and_error_deleting(self):
        """A status set by an operator: error is replaced, the old one kept; error_deleting is lost."""
        volume = self.team.volume("orders")
        self.work.declare({"name": "a", "volume_id": volume}, {"name": "b", "volume_id": volume})
        self.expect(self.work.apply(), 0)
        broken = self.work.records["a"]["id"]
        for key, status in (("a", "error"), ("b", "error_deleting")):
            identifier = self.work.records[key]["id"]
            self.admin.api.post(
                f"/snapshots/{identifier}/action", json={"os-reset_status": {"status": status}}).raise_for_status()
        self.expect(self.plan(), 2, "± a", "ended in error", "! b", "that failed")
        self.expect(self.work.apply("--refresh"), 3, "1 replaced", "1 declared snapshot is lost")
        self.assertEqual([r["id"] for r in self.work.state["superseded"]], [broken])
        self.assertEqual(self.seen("a").status, "available")

    def test_pages(self):
        """Twelve snapshots, five rows a page: the requests are the pages, and nothing beyond the first page looks lost."""
        volumes = [self.team.volume(f"v{number}") for number in range(4)]
        self.work.declare(*({"name": f"s{number}", "volume_id": volumes[number % 4]} for number in range(12)))
        self.expect(self.work.apply(), 0)
        outcome = self.plan("--log-level", "debug")
        self.expect(outcome, 0)
        paths = re.findall(r"method=GET path=(\S+)", outcome.errors)
        self.assertEqual(len([path for path in paths if path.endswith("/snapshots/detail")]), 3)
        self.assertEqual([path for path in paths if re.search(r"/snapshots/[0-9a-f-]{36}$", path)], [])

    def test_preflight(self):
        """Attached, missing, foreign and ambiguous volumes and a used-up quota are told at their lines before anything is made."""
        attached, free = self.team.volume("busy", attached=True), self.team.volume("free")
        twins = [self.team.volume("twin"), self.team.volume("twin")]
        foreign = self.stranger.volume("foreign")
        self.addCleanup(self.stranger.api.delete_volume, foreign)
        self.addCleanup(self.admin.set_quota, snapshots=1000)
        self.admin.set_quota(snapshots=3)
        self.work.declare(
            {"name": "attached", "volume_id": attached}, {"name": "forced", "volume_id": attached, "force": True},
            {"name": "missing", "volume_id": str(uuid.uuid4())}, {"name": "foreign", "volume_id": foreign},
            {"name": "ambiguous", "volume": "x"}, {"name": "good", "volume_id": free}, volumes={"x": {"name": "twin"}})
        for outcome in (self.plan(), self.work.apply("--refresh")):
            self.expect(
                outcome, 1, "snapshots.yaml:3:", "the volume of 'attached' is attached", "snapshots.yaml:5:", "snapshots.yaml:6:",
                "is not in this project", "snapshots.yaml:7:", *twins, "makes 6 snapshots, and the project's quota leaves 3")
            self.assertNotIn("snapshots.yaml:4:", outcome.text)
        self.assertEqual(self.team.snapshots(), [])

    def test_stamp_removed(self):
        """Another client takes the stamp away: told; nothing else is wrong with the snapshot."""
        self.work.declare({"name": "a", "volume_id": self.team.volume("orders")})
        self.expect(self.work.apply(), 0)
        identifier = self.work.records["a"]["id"]
        self.colleague.api.put(f"/snapshots/{identifier}/metadata", json={"metadata": {}}).raise_for_status()
        self.expect(self.plan(), 0, "somebody has changed the stamp of 'a'")

    def test_renamed_volume(self):
        """The cloud's name of a volume moves to another volume: a new snapshot first, the old one kept (P3)."""
        first = self.team.volume("orders")
        self.work.declare({"name": "a", "volume": "x"}, volumes={"x": {"name": "orders"}})
        self.expect(self.work.apply(), 0)
        self.team.api.update_volume(first, name="orders-old")
        second = self.team.volume("orders")
        self.expect(self.work.apply("--refresh"), 0, "1 replaced")
        self.assertEqual(self.seen("a").volume_id, second)
        self.expect_refreshed("a")

    def test_status(self):
        """What is declared, as it stands in the cloud; nothing is written."""
        volume = self.team.volume("orders")
        self.work.declare({"name": "a", "volume_id": volume}, {"name": "b", "volume_id": volume})
        self.expect(self.work.apply(), 0)
        self.gone(self.work.records["a"]["id"])
        self.colleague.api.update_snapshot(self.work.records["b"]["id"], description="theirs")
        before = self.work.files()
        outcome = self.work.run("status", "--json", "--exit-code", *self.work.cloud_options())
        self.expect(outcome, 2)
        rows = {row["key"]: row for row in json.loads(outcome.output)["snapshots"]}
        self.assertEqual((rows["a"]["status"], rows["a"]["loss"]), ("lost", "gone"))
        self.assertEqual((rows["b"]["status"], rows["b"]["changed_outside"]), ("available", ["description"]))
        self.assertEqual(self.work.files(), before)
