"""One case of the campaign: a folder, the program run in it, and the sandbox's own log, by which everything is judged."""

import datetime
import hashlib
import json
import os
import random
import re
import select
import shlex
import shutil
import signal
import subprocess
import time
import urllib.request
import uuid

from places import STATE, Files

PROJECT = "0c2eba2c5af04d3f9e9d0d410b371fde"
SETTLE_SECONDS = 0.25
# A run that takes longer hangs.
DEADLINE_SECONDS = 120


class Violation(Exception):
    """A promise that did not hold. `kind` is a few words, the same for each case of its kind."""

    def __init__(self, kind: str, detail: str = ""):
        super().__init__(kind)
        self.kind, self.detail = kind, detail


class Tools:
    """What all cases share."""

    def __init__(self, snapkeep: str, tools: str, work: str, seed: int, points: list):
        self.snapkeep, self.tools, self.work, self.seed, self.points = snapkeep, tools, work, seed, points

    def library(self, name: str) -> str:
        return os.path.join(self.tools, name)


class Made:
    """A snapshot, as the sandbox's log tells its story."""

    def __init__(self, event: dict):
        self.id, self.volume, self.name = event["id"], event["volume_id"], event["name"]
        self.metadata = event["metadata"]
        self.owner, self.key, self.attempt = (event["metadata"].get(f"snapkeep.{part}") for part in ("owner", "key", "attempt"))
        self.at = datetime.datetime.fromisoformat(event["at"] + "+00:00").timestamp()
        self.deleted = False


class Cloud:
    """The sandbox's data file, read as it grows. A line that is just being written is not there yet."""

    def __init__(self, path: str):
        self.path, self.offset, self.events = path, 0, []
        self.made: dict = {}

    def read(self) -> "Cloud":
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self.offset += len(whole)
        for line in whole.splitlines():
            event = json.loads(line)
            self.events.append(event)
            kind = event["event"]
            if kind == "created":
                self.made[event["id"]] = Made(event)
            elif kind == "metadata":
                self.made[event["id"]].metadata = event["metadata"]
            elif kind in ("deleting", "deleted"):
                self.made[event["id"]].deleted = True
        return self

    def changes(self) -> int:
        """How often the cloud was changed so far, by requests."""
        return sum(event["event"] in ("created", "metadata", "updated", "deleting") for event in self.read().events)

    def created_for(self, owner: str) -> list:
        return [made for made in self.read().made.values() if made.owner == owner]

    def alive_of(self, owner: str) -> list:
        return [made for made in self.read().made.values() if made.metadata.get("snapkeep.owner") == owner and not made.deleted]


class Sandbox:
    """`snapkeep sandbox` in a process of its own."""

    def __init__(self, tools: Tools, folder: str, *options: str, port: int = 0):
        self.tools, self.folder, self.options = tools, folder, options
        self.data = os.path.join(folder, "cloud.jsonl")
        self.port = port
        self.start()

    def start(self) -> None:
        command = [self.tools.snapkeep, "sandbox", "--listen", f"127.0.0.1:{self.port}", "--data", self.data, *self.options]
        for _ in range(50):
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(self.folder))
            # An end of the output is something to read, too: only one that neither speaks nor dies is waited for in vain.
            speaks = select.select([self.process.stdout], [], [], DEADLINE_SECONDS)[0]
            found = re.search(r"http://\S+:(\d+)\S*", self.process.stdout.readline() if speaks else "")
            if found:
                self.url, self.port = found.group(), int(found.group(1))
                self.cloud = Cloud(self.data)
                return
            self.process.kill()
            self.errors = self.process.communicate()[1]
            time.sleep(0.1)
        raise SystemExit(f"fire: the sandbox did not start: {self.errors}")

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()

    @property
    def connection(self) -> list:
        return ["--endpoint", self.url, "--project-id", PROJECT]


class Outcome:
    """How a run ended. A negative status is a signal's number."""

    def __init__(self, status: int, output: str, errors: str, began: float, ended: float):
        self.status, self.output, self.errors, self.began, self.ended = status, output, errors, began, ended

    @property
    def killed(self) -> bool:
        return self.status == -signal.SIGKILL

    def text(self) -> str:
        return f"exit {self.status}\n{self.output}{self.errors}"


def environment(home: str) -> dict:
    """No setting of the caller's may reach the program."""
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": home, "USER": "fire", "LC_ALL": "C.UTF-8", "OS_TOKEN": "any",
        "SWIFT_BACKTRACE": "enable=no",
    }


