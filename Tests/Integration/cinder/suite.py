"""snapkeep against a real Cinder; openstacksdk is the witness of what the cloud holds."""
import re
import signal
import sys
import time
import unittest
import uuid

import cloud
from case import Case, Report
from log_in import LogIn, Renewal  # noqa: F401  (tests of theirs)
from recovery import Recovery  # noqa: F401
from refresh import Refresh  # noqa: F401
from rotation import Nights  # noqa: F401
from workspace import KILLED, Workspace, wait_until


class Create(Case):
    def test_create_and_converge(self):
        """Every field arrives as declared, with the stamp; a second apply asks for nothing."""
        volume = self.team.volume("orders")
        self.work.declare(
            {"name": "été 每日", "key": "daily", "volume_id": volume, "description": "Vor dem Umzug – größer", "metadata": {"team": "a", "n": "1"}},
            {"name": "n" * 255, "key": "long", "volume_id": volume, "description": "d" * 255, "metadata": {"k" * 255: "v" * 255}},
            {"name": "bare", "volume_id": volume})
        self.expect(self.work.apply(), 0, "Applied: 3 created")
        daily = self.seen("daily")
        self.assertEqual((daily.name, daily.description, daily.volume_id, daily.status),
                         ("été 每日", "Vor dem Umzug – größer", volume, "available"))
        self.assertEqual(daily.metadata, {
            "team": "a", "n": "1", "snapkeep.owner": self.work.state["owner"], "snapkeep.key": "daily",
            "snapkeep.attempt": self.work.records["daily"]["attempt"]})
        self.assertEqual(self.seen("long").name, "n" * 255)
        self.assertEqual(self.own_metadata("long"), {"k" * 255: "v" * 255})
        self.assertFalse(self.seen("bare").description)
        self.expect_settled("daily", "long", "bare")
        before = self.work.state
        self.expect(self.work.apply(), 0, "Nothing to do")
        self.assertEqual(self.work.state["serial"], before["serial"])
        self.assertEqual(len(self.team.snapshots()), 3)

    def test_two_of_one_name(self):
        """Names are not unique in Cinder: two keys may share one."""
        volume = self.team.volume("orders")
        self.work.declare({"name": "same", "key": "a", "volume_id": volume}, {"name": "same", "key": "b", "volume_id": volume})
        self.expect(self.work.apply(), 0)
        self.expect_settled("a", "b")

    def test_attached_volume(self):
        """In use: without force refused, told at the manifest's line with a remedy; with force made."""
        volume = self.team.volume("busy", attached=True)
        free = self.team.volume("free")
        self.work.declare({"name": "other", "volume_id": free}, {"name": "live", "volume_id": volume})
        refused = self.work.apply()
        self.expect(refused, 3, "snapshots.yaml:3:", "live", "add 'force: true'", "status must be available, but current status is: in-use")
        self.assertEqual([key for key, _ in self.stamped()], ["other"])
        self.work.declare({"name": "other", "volume_id": free}, {"name": "live", "volume_id": volume, "force": True})
        self.expect(self.work.apply(), 0, "Applied: 1 created")
        self.assertEqual(self.seen("live").volume_id, volume)
        self.expect_settled("other", "live")

    def test_volume_not_here(self):
        """A volume that does not exist and one of another project: each fails at its line, the third is made (P10)."""
        foreign = self.stranger.volume("foreign")
        self.addCleanup(self.stranger.api.delete_volume, foreign)
        self.work.declare(
            {"name": "none", "volume_id": str(uuid.uuid4())}, {"name": "foreign", "volume_id": foreign},
            {"name": "good", "volume_id": self.team.volume("orders")})
        outcome = self.work.apply()
        self.expect(outcome, 3, "snapshots.yaml:2:", "snapshots.yaml:3:", "1 created, 2 failed", "could not be found", "correct the volume's id")
        self.assertEqual([key for key, _ in self.stamped()], ["good"])
        self.assertEqual(self.stranger.snapshots(), [])

    def test_creation_that_fails_later(self):
        """Accepted, then in status error: recorded, and replaced by the next apply; the failed one goes with --prune only."""
        volume = self.team.volume("orders")
        self.work.declare({"name": "daily", "volume_id": volume, "metadata": {"pace.fail": "create"}})
        self.expect(self.work.apply(), 3, "status error")
        failed = self.work.records["daily"]["id"]
        self.assertEqual(self.team.snapshot(failed).status, "error")
        self.work.declare({"name": "daily", "volume_id": volume})
        self.expect(self.work.apply(), 0, "1 replaced")
        self.assertEqual({s.id for s in self.team.snapshots()}, {failed, self.work.records["daily"]["id"]})
        self.expect(self.work.apply("--prune"), 0, "1 deleted")
        self.expect_settled("daily")

    def test_wait_runs_out(self):
        """A wait that ends too early leaves it recorded as creating; the next run waits on and makes nothing new."""
        self.work.declare({"name": "slow", "volume_id": self.team.volume("orders"), "timeout": "1s", "metadata": {"pace.create": "5"}})
        self.expect(self.work.apply(), 3, "slow")
        self.assertEqual(self.work.records["slow"]["status"], "creating")
        self.work.declare({"name": "slow", "volume_id": self.work.records["slow"]["volume_id"], "metadata": {"pace.create": "5"}})
        self.expect(self.work.plan(), 2, "> slow")
        self.expect(self.work.apply(), 0)
        self.expect_settled("slow")

    def test_saved_plan(self):
        """A saved plan is carried out once (P5)."""
        self.work.declare({"name": "daily", "volume_id": self.team.volume("orders")})
        self.expect(self.work.run("plan", *self.work.cloud_options(), "--out", "next.plan"), 0)
        self.expect(self.work.apply("next.plan"), 0, "1 created")
        self.expect(self.work.apply("next.plan"), 4)
        self.expect_settled("daily")

    def test_quota(self):
        """Over the project's limit: what fits is made, the rest told with the cloud's words and made after the limit was raised."""
        volume = self.team.volume("orders")
        names = ["a", "b", "c"]
        for limit, words in (({"snapshots": 1}, "Maximum number of snapshots allowed (1) exceeded"), ({"gigabytes": 2}, "gigabytes")):
            with self.subTest(limit=limit):
                work = self.work = Workspace(self.token, self.team.project)
                self.addCleanup(work.remove)
                work.declare(*({"name": name, "volume_id": volume} for name in names))
                self.addCleanup(self.admin.set_quota, snapshots=1000, gigabytes=-1)
                self.admin.set_quota(**limit)
                refused = work.apply()
                self.expect(refused, 3, "1 created, 2 failed", "quota", words)
                self.assertEqual(len(self.team.snapshots()), 1)
                self.admin.set_quota(snapshots=1000, gigabytes=-1)
                self.expect(work.apply(), 0, "2 created")
                self.expect_settled(*names)
                for snapshot in self.team.snapshots():
                    self.team.api.delete_snapshot(snapshot)
                wait_until(lambda: not self.team.snapshots(), "snapshots deleted")


