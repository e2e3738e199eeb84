"""A folder with a manifest and a state, and the program under test run in it."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import cloud

program = os.environ["SNAPKEEP"]


class Outcome:
    def __init__(self, status, output, errors):
        self.status, self.output, self.errors = status, output, errors
        self.text = output + errors

    def __str__(self):
        return f"status {self.status}\n{self.text}"


class Running:
    """The program under way, its output going to files so that it never waits for a reader."""

    def __init__(self, arguments, folder, environment):
        self.out, self.err = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [program, *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err)

    def send(self, number):
        self.process.send_signal(number)

    def finish(self, limit=180):
        try:
            status = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the program does not end within {limit} s: {self.said}") from None
        return Outcome(status, *self.said)

    @property
    def said(self):
        """Its output and its errors so far."""
        return tuple(os.pread(stream.fileno(), os.fstat(stream.fileno()).st_size, 0).decode() for stream in (self.out, self.err))


class Workspace:
    def __init__(self, token, project, endpoint=cloud.endpoint):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="snapkeep-cinder-"))
        self.token, self.project, self.endpoint = token, project, endpoint

    def remove(self):
        shutil.rmtree(self.folder)

    def declare(self, *snapshots, **top):
        """Writes the manifest: a line for each value of `top`, then a line for each snapshot. YAML reads JSON's values."""
        lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in top.items()]
        lines.append("snapshots:" if snapshots else "snapshots: []")
        lines += ["  - " + json.dumps(snapshot, ensure_ascii=False) for snapshot in snapshots]
        (self.folder / "snapshots.yaml").write_text("\n".join(lines) + "\n")

    def configure(self, **entries):
        """Writes a clouds.yaml; JSON is YAML."""
        (self.folder / "clouds.yaml").write_text(json.dumps({"clouds": entries}, indent=1) + "\n")

    def start(self, *arguments, token=None, **environment):
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        # No settings of whoever runs the tests.
        settings = {"HOME": str(self.folder)}
        if token or self.token:
            settings["OS_TOKEN"] = token or self.token
        return Running(arguments, self.folder, {**kept, **settings, **environment})

    def run(self, *arguments, **keywords):
        return self.start(*arguments, **keywords).finish()

    def cloud_options(self, endpoint=None, project=None):
        return ["--endpoint", endpoint or self.endpoint, "--project-id", project or self.project]

    def start_apply(self, *arguments, endpoint=None, project=None, **keywords):
        return self.start("apply", "--auto-approve", *self.cloud_options(endpoint, project), *arguments, **keywords)

    def apply(self, *arguments, **keywords):
        return self.start_apply(*arguments, **keywords).finish()

    def plan(self, *arguments):
        return self.run("plan", "--exit-code", *arguments)

    @property
    def state(self):
        return json.loads((self.folder / "snapkeep.state.json").read_text())

    @property
    def records(self):
        return {record["key"]: record for record in self.state["records"]}

    def forget(self):
        """Back to before the first apply: only what a person wrote stays."""
        for name in self.files():
            if name not in ("snapshots.yaml", "clouds.yaml"):
                (self.folder / name).unlink()

    def files(self):
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}


def wait_until(condition, what, limit=60, running=None):
    """Asks the cloud again and again. What a program is to bring about is not waited for behind its end."""
    end, has_ended = time.monotonic() + limit, False
    while not condition():
        assert not has_ended, f"it ended before: {what}: {running.said}"
        assert time.monotonic() < end, f"waited {limit} s in vain: {what}: {running.said if running else ''}"
        has_ended = running is not None and running.process.poll() is not None
        time.sleep(0.02)


KILLED = -signal.SIGKILL
