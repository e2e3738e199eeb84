"""Two weeks of nights over several volumes, on a real Cinder: what is there at the end is what the simulation foretold."""
import datetime
import json

from case import Case

FIRST = datetime.date(2026, 3, 16)
PAUSED, FAILED, MISSED, EDITED = 5, 7, 9, 11
COUNT = 14


class Nights(Case):
    def declare(self, **changes):
        nightly = {
            "name": "nightly", "volumes": list(self.volumes), "every": "day", "at": "02:00", "timezone": "Europe/Berlin",
            "keep": {"daily": 5, "weekly": 2}, **changes,
        }
        # Picked by what Cinder calls them.
        weekly = {
            "name": "weekly", "match": {"name": "db-*"}, "every": "week", "at": "sun 03:00", "timezone": "Europe/Berlin", "keep": {"last": 2},
        }
        (self.work.folder / "snapshots.yaml").write_text(
            f"stack: nights\nvolumes: {json.dumps(self.volumes)}\nrotations:\n  - {json.dumps(nightly)}\n  - {json.dumps(weekly)}\n")

    def now(self, night):
        return f"{FIRST + datetime.timedelta(days=night)}T02:30:00Z"

    def night(self, night, status=0, *texts):
        outcome = self.work.apply("--now", self.now(night))
        self.expect(outcome, status, *texts)
        return outcome

    def kept(self, rotation, label):
        prefix = f"{rotation}/{label}@"
        return sorted(key.removeprefix(prefix) for key, _ in self.stamped() if key.startswith(prefix))

    def simulated(self):
        last = FIRST + datetime.timedelta(days=COUNT - 1)
        missed = [f"--missed={FIRST + datetime.timedelta(days=night)}..{FIRST + datetime.timedelta(days=night)}" for night in (PAUSED, MISSED)]
        outcome = self.work.run(
            "simulate", "--json", "--rotation", "nightly", f"--from={FIRST}", f"--until={last}", *missed)
        self.assertEqual(outcome.status, 0, outcome)
        return {r["volume"]: sorted(kept["period"] for kept in r["kept"]) for r in json.loads(outcome.output)["rotations"]}

    def test_two_weeks(self):
        """A pause, a failure that is made good, a missed night and an edit: exactly the foretold snapshots stay (P12, P13, P11)."""
        self.volumes = {name: self.team.volume(name) for name in ("db-orders", "db-billing", "web")}
        self.declare()
        for night in range(COUNT):
            if night == MISSED:
                continue
            if night == PAUSED:
                self.declare(paused=True)
                before = self.stamped()
                self.night(night)
                self.assertEqual([key for key, _ in self.stamped() if key.startswith("nightly/")],
                                 [key for key, _ in before if key.startswith("nightly/")])
                self.declare()
                continue
            if night == FAILED:
                # The driver fails what carries this; nothing goes in exchange for a snapshot that is not good.
                self.declare(snapshot={"metadata": {"pace.fail": "create"}})
                before = set(self.stamped())
                self.night(night, 3)
                self.assertLessEqual(before, set(self.stamped()))
                self.declare()
            if night == EDITED:
                self.declare(keep={"daily": 4, "weekly": 2})
                self.assertIn("expires", self.work.run("plan", "--now", self.now(night)).output)
            self.night(night)
            # The same instant again finds nothing to do, with and without a look at the cloud.
            self.expect(self.work.plan("--now", self.now(night)), 0)
            self.expect(self.work.plan("--refresh", "--now", self.now(night), *self.work.cloud_options()), 0)
        foretold = self.simulated()
        self.assertEqual(sorted(foretold), sorted(self.volumes))
        for label, periods in foretold.items():
            self.assertEqual(self.kept("nightly", label), periods, label)
        for label in ("db-orders", "db-billing"):
            self.assertEqual(self.kept("weekly", label), ["2026-W12", "2026-W13"])
        self.assertEqual(self.kept("weekly", "web"), [])
        status = self.work.run("status", "--json", "--now", self.now(COUNT - 1), *self.work.cloud_options())
        self.assertEqual(status.status, 0, status)
        standings = json.loads(status.output)["rotations"]
        self.assertEqual({s["demand"] for s in standings}, {"met"})

    def test_lost_state(self):
        """The stamps alone tell what is due and what is kept (P2): a run without its state makes nothing twice."""
        self.volumes = {name: self.team.volume(name) for name in ("db-orders", "web")}
        self.declare()
        for night in range(3):
            self.night(night)
        before = self.stamped()
        self.work.forget()
        outcome = self.work.apply("--recover", "--now", self.now(2))
        self.expect(outcome, 0)
        self.assertEqual(self.stamped(), before)