class Running:
    """A run that is under way."""

    def __init__(self, case: "Case", arguments: list, variables: dict, folder: str | None, is_deaf: bool):
        self.case = case
        arguments = case.place.arguments(arguments)
        case.runs += 1
        self.number = case.runs
        self.line = " ".join([*(f"{name}={shlex.quote(value)}" for name, value in variables.items()), "snapkeep", shlex.join(arguments)])
        self.streams = [os.path.join(case.folder, f".run-{self.number}-{name}") for name in ("out", "err")]
        self.began = time.time()
        self.line += " >/dev/full" if is_deaf else ""
        open(self.streams[0], "w").close()
        with open("/dev/full" if is_deaf else self.streams[0], "wb") as out, open(self.streams[1], "wb") as err:
            self.process = subprocess.Popen(
                [case.tools.snapkeep, *arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=folder or case.folder,
                env={**environment(case.folder), **case.place.variables, **variables})

    def kill(self) -> None:
        self.process.kill()

    def ends_within(self, seconds: float) -> bool:
        """Exact to the instant, where `wait` with a timeout looks only now and then."""
        # Who kills it may have learnt that it is gone; then its number is nobody's.
        if self.process.returncode is not None:
            return True
        descriptor = os.pidfd_open(self.process.pid)
        try:
            return bool(select.select([descriptor], [], [], seconds)[0])
        finally:
            os.close(descriptor)

    def wait_until(self, is_so, what: str, seconds: float = 20) -> None:
        """Looks again and again until something is so. A case that waits in vain breaks, at once when the run has ended."""
        deadline, has_ended = time.monotonic() + seconds, False
        while not is_so():
            if has_ended or time.monotonic() > deadline:
                self.kill()
                outcome = self.finish()
                raise Violation("a run ends before its time" if has_ended else "a run does not get on", f"{what}\n{self.line}\n{outcome.text()[-1500:]}")
            has_ended = self.ends_within(0.003)

    def finish(self, kill_after: float | None = None) -> Outcome:
        remark = ""
        if kill_after is not None and not self.ends_within(kill_after):
            self.kill()
            remark = f"   # kill -9 after {kill_after * 1000:.0f} ms"
        elif not self.ends_within(DEADLINE_SECONDS):
            self.kill()
            self.case.note(self.line, "hangs")
            self.process.wait()
            raise Violation("a run hangs", self.line)
        status = self.process.wait()
        texts = []
        for stream in self.streams:
            with open(stream, errors="replace") as file:
                texts.append(file.read())
            os.unlink(stream)
        outcome = Outcome(status, *texts, self.began, time.time())
        self.case.note(self.line + remark, outcome.text())
        self.case.count("runs")
        if outcome.killed:
            self.case.count("kills")
            self.case.deaths.append(outcome.ended)
            self.case.place.after_death(self.process.pid)
        elif status < 0:
            raise Violation(f"a run ends by signal {-status}", self.line + "\n" + outcome.text()[-1500:])
        return outcome


class Case:
    """One case: its random numbers follow from seed, part and number alone, so that it can be repeated alone."""

    def __init__(self, tools: Tools, part: str, number: int, sandbox: Sandbox | None = None, store=None):
        self.tools, self.part, self.number, self.sandbox = tools, part, number, sandbox
        self.random = random.Random(f"{tools.seed}/{part}/{number}")
        self.folder = os.path.join(tools.work, f"{part}-{number}")
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.owner = f"{part}-{number}"
        self.runs, self.deaths, self.counts = 0, [], {}
        self.place = (store or Files()).place(self)

    def count(self, name: str, by: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + by

    def path(self, *parts: str) -> str:
        return os.path.join(self.folder, *parts)

    def note(self, command: str, text: str) -> None:
        with open(self.path("transcript"), "a") as file:
            file.write(f"$ {command}\n{text.rstrip()}\n\n")

    def volume(self, number: int) -> str:
        return str(uuid.UUID(bytes=hashlib.sha256(f"{self.tools.seed} {self.owner} {number}".encode()).digest()[:16], version=4))

    def declare(self, snapshots: list, folder: str | None = None) -> None:
        """Writes the manifest. JSON is YAML."""
        lines = "".join(f"  - {json.dumps(snapshot)}\n" for snapshot in snapshots)
        with open(os.path.join(folder or self.folder, "snapshots.yaml"), "w") as file:
            file.write(f"stack: {self.owner}\nsnapshots:\n{lines}" if lines else f"stack: {self.owner}\nsnapshots: []\n")

    def start(self, *arguments: str, variables: dict | None = None, folder: str | None = None, is_deaf: bool = False) -> Running:
        """Starts the program; a deaf standard output takes nothing."""
        return Running(self, list(arguments), variables or {}, folder, is_deaf)

    def run(self, *arguments: str, kill_after: float | None = None, **keywords) -> Outcome:
        return self.start(*arguments, **keywords).finish(kill_after)

    def make_by_hand(self, line: dict) -> str:
        """A snapshot without a stamp, as a person makes it; its id."""
        body = {"snapshot": {"name": line["name"], "volume_id": line["volume_id"], "metadata": line["metadata"]}}
        request = urllib.request.Request(
            f"{self.sandbox.url.removesuffix('/').removesuffix('/v3')}/v3/{PROJECT}/snapshots", json.dumps(body).encode(),
            {"Content-Type": "application/json", "X-Auth-Token": "any"})
        with urllib.request.urlopen(request, timeout=DEADLINE_SECONDS) as answer:
            made = json.load(answer)["snapshot"]["id"]
        self.note(f"# made by hand: {made}", "")
        return made

    def apply_arguments(self, *options: str, settle: float = SETTLE_SECONDS) -> list:
        return ["apply", "--auto-approve", "--settle-time", f"{settle * 1000:.0f}ms", *self.sandbox.connection, *options]

    def apply(self, *options: str, settle: float = SETTLE_SECONDS, **keywords) -> Outcome:
        return self.run(*self.apply_arguments(*options, settle=settle), **keywords)

    def state(self, folder: str | None = None) -> dict:
        state = self.place.read(folder)
        if state is None:
            raise Violation("there is no state", f"after {self.runs} runs")
        return state

    def recorded(self, folder: str | None = None) -> dict:
        """Key by id, of all that the state holds, superseded ones with it."""
        state = self.state(folder)
        return {record["id"]: record["key"] for record in [*state["records"], *state.get("superseded", [])]}

    # What is judged

    def judge(self, decisions: dict, may_go=(), forgotten=(), folder: str | None = None) -> None:
        """After a run that ended well: the sandbox's log against the decisions that were made, and the state against it."""
        self.judge_creations(decisions)
        self.judge_deletions(may_go)
        recorded = self.recorded(folder)
        alive = {made.id: made for made in self.sandbox.cloud.alive_of(self.owner)}
        for made in alive.values():
            if made.id not in recorded and made.metadata["snapkeep.key"] not in forgotten:
                self.count("lost")
                raise Violation("a snapshot of ours is missing from the state", f"{made.metadata} {made.id}")
        for id, key in recorded.items():
            if id not in alive:
                raise Violation("the state records what the cloud does not have", f"{key} {id}")
            if alive[id].metadata.get("snapkeep.key") != key:
                raise Violation("stamp and record differ", f"{id}: recorded {key}, stamped {alive[id].metadata}")

    def judge_creations(self, decisions: dict) -> None:
        by_key: dict = {}
        for made in self.sandbox.cloud.created_for(self.owner):
            by_key.setdefault(made.key, []).append(made)
        duplicates = sum(max(0, len(found) - decisions.get(key, 0)) for key, found in by_key.items())
        if duplicates:
            self.count("duplicates", duplicates)
        for key, found in by_key.items():
            if len(found) > decisions.get(key, 0):
                times = ", ".join(f"{made.id} at {made.at:.3f}" for made in found)
                dead = ", ".join(f"{death:.3f}" for death in self.deaths)
                raise Violation(
                    "a key is created more often than decided",
                    f"{key}: {len(found)} for {decisions.get(key, 0)} decisions ({times}; runs were killed at {dead or 'no time'})")

    def judge_deletions(self, may_go=()) -> None:
        for made in self.sandbox.cloud.created_for(self.owner):
            if made.deleted and made.id not in may_go:
                raise Violation("a snapshot was deleted without --prune", f"{made.key} {made.id}")

    def judge_convergence(self, *options: str, folder: str | None = None) -> None:
        for refresh in ([], ["--refresh"]):
            outcome = self.run("plan", "--exit-code", *self.sandbox.connection, *refresh, *options, folder=folder)
            if outcome.status != 0:
                raise Violation(f"a plan {'with' if refresh else 'without'} --refresh is not empty at the end", outcome.text())

    def expect(self, outcome: Outcome, kind: str, *statuses: int) -> Outcome:
        if outcome.status not in (statuses or (0,)):
            raise Violation(f"{kind} ends with {outcome.status}", outcome.text())
        return outcome


def judge_words(outcome: Outcome) -> None:
    """A run that failed names files that the user knows, and ends with what to type next."""
    lines = outcome.errors.rstrip().splitlines()
    errors = [index for index, line in enumerate(lines) if re.search(r"(^|: )error: ", line)]
    for line in lines:
        if ".tmp" in line:
            raise Violation("a temporary file is named", outcome.text())
        if re.match(r"\.: ", line):
            raise Violation("a message names no file", outcome.text())
    if not any(line.startswith("help: ") for line in lines[errors[-1] if errors else 0:]):
        raise Violation("a failing run ends without a help line", outcome.text())


def copy_folder(source: str, target: str) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(".run-*", "transcript"))
