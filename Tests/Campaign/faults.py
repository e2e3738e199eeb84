"""A fault at each k-th call on the state's files while a command runs; then the same command on a good disk."""

import os
import random
import shutil

from world import STATE, Case, Outcome, Violation, judge_words

SANDBOX = ["--create-delay", "5ms"]
COUNT = 10
# `+`: every later call fails, too, as on a disk that stays full. `deaf`: standard output takes nothing.
FAULTS = ["kill", "EIO", "ENOSPC", "short", "EMFILE", "EIO+", "ENOSPC+", "deaf"]
# More calls than any of the commands makes.
MOST_CALLS = 200
SHORT = 220
# At which calls a fault can take place. A fault that stays can begin anywhere.
PLACES = {
    "ENOSPC": {"create", "write", "fsync", "rename", "link"}, "short": {"write"}, "EMFILE": {"open", "create"},
}


class Fresh:
    """The first apply, of 10."""

    def __init__(self, case: Case):
        self.case, self.forgotten = case, set()
        self.keys = {f"s{index:02d}": 1 for index in range(COUNT)}
        self.prepare()

    def prepare(self) -> None:
        self.case.declare(lines(self.case, COUNT))

    @property
    def command(self) -> list:
        return self.case.apply_arguments()

    def is_done(self) -> bool:
        return False

    def applied(self, count: int) -> list:
        """So many are there already; their lines."""
        listed = lines(self.case, count)
        self.keys = {line["name"]: 1 for line in listed}
        self.case.declare(listed)
        self.case.expect(self.case.apply(), "an apply on a good disk")
        return listed

    def holds(self, key: str) -> bool:
        return key in {record["key"] for record in self.case.state()["records"]}


class Later(Fresh):
    """An apply of 10 over a state of 5, that also changes a line."""

    def prepare(self) -> None:
        self.applied(5)
        listed = lines(self.case, COUNT)
        listed[0]["description"] = "changed"
        self.keys = {line["name"]: 1 for line in listed}
        self.case.declare(listed)


class Rename(Fresh):
    """Another key."""

    def prepare(self) -> None:
        listed = self.applied(3)
        listed[0]["key"] = "other"
        self.case.declare(listed)

    @property
    def command(self) -> list:
        return ["rename", "s00", "other", *self.case.sandbox.connection]

    def is_done(self) -> bool:
        return self.holds("other")


class Forget(Fresh):
    """A record is dropped."""

    def prepare(self) -> None:
        self.case.declare(self.applied(3)[:2])
        self.forgotten = {"s02"}

    @property
    def command(self) -> list:
        return ["forget", "s02"]

    def is_done(self) -> bool:
        return not self.holds("s02")


class Import(Fresh):
    """A snapshot that was made by hand."""

    def prepare(self) -> None:
        listed = self.applied(3)
        line = {**listed[2], "name": "hand"}
        self.made = self.case.make_by_hand(line)
        self.case.declare([*listed, line])

    @property
    def command(self) -> list:
        return ["import", "hand", self.made, "--settle-time", "250ms", *self.case.sandbox.connection]


class Recover(Fresh):
    """The state is lost."""

    def prepare(self) -> None:
        self.applied(3)
        os.unlink(self.case.path(STATE))

    @property
    def command(self) -> list:
        return ["recover", "--auto-approve", "--settle-time", "250ms", *self.case.sandbox.connection]


COMMANDS = [Fresh, Later, Rename, Forget, Import, Recover]


def schedule(campaign, is_long: bool, only) -> None:
    """Case n is a fault, a command and k. The calls are counted first; the short form takes a part of the cases by the seed."""
    chosen = only
    if not only:
        chosen = []
        for index, command in enumerate(COMMANDS):
            for at, kind in enumerate(counted(campaign, command)[:MOST_CALLS]):
                chosen += [
                    (at * len(COMMANDS) + index) * len(FAULTS) + number for number, fault in enumerate(FAULTS)
                    if kind in PLACES.get(fault, {kind}) and (fault != "deaf" or at == 0)
                ]
        if not is_long:
            chosen = random.Random(f"{campaign.tools.seed}/faults").sample(chosen, SHORT)
    campaign.part("faults", chosen, play, SANDBOX)


def counted(campaign, command) -> list:
    """The calls of one run without a fault, in their order."""
    sandbox = campaign.sandbox(SANDBOX)
    case = Case(campaign.tools, f"count-{command.__name__.lower()}", 0, sandbox)
    arguments = command(case).command
    case.expect(case.run(*arguments, variables=preloaded(case, FIRE_COUNT=case.path("count"))), "a run without a fault")
    with open(case.path("count")) as file:
        kinds = file.read().split()
    shutil.rmtree(case.folder)
    campaign.drop(sandbox)
    return kinds


def lines(case: Case, count: int) -> list:
    return [{"name": f"s{index:02d}", "volume_id": case.volume(index // 2), "metadata": {"team": "a"}} for index in range(count)]


def play(case: Case) -> None:
    fault, rest = FAULTS[case.number % len(FAULTS)], case.number // len(FAULTS)
    job, at = COMMANDS[rest % len(COMMANDS)](case), rest // len(COMMANDS) + 1
    changes, records = case.sandbox.cloud.changes(), recorded(case)
    variables = {}
    if fault != "deaf":
        variables = preloaded(case, FIRE_AT=str(at), FIRE_FAULT=fault.rstrip("+"), **({"FIRE_STICKY": "1"} if fault.endswith("+") else {}))
    outcome = case.run(*job.command, variables=variables, is_deaf=fault == "deaf")
    took_place = os.path.exists(case.path("fault"))
    if took_place or fault == "deaf":
        case.count("faults")
    if took_place:
        with open(case.path("fault")) as file:
            case.note("# the fault", file.read()[:300])
    if outcome.killed != (fault == "kill" and took_place):
        raise Violation("the run was killed by somebody else", outcome.text())
    if not outcome.killed and outcome.status != 0:
        if outcome.status not in (1, 3, 4):
            raise Violation(f"exit {outcome.status} after a fault", outcome.text())
        if outcome.status == 1 and (case.sandbox.cloud.changes() != changes or (records and recorded(case) != records)):
            raise Violation(f"exit 1, and yet something was changed ({job.command[0]})", outcome.text())
        judge_words(outcome)
    if job.command[0] != "apply" and not (outcome.status == 0 or job.is_done()):
        again = case.run(*job.command)
        # It may have found in the journal what the first one did.
        if not job.is_done():
            ends_well(again, outcome)
    judge_next_run(case, job, outcome)


def recorded(case: Case) -> dict | None:
    return case.recorded() if os.path.exists(case.path(STATE)) else None


def ends_well(again: Outcome, faulty: Outcome) -> None:
    if again.status != 0:
        raise Violation(f"the next run on a good disk ends with {again.status}", faulty.text() + "\n\nand then: " + again.text())


def judge_next_run(case: Case, job: Fresh, faulty: Outcome) -> None:
    ends_well(case.apply(), faulty)
    case.judge(job.keys, forgotten=job.forgotten)
    case.judge_convergence()


def preloaded(case: Case, **variables: str) -> dict:
    return {
        "LD_PRELOAD": case.tools.library("file-calls.so"), "FIRE_FOLDER": case.folder, "FIRE_TOLD": case.path("fault"), **variables,
    }