class Change(Case):
    def test_name_and_description(self):
        """Changed in place, and a description can be taken away again."""
        volume = self.team.volume("orders")
        self.work.declare({"key": "daily", "name": "one", "volume_id": volume, "description": "before"})
        self.expect(self.work.apply(), 0)
        first = self.work.records["daily"]["id"]
        self.work.declare({"key": "daily", "name": "two", "volume_id": volume, "description": "after"})
        self.expect(self.work.apply(), 0, "1 updated")
        self.assertEqual((self.seen("daily").id, self.seen("daily").name, self.seen("daily").description), (first, "two", "after"))
        self.work.declare({"key": "daily", "name": "two", "volume_id": volume})
        self.expect(self.work.apply(), 0, "1 updated")
        self.assertEqual((self.seen("daily").name, self.seen("daily").description or ""), ("two", ""))
        self.expect_settled("daily")

    def test_metadata(self):
        """Keys are added, changed and removed; what another client has set stays, and so does the stamp."""
        volume = self.team.volume("orders")
        self.work.declare({"name": "daily", "volume_id": volume, "metadata": {"keep": "1", "change": "1", "drop": "1"}})
        self.expect(self.work.apply(), 0)
        stamp = self.seen("daily").metadata["snapkeep.attempt"]
        self.colleague.api.set_snapshot_metadata(self.work.records["daily"]["id"], foreign="theirs")
        self.work.declare({"name": "daily", "volume_id": volume, "metadata": {"keep": "1", "change": "2", "add.ed": "ü"}})
        self.expect(self.work.apply(), 0, "1 updated")
        self.assertEqual(self.own_metadata("daily"), {"keep": "1", "change": "2", "add.ed": "ü", "foreign": "theirs"})
        self.assertEqual(self.seen("daily").metadata["snapkeep.attempt"], stamp)
        self.work.declare({"name": "daily", "volume_id": volume})
        self.expect(self.work.apply(), 0, "1 updated")
        self.assertEqual(self.own_metadata("daily"), {"foreign": "theirs"})
        self.expect_settled("daily")

    def test_removed_behind_our_back(self):
        """A metadata key that is gone already needs no removal; a snapshot that is gone is told, not made anew."""
        volume = self.team.volume("orders")
        self.work.declare({"name": "daily", "volume_id": volume, "metadata": {"drop": "1"}})
        self.expect(self.work.apply(), 0)
        daily = self.work.records["daily"]["id"]
        self.colleague.api.delete_snapshot_metadata(daily, keys=["drop"])
        self.work.declare({"name": "daily", "volume_id": volume})
        self.expect(self.work.apply(), 0, "1 updated")
        self.colleague.api.delete_snapshot(daily)
        wait_until(lambda: not self.team.snapshots(), "the colleague's deletion")
        self.work.declare({"name": "daily", "volume_id": volume, "description": "new"})
        self.expect(self.work.apply(), 1, "daily")
        self.assertEqual(self.team.snapshots(), [])

    def test_replace(self):
        """Another volume means another snapshot: made first, the old one kept until --prune."""
        first, second = self.team.volume("orders-1"), self.team.volume("orders-2")
        self.work.declare({"name": "daily", "volume_id": first})
        self.expect(self.work.apply(), 0)
        old = self.work.records["daily"]["id"]
        self.work.declare({"name": "daily", "volume_id": second})
        self.expect(self.work.apply(), 0, "1 replaced")
        new = self.work.records["daily"]["id"]
        self.assertEqual({s.id: s.volume_id for s in self.team.snapshots()}, {old: first, new: second})
        self.expect(self.work.apply("--prune"), 0, "1 deleted")
        self.assertEqual([s.id for s in self.team.snapshots()], [new])
        self.expect_settled("daily")

    def test_rename(self):
        """Another key for a recorded snapshot: the stamp in the cloud follows."""
        volume = self.team.volume("orders")
        self.work.declare({"name": "daily", "volume_id": volume})
        self.expect(self.work.apply(), 0)
        same = self.work.records["daily"]["id"]
        self.expect(self.work.run("rename", "daily", "nightly", *self.work.cloud_options()), 0)
        self.work.declare({"name": "daily", "key": "nightly", "volume_id": volume})
        self.expect(self.work.apply(), 0)
        self.assertEqual(self.stamped(), [("nightly", same)])
        self.expect_settled("nightly")


