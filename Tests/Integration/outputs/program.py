"""The program in a folder of its own, and a served sandbox in which others can work, too."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

project = "0c2eba2c5af04d3f9e9d0d410b371fde"
volumes = {"orders": "5aa119a8-d25b-45a7-8d1b-88e127885635", "billing": "6bb119a8-d25b-45a7-8d1b-88e127885636"}
golden = pathlib.Path(__file__).parents[2] / "snapkeepTests" / "Golden"


class Program:
    """Runs it in one folder."""

    def __init__(self, test):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="snapkeep-outputs-"))
        test.addCleanup(shutil.rmtree, self.folder)
        self.variables = {"HOME": str(self.folder), "PATH": os.environ["PATH"]}
        self.where = ["--sandbox"]

    def manifest(self, text, name="snapshots.yaml"):
        (self.folder / name).write_text(text)

    def run(self, *arguments, codes=(0,), **variables):
        done = subprocess.run(
            [os.environ["SNAPKEEP"], *arguments], cwd=self.folder, text=True, capture_output=True, timeout=60,
            env={**self.variables, **variables})
        if codes and done.returncode not in codes:
            raise AssertionError(f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done


class Sandbox:
    """A served sandbox, for a program."""

    def __init__(self, test, program, *options):
        self.output = open(program.folder / "sandbox.out", "w+")
        self.process = subprocess.Popen(
            [os.environ["SNAPKEEP"], "sandbox", "--listen", "127.0.0.1:0", "--create-delay", "0s", "--delete-delay", "0s", *options],
            cwd=program.folder, stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output)
        test.addCleanup(self.stop)
        end = time.monotonic() + 60
        while "/v3" not in (said := (program.folder / "sandbox.out").read_text()):
            assert self.process.poll() is None and time.monotonic() < end, f"the sandbox did not start: {said}"
            time.sleep(0.02)
        self.url = said.split("Serving ")[1].split("/v3")[0]
        program.where = ["--endpoint", f"{self.url}/v3", "--project-id", project]
        program.variables["OS_TOKEN"] = "any"

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.output.close()

    def send(self, method, path, body=None):
        request = urllib.request.Request(
            f"{self.url}/{path}", method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "X-Auth-Token": "any"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else {}

    def snapshots(self):
        return {one["name"]: one for one in self.send("GET", f"v3/{project}/snapshots/detail")["snapshots"]}

    def delete(self, name):
        identity = self.snapshots()[name]["id"]
        self.send("DELETE", f"v3/{project}/snapshots/{identity}")
        end = time.monotonic() + 60
        while name in self.snapshots():
            assert time.monotonic() < end, "the snapshot is still there"
            time.sleep(0.02)
