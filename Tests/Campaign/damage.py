"""Damaged files: every truncation and single flipped bits of a state and of a journal that a kill left.

A damaged file is refused, with its place and a remedy, or everything goes as with the whole one. Silently different is a violation. A damaged
state is refused by plan and apply alike, with exit 1 and before anything is changed; and what the remedy names, `recover`, leads on: an apply
after it makes nothing twice."""

import os
import random
import re
import shutil
import threading

from world import STATE, Case, Sandbox, Violation, judge_words

BITS = 3_000
SHORT_BITS, SHORT_CUTS = 110, 60
SANDBOX = ["--create-delay", "5ms"]
SETTLE = ["--settle-time", "50ms"]


class Ground:
    """A folder before it is damaged, and the cloud as it was then. Its sandbox keeps its port, because the state names it."""

    def __init__(self, tools, target: str, number: int):
        self.target = target
        self.case = Case(tools, f"ground-{target}", number)
        # The same in all grounds, and so are the volumes that follow from it.
        self.case.owner = f"damage-{target}"
        self.sandbox = Sandbox(tools, self.case.path(), *SANDBOX)
        self.case.sandbox = self.sandbox
        self.owner = self.case.owner
        lines = [{"name": f"s{index:02d}", "volume_id": self.case.volume(index // 2), "metadata": {"team": "a"}} for index in range(11)]
        if target == "state":
            self.case.declare(lines[:10])
            self.case.expect(self.case.apply(), "an apply before the damage")
            # One to create, one to update, one that is no longer listed.
            lines[3]["description"] = "changed"
            self.case.declare(lines[:6] + lines[7:])
        else:
            self.case.declare(lines[:10])
            outcome = self.case.apply(variables={"SNAPKEEP_FAILPOINT": "after-record:6"})
            if not outcome.killed:
                raise SystemExit(f"fire: the failpoint was not reached\n{outcome.text()}")
        self.keys = {f"s{index:02d}": 1 for index in range(11 if target == "state" else 10)}
        self.sandbox.stop()
        self.files = {}
        for name in os.listdir(self.case.folder):
            if name.startswith(STATE) or name in ("cloud.jsonl", "snapshots.yaml"):
                with open(self.case.path(name), "rb") as file:
                    self.files[name] = file.read()
        self.name = STATE if target == "state" else STATE + ".journal"
        self.bytes = self.files[self.name]
        self.sandbox.start()
        self.is_touched = False
        self.plan = None

    def prepare(self, case: Case, content: bytes) -> None:
        """Lays out the files with the damaged one among them, over a cloud that no earlier case has changed."""
        if self.is_touched:
            self.sandbox.stop()
            self.write(self.sandbox.folder, "cloud.jsonl", self.files["cloud.jsonl"])
            self.sandbox.start()
            self.is_touched = False
        for name, whole in self.files.items():
            if name != "cloud.jsonl":
                self.write(case.folder, name, content if name == self.name else whole)
        case.sandbox, case.owner = self.sandbox, self.owner

    @staticmethod
    def write(folder: str, name: str, content: bytes) -> None:
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)

    def close(self) -> None:
        self.sandbox.stop()
        shutil.rmtree(self.case.folder)


class Damages:
    """Case n below the size is a cut to n bytes; the others are a bit each."""

    def __init__(self, target: str, size: int):
        self.target, self.size = target, size

    def chosen(self, seed: int, is_long: bool) -> list:
        chance = random.Random(f"{seed}/damage/{self.target}")
        bits = [self.size + bit for bit in chance.sample(range(8 * self.size), min(BITS, 8 * self.size))]
        if is_long:
            return [*range(self.size), *bits]
        return [*sorted(chance.sample(range(self.size), SHORT_CUTS)), *bits[:SHORT_BITS]]

    def damaged(self, whole: bytes, number: int) -> tuple:
        """The damaged bytes, and the damage in words."""
        if number < self.size:
            return whole[:number], f"cut to {number} of {len(whole)} bytes"
        byte, bit = divmod((number - self.size) % (8 * len(whole)), 8)
        content = bytearray(whole)
        content[byte] ^= 1 << bit
        line = whole.count(b"\n", 0, byte) + 1
        return bytes(content), f"bit {bit} of byte {byte} (line {line}) flipped: {chr(whole[byte])!r} became {chr(content[byte])!r}"


def schedule(target: str, campaign, is_long: bool, only) -> None:
    # Lines have one length in all grounds, but for the number of a process.
    probe = Ground(campaign.tools, target, 0)
    damages = Damages(target, len(probe.bytes))
    probe.close()
    grounds, opened = threading.local(), []

    def play(case: Case) -> None:
        if not hasattr(grounds, "ground"):
            with campaign.lock:
                opened.append(None)
                number = len(opened)
            grounds.ground = opened[number - 1] = Ground(campaign.tools, target, number)
        judge(case, grounds.ground, damages)

    campaign.part(f"damage-{target}", only or damages.chosen(campaign.tools.seed, is_long), play)
    for ground in filter(None, opened):
        ground.close()


def judge(case: Case, ground: Ground, damages: Damages) -> None:
    if ground.plan is None:
        ground.prepare(case, ground.bytes)
        ground.plan = plan(case).output
    content, told = damages.damaged(ground.bytes, case.number)
    case.note("# the damage", f"{ground.name}: {told}")
    ground.prepare(case, content)
    planned = plan(case)
    is_planned = planned.status in (0, 2)
    if not is_planned:
        judge_refusal(planned, told)
    # What a journal's end tells may be lost without harm: the stamps in the cloud say it again.
    elif ground.target == "state" and planned.output != ground.plan:
        raise Violation("another plan, and no error", f"{told}\n{planned.text()[-1500:]}")
    before = case.sandbox.cloud.changes()
    applied = case.apply(settle=0.05)
    ground.is_touched = case.sandbox.cloud.changes() != before
    try:
        if ground.target == "state":
            judge_strictly(planned, applied, is_planned, ground.is_touched)
        if applied.status == 0:
            case.count("taken")
            case.judge(ground.keys)
        else:
            case.count("refused")
            judge_refusal(applied, told)
            case.judge_creations(ground.keys)
            if applied.status in (1, 4) and ground.is_touched:
                raise Violation(f"exit {applied.status}, and yet the cloud was changed", applied.text())
            ground.is_touched = True
            judge_recovery(case, ground, applied)
    except Violation as violation:
        raise Violation(violation.kind, f"{told}\n{violation.detail}") from None


def judge_strictly(planned, applied, is_planned: bool, is_touched: bool) -> None:
    """The state's checksums tell at once: no later look at the cloud has to save the day."""
    if is_planned != (applied.status == 0):
        raise Violation("plan and apply do not judge a damaged state alike", planned.text() + applied.text())
    if is_planned:
        return
    for outcome in (planned, applied):
        if outcome.status != 1 or is_touched or not re.search(rf"^{re.escape(STATE)}[:0-9]*: error: ", outcome.errors, re.MULTILINE):
            raise Violation("a damaged state is not refused at its place before anything is changed", outcome.text())


def judge_recovery(case: Case, ground: Ground, applied) -> None:
    """The way on that the refusal names."""
    if "made by a newer snapkeep" in applied.errors:
        return
    case.expect(case.run("recover", "--auto-approve", "--settle-time", "250ms", *case.sandbox.connection), "recover after a refusal")
    case.expect(case.apply(settle=0.05), "an apply after recover")
    case.count("recovered")
    case.judge(ground.keys)
    case.judge_convergence()


def plan(case: Case):
    return case.run("plan", "--exit-code", "--format", "json", *case.sandbox.connection)


def judge_refusal(outcome, told: str) -> None:
    # A place: the damaged file, or the manifest's line whose snapshot is there already.
    if STATE not in outcome.errors and not re.search(r"^snapshots\.yaml:\d+:\d+: ", outcome.errors, re.MULTILINE):
        raise Violation("a refusal without a place", f"{told}\n{outcome.text()}")
    try:
        judge_words(outcome)
    except Violation as violation:
        raise Violation(violation.kind, f"{told}\n{violation.detail}") from None