class Delete(Case):
    def test_prune(self):
        """Not listed any more: kept, then deleted with --prune; protected ones, a colleague's and those of another state stay (P3)."""
        volume = self.team.volume("orders")
        self.work.declare({"name": "a", "volume_id": volume}, {"name": "b", "volume_id": volume},
                          {"name": "safe", "volume_id": volume, "protect": True})
        self.expect(self.work.apply(), 0)
        theirs = self.colleague.api.create_snapshot(volume_id=volume, name="b").id
        kept = {theirs, self.work.records["a"]["id"], self.work.records["safe"]["id"]}
        self.work.declare({"name": "a", "volume_id": volume})
        self.expect(self.work.apply(), 0, "Nothing to do")
        self.assertEqual(len(self.team.snapshots()), 4)
        self.expect(self.work.apply("--prune"), 0, "1 deleted")
        self.assertEqual({s.id for s in self.team.snapshots()}, kept)
        self.expect_settled("a", "safe")

    def test_many_refused(self):
        """More deletions than allowed: refused as a whole before the first (P3)."""
        volume = self.team.volume("orders")
        names = [f"s{number}" for number in range(7)]
        self.work.declare(*({"name": name, "volume_id": volume} for name in names))
        self.expect(self.work.apply(), 0)
        self.work.declare({"name": "s0", "volume_id": volume})
        self.expect(self.work.apply("--prune"), 4)
        self.assertEqual(len(self.team.snapshots()), 7)
        self.expect(self.work.apply("--prune", "--max-deletes", "6"), 0, "6 deleted")
        self.expect_settled("s0")

    def test_gone_already(self):
        """Deleted by somebody else before: nothing to delete, and the record goes."""
        self.work.declare({"name": "a", "volume_id": self.team.volume("orders")})
        self.expect(self.work.apply(), 0)
        self.colleague.api.delete_snapshot(self.work.records["a"]["id"])
        wait_until(lambda: not self.team.snapshots(), "the colleague's deletion")
        self.work.declare()
        self.expect(self.work.apply("--prune", "--allow-empty"), 0)
        self.assertEqual(self.work.records, {})

    def test_deletion_that_fails_later(self):
        """Accepted, then error_deleting: told as failed, still recorded."""
        self.work.declare({"name": "a", "volume_id": self.team.volume("orders"), "metadata": {"pace.fail": "delete"}})
        self.expect(self.work.apply(), 0)
        self.work.declare()
        outcome = self.work.apply("--prune", "--allow-empty")
        self.assertIn(outcome.status, (1, 3), outcome)
        self.assertIn("error_deleting", outcome.text)
        self.assertEqual([s.status for s in self.team.snapshots()], ["error_deleting"])
        self.assertEqual([key for key, _ in self.stamped()], ["a"])
        self.assertIn("a", self.work.records)

    def test_slow(self):
        """A deletion that takes its time is waited for."""
        self.work.declare({"name": "a", "volume_id": self.team.volume("orders"), "metadata": {"pace.delete": "3"}})
        self.expect(self.work.apply(), 0)
        self.work.declare()
        self.expect(self.work.apply("--prune", "--allow-empty"), 0, "1 deleted")
        self.assertEqual(self.team.snapshots(), [])


