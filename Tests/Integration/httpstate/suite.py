"""The program over a state that is reached over HTTP, as jobs of a pipeline use it."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import unittest

import suites
from program import Program, Sandbox, project, volumes
from state_server import StateServer, holder_of

manifest = "version: 1\nstack: nightly\nsnapshots:\n" + "".join(
    f"  - {{name: snap-{number:02}, volume_id: {list(volumes.values())[number % 2]}}}\n" for number in range(6))
failpoints = [
    "before-intent", "after-intent", "before-post", "after-answer", "after-record", "before-journal-fsync", "after-journal-fsync",
    "before-first-state", "after-first-state", "after-begin", "before-checkpoint", "after-history", "after-checkpoint"]


class OverHTTP(unittest.TestCase):
    kind = "gitlab"

    def setUp(self):
        self.program = Program(self)
        self.sandbox = Sandbox(self, self.program)
        self.server = StateServer(self.kind)
        self.addCleanup(self.server.close)
        self.program.manifest(manifest)
        self.program.variables.update({"SNAPKEEP_STATE": self.server.address, "SNAPKEEP_HTTP_RETRY_WAIT_MIN": "0"})

    def run_it(self, *arguments, codes=(0,), **variables):
        return self.program.run(*arguments, codes=codes, **variables)

    def apply(self, *options, codes=(0,), **variables):
        return self.run_it("apply", *self.program.where, "--auto-approve", "--settle-time", "0s", *options, codes=codes, **variables)

    def snapshots(self):
        return self.sandbox.send("GET", f"v3/{project}/snapshots/detail")["snapshots"]

    def check_whole(self):
        """Six snapshots, each once, all recorded, and nothing left to do."""
        self.assertEqual(sorted(one["name"] for one in self.snapshots()), [f"snap-{number:02}" for number in range(6)])
        document = json.loads(self.server.document)
        self.assertEqual({one["id"] for one in document["state"]["records"]}, {one["id"] for one in self.snapshots()})
        self.assertNotIn("run", document)
        self.run_it("plan", "--exit-code")

    def break_lock(self):
        shown = self.run_it("unlock")
        self.run_it("unlock", "--token", holder_of(shown.stdout))


class GitLab(OverHTTP):
    def test_whole_runs_leave_no_file_beside_the_manifest(self):
        self.apply()
        self.check_whole()
        self.assertEqual(sorted(self.server.versions), [1, 2, 3])
        self.assertEqual({path.name for path in self.program.folder.iterdir()} - {".local"}, {"snapshots.yaml", "sandbox.out"})
        requests = len(self.server.requests)
        self.run_it("plan")
        self.assertEqual({method for method, _ in self.server.requests[requests:]}, {"GET"})
        self.apply()
        self.assertEqual(sorted(self.server.versions), [1, 2, 3], "a run without changes writes nothing")
        self.assertEqual(len(self.run_it("history", "--format", "json").stdout.splitlines()) > 0, True)

    def test_job_token_and_roles(self):
        self.server.users = {"gitlab-ci-token:tok-1": "maintainer", "gitlab-ci-token:tok-2": "developer"}
        job = {"CI_API_V4_URL": f"{self.server.root}/api/v4"}
        denied = self.apply(codes=(1,))
        self.assertIn("SNAPKEEP_HTTP_USERNAME", denied.stderr)
        reader = self.apply(codes=(1,), CI_JOB_TOKEN="tok-2", **job)
        self.assertIn("Maintainer", reader.stderr)
        self.assertNotIn("tok-2", reader.stderr)
        self.run_it("plan", CI_JOB_TOKEN="tok-2", **job)
        self.apply(CI_JOB_TOKEN="tok-1", **job)
        self.server.users = {}
        self.check_whole()

    def test_refusals_are_told_and_lose_nothing(self):
        self.apply()
        before = self.server.document
        self.program.manifest(manifest.replace("snap-05", "snap-99"))
        self.server.size_limit = 100
        told = self.apply(codes=(1, 3))
        self.assertIn("size", told.stderr)
        self.assertEqual(self.server.document, before)
        self.server.size_limit = 0
        self.server.fault = lambda number, moment, request: 503 if request.command == "POST" and moment == "before" else None
        self.apply(codes=(1,))
        self.server.fault = lambda number, moment, request: None
        self.server.lock = None
        self.program.manifest(manifest)
        self.apply()

    def test_a_terraform_state_is_left(self):
        theirs = json.dumps({"version": 4, "terraform_version": "1.9.5", "serial": 3, "lineage": "x", "outputs": {}, "resources": []}).encode()
        self.server.versions, self.server.exists = {3: theirs}, True
        for command in (["plan"], ["apply", *self.program.where, "--auto-approve"], ["recover", *self.program.where]):
            told = self.run_it(*command, codes=(1, 4))
            self.assertIn("Terraform", told.stderr)
        self.assertEqual(self.server.document, theirs)

    def test_two_at_once_make_each_once(self):
        commands = [os.environ["SNAPKEEP"], "apply", *self.program.where, "--auto-approve", "--lock-timeout", "60s"]
        runs = [
            subprocess.Popen(
                commands, cwd=self.program.folder, env=self.program.variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT) for _ in range(3)]
        for run in runs:
            said, _ = run.communicate(timeout=120)
            self.assertEqual(run.returncode, 0, said.decode())
        self.check_whole()

    def test_a_run_that_is_stopped_gives_its_lock_back(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                # A cloud that takes connections and says nothing: whoever waits for it holds the lock, and has sent nothing that changes something.
                with socket.create_server(("127.0.0.1", 0)) as silent:
                    where = ["--endpoint", f"http://127.0.0.1:{silent.getsockname()[1]}/v3", "--project-id", project]
                    run = subprocess.Popen(
                        [os.environ["SNAPKEEP"], "apply", *where, "--auto-approve"], cwd=self.program.folder, env=self.program.variables,
                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                    with silent.accept()[0]:
                        self.assertIsNotNone(self.server.lock)
                        run.send_signal(number)
                        said, _ = run.communicate(timeout=120)
                self.assertEqual(run.returncode, 130, said)
                self.assertIsNone(self.server.lock, said)
        self.apply()
        self.check_whole()

    def test_lock_left_behind(self):
        self.apply(SNAPKEEP_FAILPOINT="after-answer", CI_JOB_URL="https://ci.example.com/9", codes=(-signal.SIGKILL,))
        told = self.apply(codes=(5,))
        self.assertIn("unlock", told.stderr)
        self.assertIn("https://ci.example.com/9", told.stderr)
        self.run_it("unlock", "--token", "another", codes=(4,))
        shown = self.run_it("unlock", "--state", self.server.address)
        self.assertIn(f"snapkeep unlock --state {self.server.address} --token {holder_of(shown.stdout)}", shown.stdout)
        self.break_lock()
        self.apply()
        self.check_whole()

    def test_on_another_machine_the_journal_is_missed(self):
        self.apply(SNAPKEEP_FAILPOINT="after-answer", codes=(-signal.SIGKILL,))
        self.break_lock()
        shutil.rmtree(self.program.folder / ".local")
        planned = self.run_it("plan")
        self.assertIn("is under way or was cut off, and its journal is on another machine", planned.stderr)
        self.assertIn(f"snapkeep recover --state {self.server.address}", planned.stderr)
        told = self.apply(codes=(1,))
        self.assertRegex(told.stderr, r"apply \(pid \d+ on .*\) was cut off, and its journal is on another machine")
        self.assertIn("journal-missing", self.apply("--json", codes=(1,)).stdout + told.stderr)
        self.run_it("recover", *self.program.where, "--settle-time", "0s", "--auto-approve")
        self.apply()
        self.check_whole()


class Killed(OverHTTP):
    def empty(self):
        """As before the first run: no snapshot, no state, no lock, no journal."""
        for one in self.snapshots():
            self.sandbox.send("DELETE", f"v3/{project}/snapshots/{one['id']}")
        self.server.versions, self.server.lock, self.server.exists = {}, None, False
        shutil.rmtree(self.program.folder / ".local", ignore_errors=True)

    def test_at_each_failpoint(self):
        for point in failpoints:
            with self.subTest(point):
                self.empty()
                self.apply(SNAPKEEP_FAILPOINT=point, codes=(-signal.SIGKILL, 0))
                if self.server.lock:
                    self.break_lock()
                self.apply()
                self.check_whole()

    def test_answers_lost_at_each_request(self):
        for moment in ("before", "after"):
            for lost in range(1, 9):
                with self.subTest(moment=moment, lost=lost):
                    self.empty()
                    start = len(self.server.requests)
                    self.server.fault = lambda number, when, request: "drop" if (number - start, when) == (lost, moment) else None
                    self.apply()
                    self.server.fault = lambda number, when, request: None
                    self.check_whole()


class Plain(OverHTTP):
    kind = "plain"

    def test_whole_runs(self):
        self.apply()
        self.check_whole()
        self.assertIsNone(self.server.lock)
        self.run_it("unlock")

    def test_a_server_that_frees_any_lock_is_refused(self):
        self.server.compares = False
        told = self.apply(codes=(1,))
        self.assertIn("takes the lock back from whoever asks", told.stderr)
        self.assertIsNone(self.server.lock)
        self.assertIsNone(self.server.document)
        self.assertEqual(self.snapshots(), [])


if __name__ == "__main__":
    suites.run(sys.stderr)
