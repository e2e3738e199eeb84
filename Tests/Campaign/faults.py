"""A fault at each k-th call on the state's files while an apply of 10 runs; then the same command on a good disk."""

import os
import random
import shutil

from world import Case, Violation, judge_words

SANDBOX = ["--create-delay", "5ms"]
COUNT = 10
# `+`: every later call fails, too, as on a disk that stays full.
FAULTS = ["kill", "EIO", "ENOSPC", "short", "EMFILE", "EIO+", "ENOSPC+"]
# A first apply, and one over a state of 5 that also changes a line.
BEGINNINGS = ["fresh", "later"]
# More calls than an apply of 10 makes.
MOST_CALLS = 200
SHORT = 170
# At which calls a fault can take place. A fault that stays can begin anywhere.
PLACES = {
    "ENOSPC": {"create", "write", "fsync", "rename", "link"}, "short": {"write"}, "EMFILE": {"open", "create"},
}


def schedule(campaign, is_long: bool, only) -> None:
    """Case n is a fault, a beginning and k. The calls are counted first; the short form takes a part of the cases by the seed."""
    chosen = only
    if not only:
        chosen = []
        for index, beginning in enumerate(BEGINNINGS):
            kinds = counted(campaign, beginning)
            for at, kind in enumerate(kinds[:MOST_CALLS]):
                chosen += [
                    (at * len(BEGINNINGS) + index) * len(FAULTS) + number for number, fault in enumerate(FAULTS)
                    if kind in PLACES.get(fault, {kind})
                ]
        if not is_long:
            chosen = random.Random(f"{campaign.tools.seed}/faults").sample(chosen, SHORT)
    campaign.part("faults", chosen, play, SANDBOX)


def counted(campaign, beginning: str) -> list:
    """The calls of one apply without a fault, in their order."""
    sandbox = campaign.sandbox(SANDBOX)
    case = Case(campaign.tools, f"count-{beginning}", 0, sandbox)
    begin(case, beginning)
    case.expect(case.apply(variables=preloaded(case, FIRE_COUNT=case.path("count"))), "an apply without a fault")
    with open(case.path("count")) as file:
        kinds = file.read().split()
    shutil.rmtree(case.folder)
    campaign.drop(sandbox)
    return kinds


def lines(case: Case, count: int, changed: bool = False) -> list:
    listed = [{"name": f"s{index:02d}", "volume_id": case.volume(index // 2), "metadata": {"team": "a"}} for index in range(count)]
    if changed:
        listed[0]["description"] = "changed"
    return listed


def begin(case: Case, beginning: str) -> None:
    if beginning == "later":
        case.declare(lines(case, 5))
        case.expect(case.apply(), "an apply on a good disk")
    case.declare(lines(case, COUNT, beginning == "later"))


def play(case: Case) -> None:
    fault, rest = FAULTS[case.number % len(FAULTS)], case.number // len(FAULTS)
    beginning, at = BEGINNINGS[rest % len(BEGINNINGS)], rest // len(BEGINNINGS) + 1
    begin(case, beginning)
    before = case.sandbox.cloud.changes()
    variables = preloaded(case, FIRE_AT=str(at), FIRE_FAULT=fault.rstrip("+"), **({"FIRE_STICKY": "1"} if fault.endswith("+") else {}))
    outcome = case.apply(variables=variables)
    took_place = os.path.exists(case.path("fault"))
    if took_place:
        case.count("faults")
        with open(case.path("fault")) as file:
            case.note("# the fault", file.read()[:300])
    if outcome.killed != (fault == "kill" and took_place):
        raise Violation("the run was killed by somebody else", outcome.text())
    if outcome.status == 1 and case.sandbox.cloud.changes() != before:
        raise Violation("exit 1, and yet the cloud was changed", outcome.text())
    if outcome.status not in (0, 1, 3, 4) and not outcome.killed:
        raise Violation(f"exit {outcome.status} after a fault", outcome.text())
    if not outcome.killed and outcome.status != 0:
        judge_words(outcome)
    judge_next_run(case, COUNT, outcome)


def judge_next_run(case: Case, count: int, faulty) -> None:
    again = case.apply()
    if again.status != 0:
        raise Violation(f"the next run on a good disk ends with {again.status}", faulty.text() + "\n\nand then: " + again.text())
    case.judge({f"s{index:02d}": 1 for index in range(count)})
    case.judge_convergence()


def preloaded(case: Case, **variables: str) -> dict:
    return {
        "LD_PRELOAD": case.tools.library("file-calls.so"), "FIRE_FOLDER": case.folder, "FIRE_TOLD": case.path("fault"), **variables,
    }