class Names(Case):
    def test_names(self):
        """A volume by its cloud name: one match is used, none and two are told at the line; other projects' do not count."""
        volume = self.team.volume("billing")
        twins = sorted([self.team.volume("twin"), self.team.volume("twin")])
        foreign = self.stranger.volume("billing")
        self.addCleanup(self.stranger.api.delete_volume, foreign)
        names = {"one": {"name": "billing"}, "none": {"name": "absent"}, "two": {"name": "twin"}}
        self.work.declare(*({"name": name, "volume": name} for name in names), volumes=names)
        outcome = self.work.apply()
        self.expect(outcome, 3, "1 created, 2 failed", "snapshots.yaml:4:", "no volume is named 'absent'", "snapshots.yaml:5:", *twins)
        self.assertEqual([key for key, _ in self.stamped()], ["one"])
        self.assertEqual(self.seen("one").volume_id, volume)
        names["none"], names["two"] = {"name": "billing"}, twins[0]
        self.work.declare(*({"name": name, "volume": name} for name in names), volumes=names)
        self.expect(self.work.apply(), 0, "2 created")
        self.expect_settled(*names)

    def test_names_beyond_the_first_page(self):
        """Twelve volumes, five rows a page: the oldest is found, and a twin on another page counts."""
        first = self.team.volume("wanted")
        for number in range(11):
            self.team.volume(f"filler-{number}")
        self.work.declare({"name": "a", "volume": "x"}, volumes={"x": {"name": "wanted"}})
        self.expect(self.work.apply(), 0)
        self.assertEqual(self.seen("a").volume_id, first)
        self.team.volume("wanted")
        self.work.declare({"name": "a", "volume_id": first}, {"name": "b", "volume": "x"}, volumes={"x": {"name": "wanted"}})
        self.expect(self.work.apply(), 1, "2 volumes are named 'wanted'")


