"""The state is lost: what the stamps in a real Cinder give back, and pipelines that keep no state at all."""
import uuid

from case import Case
from workspace import KILLED, wait_until


class Recovery(Case):
    def recover(self, *arguments, **keywords):
        return self.work.run("recover", "--auto-approve", "--settle-time", "50ms", *self.work.cloud_options(), *arguments, **keywords)

    def declare(self, count, **more):
        volumes = [self.team.volume(f"v{number}") for number in range(2)]
        self.work.declare(*({"name": f"s{number}", "volume_id": volumes[number % 2], "description": "Daily", "metadata": {"n": str(number)}, **more}
                            for number in range(count)), stack="suite-" + uuid.uuid4().hex[:8])
        return volumes

    def test_state_deleted(self):
        """Twelve snapshots, five rows a page, every file of the state gone: recovered, and nothing is left to do (P2, P11)."""
        self.declare(12)
        self.expect(self.work.apply(), 0)
        before = {key: record["id"] for key, record in self.work.records.items()}
        self.work.forget()
        self.expect(self.recover("--dry-run"), 0, "Recover: 12 to record")
        self.assertEqual(sorted(self.work.files()), ["snapshots.yaml"])
        self.expect(self.recover(), 0, "12 recorded")
        self.assertEqual({key: record["id"] for key, record in self.work.records.items()}, before)
        self.expect_settled(*before)
        self.expect(self.work.run("plan", "--refresh", "--exit-code", *self.work.cloud_options()), 0)
        serial = self.work.state["serial"]
        self.expect(self.recover(), 0)
        self.assertEqual(self.work.state["serial"], serial)

    def test_killed_and_deleted(self):
        """kill -9 in the middle, then the state and its journal are lost too: nothing twice, nothing lost (P1, P2)."""
        self.declare(8)
        self.expect(self.work.apply(SNAPKEEP_FAILPOINT="after-answer:4"), KILLED)
        self.work.forget()
        # What the killed client had sent is performed within moments here; the settle time is for clouds where it takes longer.
        wait_until(lambda: len(self.team.snapshots()) >= 4 and {s.status for s in self.team.snapshots()} == {"available"}, "what was asked for")
        self.expect(self.recover(), 0)
        self.expect(self.work.apply(), 0)
        self.expect_settled(*(f"s{number}" for number in range(8)))

    def test_stateless(self):
        """Each job begins in an empty folder: the second makes nothing, the third what was added (P1)."""
        volumes = self.declare(2)
        self.expect(self.work.apply("--recover"), 0, "2 created")
        for _ in range(2):
            self.work.forget()
            self.expect(self.work.apply("--recover"), 0, "Nothing to do")
        self.work.forget()
        manifest = self.work.folder / "snapshots.yaml"
        manifest.write_text(manifest.read_text() + f'  - {{"name": "later", "volume_id": "{volumes[0]}"}}\n')
        self.expect(self.work.apply("--recover"), 0, "1 created")
        self.assertEqual(len(self.team.snapshots()), 3)

    def test_doubles_and_strangers(self):
        """A second snapshot of a key and one of another owner: told; the first kept as superseded, the other left alone (P3)."""
        volumes = self.declare(1)
        self.expect(self.work.apply(), 0)
        stamp = {name: value for name, value in self.seen("s0").metadata.items() if name.startswith("snapkeep.")}
        first = self.work.records["s0"]["id"]
        double = self.colleague.api.create_snapshot(volume_id=volumes[0], name="s0", metadata=stamp).id
        self.colleague.api.create_snapshot(volume_id=volumes[0], name="s0", metadata={**stamp, "snapkeep.owner": "somebody"})
        wait_until(lambda: {s.status for s in self.team.snapshots()} == {"available"}, "the colleague's snapshots")
        self.work.forget()
        self.expect(self.recover(), 0, "is carried by several snapshots", first, double, "somebody")
        self.assertEqual(self.work.records["s0"]["id"], first)
        self.assertEqual([r["id"] for r in self.work.state["superseded"]], [double])
        self.expect(self.work.apply("--prune"), 0, "1 deleted")
        self.assertEqual(len(self.team.snapshots()), 2)
