"""The program over etcd, judged by what the sandbox says was made: never twice, never lost, never by a run without the lock."""

import collections
import json
import os
import random
import re
import select
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import uuid

import suites
from cluster import Cluster

SNAPKEEP = os.environ["SNAPKEEP"]
POINTS = os.environ["ETCD_POINTS"].split(",")
LONG = "ETCD_LONG" in os.environ
SEED = int(os.environ.get("ETCD_SEED") or random.randrange(1_000_000))
PROJECT = "0c2eba2c5af04d3f9e9d0d410b371fde"
# The shortest that the program takes.
LEASE_SECONDS = 3
DEADLINE_SECONDS = 120


class Etcd(unittest.TestCase):
    members = 1
    counts = collections.Counter()

    @classmethod
    def setUpClass(cls):
        print(f"ETCD_SEED={SEED}", flush=True)
        cls.temporary = tempfile.TemporaryDirectory(prefix="snapkeep-etcd-")
        cls.clusters = {}

    @classmethod
    def tearDownClass(cls):
        for cluster in cls.clusters.values():
            cluster.stop()
        cls.temporary.cleanup()
        print(", ".join(f"{count} {name}" for name, count in sorted(cls.counts.items())), flush=True)

    def cluster(self, members: int = 1) -> Cluster:
        if members not in self.clusters:
            folder = os.path.join(self.temporary.name, f"cluster-{members}")
            os.mkdir(folder)
            self.clusters[members] = Cluster(folder, members)
        return self.clusters[members]

    def setUp(self):
        self.random = random.Random(f"{SEED} {self.id()}")
        self.folder = tempfile.mkdtemp(dir=self.temporary.name)
        self.data = os.path.join(self.folder, "cloud.jsonl")
        self.sandbox = subprocess.Popen(
            [SNAPKEEP, "sandbox", "--listen", "127.0.0.1:0", "--data", self.data, "--create-delay", "30ms", "--latency", "5ms"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, env=self.environment())
        self.addCleanup(self.end, self.sandbox)
        self.assertTrue(select.select([self.sandbox.stdout], [], [], DEADLINE_SECONDS)[0])
        self.endpoint = re.search(r"http://\S+:\d+\S*", self.sandbox.stdout.readline()).group()

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()

    def environment(self, **more) -> dict:
        return {
            "PATH": os.environ["PATH"], "HOME": self.folder, "NO_COLOR": "1", "OS_TOKEN": "test-token",
            "SNAPKEEP_ETCD_LEASE": str(LEASE_SECONDS), **more,
        }

    # The place, the manifest, and runs

    def place(self, members: int = 1, count: int = 0, rotation: bool = False):
        self.prefix = "/snapkeep/" + uuid.uuid4().hex
        self.members = members
        self.url = self.cluster(members).url(self.prefix)
        self.owner = "team-" + self.prefix[-8:]
        volumes = {f"db{number}": str(uuid.UUID(int=self.random.getrandbits(128), version=4)) for number in range(4)}
        lines = [f"stack: {self.owner}", f"volumes: {json.dumps(volumes)}"]
        if count:
            lines.append("snapshots:")
            lines += [f"  - {{name: snap-{number:03}, volume: db{number % 4}}}" for number in range(count)]
        if rotation:
            lines.append("rotations:")
            lines.append(
                "  - {name: nightly, volumes: [db0, db1, db2, db3], every: day, at: '02:00', timezone: UTC, keep: {daily: 3}}")
        with open(os.path.join(self.folder, "snapshots.yaml"), "w") as file:
            file.write("\n".join(lines) + "\n")

    def start(self, *arguments, **variables) -> subprocess.Popen:
        process = subprocess.Popen(
            [SNAPKEEP, *arguments, "--state", self.url], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=self.environment(**variables))
        self.addCleanup(self.end, process)
        return process

    def apply(self, *arguments, wait: str = "60s", **variables) -> subprocess.Popen:
        return self.start(
            "apply", "--auto-approve", "--settle-time", "250ms", "--lock-timeout", wait, "--endpoint", self.endpoint, "--project-id",
            PROJECT, *arguments, **variables)

    def finish(self, process, *statuses) -> str:
        output, errors = process.communicate(timeout=DEADLINE_SECONDS)
        if statuses:
            self.assertIn(process.returncode, statuses, f"{output}{errors}")
        return output + errors

    # Judgement

    def made(self) -> dict:
        """How many snapshots live for each key, as the sandbox's own log tells."""
        live, keys = set(), {}
        with open(self.data) as file:
            for line in file:
                if not line.endswith("\n"):
                    break
                event = json.loads(line)
                if event["event"] == "created":
                    live.add(event["id"])
                    keys[event["id"]] = event["metadata"].get("snapkeep.key")
                elif event["event"] in ("deleting", "deleted"):
                    live.discard(event["id"])
        return collections.Counter(keys[one] for one in live)

    def judge(self, expected) -> None:
        made = self.made()
        self.counts["duplicates"] += sum(count - 1 for count in made.values())
        self.counts["lost"] += len(set(expected) - set(made))
        self.assertEqual(dict(made), {key: 1 for key in expected})
        # Every one of them is recorded, and there is nothing left to do.
        listed = self.start("state", "list")
        text = self.finish(listed, 0)
        for key in expected:
            self.assertIn(key, text)

    def names(self, count: int) -> list:
        return [f"snap-{number:03}" for number in range(count)]

    def await_made(self, count: int) -> None:
        end = time.monotonic() + DEADLINE_SECONDS
        while sum(self.made().values()) < count:
            self.assertLess(time.monotonic(), end, "in vain")
            time.sleep(0.01)

    # The tests

    def test_two_applies_at_once(self):
        self.place(count=20)
        runs = [self.apply(), self.apply()]
        for run in runs:
            self.finish(run, 0)
        self.judge(self.names(20))
        self.assertIsNone(self.cluster().lock(self.prefix))

    def test_a_second_run_does_not_wait_unasked(self):
        self.place(count=40)
        first = self.apply(SNAPKEEP_ETCD_LEASE="60")
        self.await_made(1)
        # It stands still and holds its lease.
        first.send_signal(signal.SIGSTOP)
        text = self.finish(self.apply(wait="0s"), 5)
        first.send_signal(signal.SIGCONT)
        self.assertIn("apply", text)
        self.assertIn(self.url, text)
        self.finish(first, 0)
        self.judge(self.names(40))

    def test_kill_at_each_failpoint(self):
        for point in POINTS:
            for time_of in (1, 2, 5) if LONG else (1,):
                with self.subTest(point=point, time=time_of):
                    self.place(count=6)
                    killed = self.apply(SNAPKEEP_FAILPOINT=f"{point}:{time_of}")
                    self.finish(killed)
                    self.counts["kills"] += killed.returncode == -signal.SIGKILL
                    # That a lease runs out is tried elsewhere; here nobody waits for it.
                    self.cluster().end_lease(self.prefix)
                    self.finish(self.apply(), 0)
                    self.judge_only(self.names(6))

    def judge_only(self, expected):
        """As `judge`, where the sandbox has what other places made."""
        made = self.made_of_owner()
        self.counts["duplicates"] += sum(count - 1 for count in made.values())
        self.counts["lost"] += len(set(expected) - set(made))
        self.assertEqual(dict(made), {key: 1 for key in expected})

    def made_of_owner(self) -> dict:
        live, keys = set(), {}
        with open(self.data) as file:
            for line in file:
                if not line.endswith("\n"):
                    break
                event = json.loads(line)
                if event["event"] == "created" and event["metadata"].get("snapkeep.owner") == self.owner:
                    live.add(event["id"])
                    keys[event["id"]] = event["metadata"].get("snapkeep.key")
                elif event["event"] in ("deleting", "deleted"):
                    live.discard(event["id"])
        return collections.Counter(keys[one] for one in live)

    def test_stopped_beyond_its_lease(self):
        for number in range(10 if LONG else 2):
            self.place(count=60)
            stopped = self.apply("--parallelism", "4")
            end = time.monotonic() + DEADLINE_SECONDS
            while sum(self.made_of_owner().values()) < 5 + number and time.monotonic() < end:
                time.sleep(0.005)
            stopped.send_signal(signal.SIGSTOP)
            other = self.apply()
            self.finish(other, 0)
            made = self.made_of_owner()
            stopped.send_signal(signal.SIGCONT)
            text = self.finish(stopped)
            self.counts["stops beyond the lease"] += 1
            self.assertNotEqual(stopped.returncode, 0, text)
            # What was under way when it was stopped may be answered late; nothing is begun.
            self.assertEqual(self.made_of_owner(), made, text)
            self.finish(self.apply(), 0)
            self.judge_only(self.names(60))

    def test_leader_killed(self):
        cluster = self.cluster(3)
        for number in range(10 if LONG else 2):
            self.place(members=3, count=60)
            run = self.apply("--parallelism", "4", SNAPKEEP_ETCD_LEASE="20")
            end = time.monotonic() + DEADLINE_SECONDS
            while sum(self.made_of_owner().values()) < 8 and time.monotonic() < end:
                time.sleep(0.005)
            dead = cluster.kill_leader()
            self.counts["leaders killed"] += 1
            self.finish(run, 0)
            self.judge_only(self.names(60))
            cluster.start(dead)
            cluster.await_ready(dead)

    def test_the_same_night_from_two_pipelines(self):
        for number in range(200 if LONG else 10):
            self.place(rotation=True)
            now = f"2026-03-{1 + number % 28:02}T02:10:00Z"
            kills = self.random.choice((0, 0, 1, 1, 2))
            runs = []
            for pipeline in range(2):
                variables = {}
                if pipeline < kills:
                    variables["SNAPKEEP_FAILPOINT"] = f"{self.random.choice(POINTS)}:{self.random.choice((1, 1, 2, 3))}"
                time.sleep(self.random.random() * 0.1)
                runs.append(self.apply("--now", now, **variables))
            for run in runs:
                text = self.finish(run)
                self.assertIn(run.returncode, (0, -signal.SIGKILL), text)
                self.counts["kills"] += run.returncode == -signal.SIGKILL
            self.finish(self.apply("--now", now), 0)
            day = now[:10]
            self.counts["nights from two pipelines"] += 1
            self.judge_only([f"nightly/db{volume}@{day}" for volume in range(4)])


if __name__ == "__main__":
    suites.run()