class Pages(Case):
    def test_many_pending(self):
        """Fourteen snapshots become available while the server shows five rows a page."""
        volumes = [self.team.volume(f"v{number}") for number in range(14)]
        self.work.declare(*({"name": f"s{number}", "volume_id": volume, "metadata": {"pace.create": "3"}}
                            for number, volume in enumerate(volumes)))
        outcome = self.work.apply("--log-level", "debug")
        self.expect(outcome, 0, "14 created")
        self.expect_settled(*(f"s{number}" for number in range(14)))
        # They are watched by lists; only what is awaited alone is asked for by itself.
        lists = len(re.findall(r"method=GET path=\S+/snapshots/detail ", outcome.errors))
        alone = len(re.findall(r"method=GET path=\S+/snapshots/[0-9a-f-]{36} ", outcome.errors))
        self.assertGreaterEqual(lists, 3)
        self.assertLess(alone, 14)

    def test_settling_beyond_the_first_page(self):
        """The answer is lost and many newer snapshots follow: the stamp is found on a later page, nothing is made twice (P1)."""
        volume = self.team.volume("orders")
        self.work.declare({"name": "a", "volume_id": volume})
        self.expect(self.work.apply(SNAPKEEP_FAILPOINT="after-answer:1"), KILLED)
        wait_until(lambda: len(self.team.snapshots()) == 1, "the snapshot of the killed run")
        for number in range(11):
            self.colleague.api.create_snapshot(volume_id=volume, name="a", metadata={"snapkeep.key": "a"} if number % 2 else {})
        outcome = self.work.apply("--settle-time", "1s", "--log-level", "debug")
        self.expect(outcome, 0, "found in the cloud by its stamp")
        self.assertGreaterEqual(outcome.errors.count("/snapshots/detail "), 3)
        wait_until(lambda: {s.status for s in self.team.snapshots()} == {"available"}, "the colleague's snapshots")
        self.expect_settled("a")


