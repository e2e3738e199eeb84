"""Loss of power: a run is killed at its k-th file call, and of the folder remains what fsync confirmed and, at random, some of the rest."""

import os
import random
import re

import faults
from world import STATE, Case, judge_words

PAGE = 4096


class File:
    """A file's bytes as the disk may hold them: each version since the last fsync is possible, page by page."""

    def __init__(self, content: bytes = b""):
        self.versions = [content]

    @property
    def content(self) -> bytes:
        return self.versions[-1]

    def write(self, offset: int, data: bytes) -> None:
        old = self.content.ljust(offset, b"\0")
        self.versions.append(old[:offset] + data + old[offset + len(data):])

    def truncate(self, size: int) -> None:
        self.versions.append(self.content[:size].ljust(size, b"\0"))

    def sync(self) -> None:
        self.versions = [self.content]

    def after_loss(self, chance: random.Random) -> tuple:
        """The size is of one version; each page of one as well, with zeros where that one did not reach. With it, whether a page is
        there that was written after one that is not."""
        size = len(chance.choice(self.versions))
        starts = range(0, size, PAGE)
        chosen = [chance.randrange(len(self.versions)) for _ in starts]
        pages = [self.versions[number][start:start + PAGE].ljust(PAGE, b"\0") for number, start in zip(chosen, starts)]
        in_order = [self.versions[max(chosen[index:])][start:start + PAGE].ljust(PAGE, b"\0") for index, start in enumerate(starts)]
        return b"".join(pages)[:size], pages != in_order


class Disk:
    """A folder as its log tells: what is durable, and the changes of names that no fsync of the folder has confirmed."""

    def __init__(self, folder: str):
        self.durable = {}
        for name in os.listdir(folder):
            if name.startswith(STATE):
                with open(os.path.join(folder, name), "rb") as file:
                    self.durable[name] = File(file.read())
        self.names = dict(self.durable)
        self.pending: list = []
        self.has_hole = False

    def replay(self, lines) -> None:
        for line in lines:
            kind, name, *rest = line.split(" ")
            match kind:
                case "create":
                    self.change(("set", name, File()))
                case "write":
                    self.names[name].write(int(rest[0]), bytes.fromhex(rest[1]))
                case "truncate":
                    self.names[name].truncate(int(rest[0]))
                case "sync" if name == ".":
                    self.durable, self.pending = dict(self.names), []
                case "sync":
                    self.names[name].sync()
                case "rename":
                    # Two names of one file: the call does nothing.
                    if self.names.get(rest[0]) is not self.names[name]:
                        self.change(("move", name, rest[0], self.names[name]))
                case "link":
                    self.change(("set", rest[0], self.names[name]))
                case "unlink":
                    self.change(("drop", name))

    def change(self, change: tuple) -> None:
        self.pending.append(change)
        perform(change, self.names)

    def after_loss(self, chance: random.Random) -> dict:
        """Most file systems keep the order of such changes; the standard does not ask it of them."""
        kept = self.pending[: chance.randint(0, len(self.pending))]
        if chance.random() < 0.3:
            kept = [change for change in self.pending if chance.random() < 0.5]
        names = dict(self.durable)
        for change in kept:
            perform(change, names)
        contents = {file: file.after_loss(chance) for file in dict.fromkeys(names.values())}
        self.has_hole = any(hole for _, hole in contents.values())
        return {name: contents[file][0] for name, file in names.items()}


def perform(change: tuple, names: dict) -> None:
    match change:
        case ("set", name, file):
            names[name] = file
        case ("move", old, new, file):
            names.pop(old, None)
            names[new] = file
        case ("drop", name):
            names.pop(name, None)


def schedule(campaign, is_long: bool, only) -> None:
    campaign.part("power", only or range(3_000 if is_long else 60), play, faults.SANDBOX)


def play(case: Case) -> None:
    chance = case.random
    job = chance.choice((faults.Fresh, faults.Later))(case)
    # Sometimes the power fails again while the next run clears up.
    for _ in range(chance.choice((1, 1, 1, 2))):
        disk = Disk(case.folder)
        variables = faults.preloaded(case, FIRE_AT=str(chance.randint(1, 80)), FIRE_FAULT="kill", FIRE_LOG=case.path("calls"))
        outcome = case.apply(variables=variables)
        if not outcome.killed:
            # It came to its end, and the power fails now.
            case.expect(outcome, "an apply before the power fails")
        case.count("cuts")
        with open(case.path("calls")) as log:
            disk.replay(re.sub(r"\n[^\n]*\Z", "", log.read()).split("\n") if os.path.getsize(case.path("calls")) else [])
        os.rename(case.path("calls"), case.path(f"calls-{case.runs}"))
        rebuild(case, disk.after_loss(chance))
        if disk.has_hole and is_refused(case):
            break
    faults.judge_next_run(case, job, outcome)


def is_refused(case: Case) -> bool:
    """Nobody can tell lines with a hole before them from damage: the run may refuse them, with `recover` as the way on."""
    outcome = case.run("plan", *case.sandbox.connection)
    if outcome.status == 0:
        return False
    judge_words(outcome)
    case.count("holes")
    case.expect(case.run("recover", "--auto-approve", "--settle-time", "250ms", *case.sandbox.connection), "recover after a loss of power")
    return True


def rebuild(case: Case, contents: dict) -> None:
    for name in os.listdir(case.folder):
        if name.startswith(STATE):
            os.unlink(case.path(name))
    told = []
    for name, content in sorted(contents.items()):
        told.append(f"{name}: {len(content)} bytes")
        with open(case.path(name), "wb") as file:
            file.write(content)
    case.note("# the power fails; what remains", "\n".join(told) or "nothing")