class Credentials(Case):
    def manifest(self, **more):
        self.work.declare(*({"name": name, "volume_id": self.volume, **more} for name in "abc"))

    def setUp(self):
        super().setUp()
        self.volume = self.team.volume("orders")

    def test_wrong_token(self):
        """Nothing is made, it is told once, and the token is never shown (P8)."""
        self.manifest()
        secret = "SECRET" + uuid.uuid4().hex
        outcome = self.work.apply("--log-level", "trace", token=secret)
        self.expect(outcome, 1, "does not accept the credentials", "renew the credentials")
        self.assertEqual(outcome.text.count("error: "), 1, outcome)
        self.assertNotIn(secret, outcome.text)
        self.assertEqual(self.team.snapshots(), [])
        self.expect(self.work.apply(), 0, "3 created")
        self.expect_settled("a", "b", "c")

    def test_expired_token(self):
        """A token whose time is over, as Keystone made it: as above."""
        self.manifest()
        self.expect(self.work.apply(token=self.team.token_expiring(-60)), 1, "does not accept the credentials")
        self.assertEqual(self.team.snapshots(), [])

    def test_revoked_token(self):
        """Revoked at Keystone: refused, and the next run with a good one goes on."""
        self.manifest()
        token = self.team.token()
        self.team.revoke(token)
        self.expect(self.work.apply(token=token), 1, "does not accept the credentials")
        self.expect(self.work.apply(), 0, "3 created")
        self.expect_settled("a", "b", "c")

    def test_token_expires_on_the_way(self):
        """Its end comes while snapshots are pending: what was made is recorded; the next run waits for it and makes nothing anew."""
        self.manifest(**{"metadata": {"pace.create": "12"}})
        token = self.team.token_expiring(6)
        outcome = self.work.apply(token=token)
        self.assertEqual(outcome.status, 3, outcome)
        self.assertIn("credentials", outcome.text)
        self.assertEqual({r["status"] for r in self.work.records.values()}, {"creating"})
        self.expect(self.work.apply(), 0)
        self.expect_settled("a", "b", "c")

    def test_token_of_another_project(self):
        """The path names our project, the token is a stranger's: the run stops, nothing is made on either side."""
        self.manifest()
        outcome = self.work.apply(token=self.stranger.token())
        self.expect(outcome, 1, "the project is not the one that the credentials are for", "--project-id")
        self.assertEqual(self.team.snapshots() + self.stranger.snapshots(), [])

    def test_state_is_bound(self):
        """A state that records something is of one project and one endpoint; another is refused before any request."""
        self.manifest()
        self.expect(self.work.apply(), 0)
        outcome = self.work.apply(token=self.stranger.token(), project=self.stranger.project)
        self.expect(outcome, 4, self.team.project, self.stranger.project)
        self.expect(self.work.apply(endpoint="http://127.0.0.1:9/v3"), 4, "endpoint")
        self.assertEqual(self.stranger.snapshots(), [])
        self.expect_settled("a", "b", "c")

    def test_guard_in_the_manifest(self):
        """The manifest's project_id refuses any other."""
        self.work.declare({"name": "a", "volume_id": self.volume}, project_id=self.stranger.project)
        self.assertIn(self.work.apply().status, (1, 4))
        self.assertEqual(self.team.snapshots(), [])

    def test_mistyped_settings_bind_nothing(self):
        """After a first run that reached nothing with a mistyped project or endpoint, the right ones work."""
        self.manifest()
        self.expect(self.work.apply(project="0" * 32), 1)
        self.expect(self.work.apply(endpoint="http://127.0.0.1:9/v3"), 1)
        self.expect(self.work.apply(), 0, "3 created")
        self.expect_settled("a", "b", "c")

    def test_endpoint_forms(self):
        """With or without version and project part; a slash at the end does no harm. The state knows them as one."""
        base = cloud.endpoint.removesuffix("/v3")
        self.work.declare({"name": "s0", "volume_id": self.volume})
        for number, form in enumerate((base, base + "/", base + "/v3", base + "/v3/", f"{base}/v3/{self.team.project}")):
            names = [f"s{n}" for n in range(number + 1)]
            self.work.declare(*({"name": name, "volume_id": self.volume} for name in names))
            self.expect(self.work.apply(endpoint=form), 0, "1 created")
        self.expect_settled("s0", "s1", "s2", "s3", "s4")

    def test_no_block_storage_there(self):
        """Version 2, which this Cinder no longer has, and Keystone's address: told once with a remedy, without HTML."""
        self.manifest()
        for wrong in (cloud.endpoint.removesuffix("/v3") + "/v2", cloud.keystone):
            with self.subTest(endpoint=wrong):
                self.work.forget()
                outcome = self.work.apply(endpoint=wrong)
                self.expect(outcome, 1, "help: ", "--endpoint")
                self.assertEqual(outcome.text.count("error: "), 1, outcome)
                self.assertNotIn("<", outcome.text)


class Interrupted(Case):
    """P1, P2: whatever ends the run, the next one leaves each snapshot exactly once."""

    names = [f"s{number:02}" for number in range(12)]

    def setUp(self):
        super().setUp()
        self.volumes = [self.team.volume(f"v{number}") for number in range(4)]
        self.work.declare(*({"name": name, "volume_id": self.volumes[number % 4], "metadata": {"pace.create": "1"}}
                            for number, name in enumerate(self.names)))

    def finish(self):
        self.expect(self.work.apply("--settle-time", "2s"), 0)
        self.expect_settled(*self.names)

    def test_kill_in_the_middle(self):
        """kill -9 as soon as Cinder shows so many snapshots."""
        for count in (1, 4, 9):
            with self.subTest(count=count):
                self.admin.clean_snapshots()
                self.work.forget()
                running = self.work.start_apply("--parallelism", "4")
                wait_until(lambda: len(self.team.snapshots()) >= count, f"{count} snapshots", running=running)
                running.send(signal.SIGKILL)
                self.assertEqual(running.finish().status, KILLED)
                self.finish()

    def test_kill_at_each_step_of_a_creation(self):
        """kill -9 between the journal's line, the request, its answer and the record."""
        for point in ("before-intent:3", "after-intent:5", "before-post:2", "after-answer:4", "after-record:6", "before-checkpoint:1"):
            with self.subTest(point=point):
                self.admin.clean_snapshots()
                self.work.forget()
                self.expect(self.work.apply(SNAPKEEP_FAILPOINT=point), KILLED)
                self.finish()

    def test_kills_in_a_row(self):
        """One kill after another, each a little later, then a run to the end."""
        for delay in (0.3, 0.6, 0.9, 1.2):
            running = self.work.start_apply("--settle-time", "1s", "--parallelism", "3")
            time.sleep(delay)
            running.send(signal.SIGKILL)
            running.finish()
        self.finish()

    def test_interrupt(self):
        """Ctrl-C and SIGTERM: nothing new begins, what was asked for is recorded, exit 130; the next run goes on."""
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number.name):
                self.admin.clean_snapshots()
                self.work.forget()
                running = self.work.start_apply("--parallelism", "2")
                wait_until(lambda: len(self.team.snapshots()) >= 2, "2 snapshots", running=running)
                running.send(number)
                self.expect(running.finish(), 130)
                made = self.stamped()
                self.assertLess(len(made), len(self.names))
                self.assertEqual(made, sorted((key, record["id"]) for key, record in self.work.records.items()))
                self.finish()

    def test_requests_performed_after_the_kill(self):
        """kill -9 while Cinder stands still with requests in its hands, which it performs when it goes on: found by their stamps."""
        running = self.work.start_apply("--parallelism", "4")
        self.addCleanup(cloud.let_cinder_go_on)
        wait_until(lambda: len(self.team.snapshots()) >= 2, "2 snapshots", running=running)
        cloud.hold_cinder()
        time.sleep(0.5)  # for requests to be sent that nobody takes
        running.send(signal.SIGKILL)
        self.assertEqual(running.finish().status, KILLED)
        before = self.work.start_apply("--settle-time", "5s")
        cloud.let_cinder_go_on()
        self.expect(before.finish(), 0, "found in the cloud by its stamp")
        self.expect_settled(*self.names)


class Takeover(Case):
    """What a colleague made by hand is taken over: generate, import, and a plan with nothing to do (P1, P2, P11)."""

    def make(self, name, volume, **more):
        snapshot = self.team.api.create_snapshot(volume_id=volume, name=name, is_forced=True, **more)
        return self.team.api.wait_for_status(snapshot, "available", interval=0.2, wait=60).id

    def run_with_cloud(self, command, *arguments, **keywords):
        return self.work.run(command, *self.work.cloud_options(), *arguments, **keywords)

    def expect_taken_over(self, **ids):
        self.assertEqual({key: record["id"] for key, record in self.work.records.items()}, ids)
        self.expect_settled(*ids)
        self.expect(self.run_with_cloud("plan", "--refresh", "--exit-code"), 0)

    def test_generate_and_import(self):
        """Names that are hard for YAML and the shell, blank ones too; metadata that no manifest can hold stays as it is."""
        orders, other = self.team.volume("orders: 'a' # \"b\""), self.team.volume("other", attached=True)
        names = ["daily", "- it's # \"odd\" \\", "été 📸", "no", "$(touch hurt)", "n" * 255]
        made = {name: self.make(name, orders, description="von: Hand # 1", metadata={"team": "a", "a key": "left alone"}) for name in names}
        made["same"], twin = self.make("same", orders), self.make("same", other)
        nameless = self.make(None, other)
        self.make("theirs", other, metadata={"snapkeep.owner": "x", "snapkeep.key": "y", "snapkeep.attempt": str(uuid.uuid4())})
        outcome = self.run_with_cloud("generate", "--out", "snapshots.yaml")
        self.expect(outcome, 0, "9 snapshots of 2 volumes", "1 with a snapkeep stamp")
        self.expect(self.work.run("validate"), 0)
        # Only what has no name gets one.
        self.expect(self.work.apply(), 0, "Applied: 9 adopted, 1 updated")
        self.assertEqual(len(self.work.records), 9)
        for name in names:
            self.assertEqual(self.work.records[name]["id"], made[name])
        self.assertEqual({r["id"] for r in self.work.records.values()}, {*made.values(), twin, nameless})
        self.assertEqual(self.team.snapshot(nameless).name, f"snapshot-{nameless[:8]}")
        self.assertEqual(self.own_metadata("daily"), {"team": "a", "a key": "left alone"})
        self.assertEqual(len(self.team.snapshots()), 10)
        self.expect_settled(*self.work.records)
        self.expect(self.run_with_cloud("plan", "--refresh", "--exit-code"), 0)

    def test_refused(self):
        """What is not there, is another's or of another volume is left as it is; the others are imported."""
        volume, other = self.team.volume("v"), self.team.volume("w")
        mine, elsewhere = self.make("mine", volume), self.make("elsewhere", other)
        stamp = {"snapkeep.owner": "x", "snapkeep.key": "theirs", "snapkeep.attempt": str(uuid.uuid4())}
        theirs = self.make("theirs", volume, metadata=stamp)
        self.work.declare(*({"name": name, "volume_id": volume} for name in ("mine", "elsewhere", "theirs")), stack="tests")
        self.expect(self.run_with_cloud("import", "gone", str(uuid.uuid4())), 1, "there is no snapshot")
        outcome = self.run_with_cloud("import", "elsewhere", elsewhere, "theirs", theirs, "mine", mine)
        self.expect(outcome, 3, "snapshots.yaml:", "is of volume", "another owner, 'x'", "Imported mine")
        self.assertEqual(self.team.snapshot(theirs).metadata, stamp)
        self.assertEqual(self.team.snapshot(elsewhere).metadata, {})
        self.assertEqual(list(self.work.records), ["mine"])

    def test_killed(self):
        """kill -9 at each step of an import; the same command ends it, and an apply makes no second one."""
        volume = self.team.volume("v")
        for point in ("after-intent", "before-post", "after-answer", "after-record", "before-checkpoint"):
            with self.subTest(point):
                made = self.make("a", volume)
                self.work.declare({"name": "a", "volume_id": volume})
                self.expect(self.run_with_cloud("import", "a", made, SNAPKEEP_FAILPOINT=point), KILLED)
                self.expect(self.run_with_cloud("import", "a", made, "--settle-time", "1s"), 0, made)
                self.expect(self.work.apply(), 0, "Nothing to do")
                self.expect_taken_over(a=made)
                self.admin.clean_snapshots()
                self.work.forget()


class Secrets(Case):
    def test_token_is_nowhere(self):
        """P8: not in a file, not in the output at trace level, not in the arguments."""
        volume = self.team.volume("busy", attached=True)
        self.work.declare({"name": "refused", "volume_id": volume}, {"name": "made", "volume_id": volume, "force": True})
        token = self.team.token()
        outcome = self.work.apply("--log-level", "trace", token=token)
        self.expect(outcome, 3)
        self.assertNotIn(token[10:60], outcome.text)
        for name, content in self.work.files().items():
            self.assertNotIn(token[10:60].encode(), content, name)


if __name__ == "__main__":
    tests = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:], sys.modules["__main__"]) if sys.argv[1:] \
        else unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    report = unittest.TextTestRunner(stream=sys.stdout, resultclass=Report, verbosity=0).run(tests)
    outside = sum(not hasattr(test, "_testMethodName") and not hasattr(test, "test_case") for test, _ in report.errors)
    failed = getattr(report, "bad", 0) + (outside if report.testsRun else 1)
    print(f"{report.testsRun - getattr(report, 'bad', 0)} passed, {failed} failed")
    sys.exit(bool(failed))
