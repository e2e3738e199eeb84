"""Several hands at once: runs on one folder, on copies of it, and a state, a lock or a lease that is taken away under a living run."""

import os
import shutil
import signal
import time

from cluster import Cable
from places import LEASE_SECONDS, STATE, Files
from world import Case, Outcome, Running, Violation, copy_folder, judge_words

SANDBOX = ["--create-delay", "20ms", "--latency", "5ms", "--fault", "POST snapshots every:2 slow-after=0.1"]


def schedule(campaign, is_long: bool, only, store=Files()) -> None:
    plays = SHARED_PLAYS if store.prefix else FILE_PLAYS
    campaign.part(
        "together", only or range((60 if is_long else 4) * len(plays)), lambda case: play(case, plays[case.number % len(plays)]), SANDBOX,
        store=store)


def play(case: Case, chosen) -> None:
    try:
        chosen(case)
    except Violation as violation:
        raise Violation(f"{violation.kind} ({chosen.__doc__})", violation.detail) from None


def lines(case: Case, names: str) -> list:
    return [{"name": name, "volume_id": case.volume(ord(name) % 4)} for name in names]


def once(names: str) -> dict:
    return {name: 1 for name in names}


def settle(case: Case, names: str, folder: str | None = None) -> None:
    """Ends what several hands have begun, as their messages say: `recover` where a run refuses, then apply."""
    outcome = case.apply(folder=folder)
    if outcome.status != 0:
        judge_words(outcome)
        # Nothing is lost where all hands work under one lock.
        if case.place.is_shared:
            raise Violation(f"an apply at the end ends with {outcome.status}", outcome.text())
        case.expect(case.run("recover", "--auto-approve", "--settle-time", "250ms", *case.sandbox.connection, folder=folder), "recover")
        case.expect(case.apply(folder=folder), "an apply after recover")
    case.judge_deletions()
    case.judge(once(names), folder=folder)
    case.judge_convergence(folder=folder)


def on_one_folder(case: Case) -> None:
    """several applies on one folder"""
    case.declare(lines(case, "abcdef"))
    runs = []
    for _ in range(case.random.choice((2, 4))):
        runs.append(case.start(*case.apply_arguments("--lock-timeout", case.random.choice(("0s", "10s")))))
    # Some are killed while they work or wait.
    ends = [case.random.choice((None, None, case.random.uniform(0.03, 0.3))) for _ in runs]
    outcomes = [run.finish(end) for run, end in zip(runs, ends)]
    for outcome in outcomes:
        if outcome.status not in (0, 5) and not outcome.killed:
            raise Violation(f"one of several runs ends with {outcome.status}", outcome.text())
        if outcome.status == 5:
            judge_words(outcome)
    settle(case, "abcdef")


def replaced_state(case: Case) -> None:
    """the state is replaced under a running apply"""
    case.declare(lines(case, "ab"))
    case.expect(case.apply(), "the first apply")
    colleague = case.path("colleague")
    copy_folder(case.folder, colleague)
    case.declare(lines(case, "abcd"), colleague)
    case.expect(case.apply(folder=colleague), "the colleague's apply")
    case.declare(lines(case, "abefgh"))
    running = case.start(*case.apply_arguments("--parallelism", "1"))
    await_creation(running, "efgh")
    if case.random.random() < 0.5:
        shutil.copy(os.path.join(colleague, STATE), case.path(STATE))
    else:
        # As `git` does it: another file under the name.
        shutil.copy(os.path.join(colleague, STATE), case.path("new"))
        os.rename(case.path("new"), case.path(STATE))
    case.note("# the colleague's state is put in the place of the state", "")
    outcome = running.finish(case.random.choice((None, None, 0.1)))
    if not outcome.killed:
        if outcome.status == 0:
            raise Violation("exit 0 over a state that was replaced", outcome.text())
        judge_words(outcome)
        judge_told(case, outcome)
    shutil.rmtree(colleague)
    case.declare(lines(case, "abcdefgh"))
    settle(case, "abcdefgh")


def judge_told(case: Case, outcome: Outcome) -> None:
    """What a refused run has made, it tells by its id."""
    for made in case.sandbox.cloud.created_for(case.owner):
        if outcome.began < made.at and made.id not in outcome.output + outcome.errors:
            raise Violation("a run that could not record tells no id", f"{made.key} {made.id}\n{outcome.text()}")


def removed_lock(case: Case) -> None:
    """.lock is removed under a running apply"""
    first, second = under_removal(case, ".lock")
    # The first one lives or has ended well: it is in nobody's way and nobody is in its.
    if second.status not in (0, 5):
        raise Violation(f"a run beside one that has lost its lock file ends with {second.status}", second.text())
    if second.status == 5:
        judge_words(second)
    if first.status != 0 and not first.killed:
        raise Violation(f"a run that has lost its lock file ends with {first.status}", first.text())
    settle(case, "abcdef")


def removed_both(case: Case) -> None:
    """.lock and .journal are removed under a running apply"""
    for outcome in under_removal(case, ".lock", ".journal"):
        if outcome.status not in (0, 1, 3, 4, 5) and not outcome.killed:
            raise Violation(f"a run ends with {outcome.status}", outcome.text())
        if outcome.status != 0 and not outcome.killed:
            judge_words(outcome)
    settle(case, "abcdef")


def under_removal(case: Case, *suffixes: str) -> tuple:
    """The outcomes of an apply whose files are removed, and of another one that is started then."""
    case.declare(lines(case, "abcdef"))
    first = case.start(*case.apply_arguments("--parallelism", "1"))
    await_creation(first, "abcdef")
    for suffix in suffixes:
        if os.path.exists(case.path(STATE + suffix)):
            os.unlink(case.path(STATE + suffix))
    case.note(f"# {' and '.join(suffixes)}: removed", "")
    second = case.start(*case.apply_arguments()).finish()
    return first.finish(case.random.choice((None, None, 0.2))), second


def copies_in_turn(case: Case) -> None:
    """two folders with copies of one state, one after the other"""
    other = copies(case)
    case.expect(case.apply(), "the first pipeline's apply")
    case.apply(folder=other)
    case.judge_creations(once("abcdef"))
    settle(case, "abcdef", other)


def copies_at_once(case: Case) -> None:
    """two folders with copies of one state, at once"""
    other = copies(case)
    runs = [case.start(*case.apply_arguments()), case.start(*case.apply_arguments(), folder=other)]
    judge_simultaneous(case, [run.finish() for run in runs], "abcdef")


def copies(case: Case) -> str:
    case.declare(lines(case, "ab"))
    case.expect(case.apply(), "the first apply")
    case.declare(lines(case, "abcdef"))
    # Outside of the first folder, whose copy it is.
    other = case.path("other")
    copy_folder(case.folder, other)
    return other


def plan_in_turn(case: Case) -> None:
    """one saved plan from two copies of a folder, one after the other"""
    other = planned(case)
    case.expect(apply_plan(case).finish(), "the first apply of the plan")
    apply_plan(case, other).finish()
    case.judge_creations(once("abcd"))
    settle(case, "abcd", other)


def plan_at_once(case: Case) -> None:
    """one saved plan from two copies of a folder, at once"""
    other = planned(case)
    runs = [apply_plan(case), apply_plan(case, other)]
    judge_simultaneous(case, [run.finish() for run in runs], "abcd")


def planned(case: Case) -> str:
    case.declare(lines(case, "abcd"))
    case.expect(case.run("plan", "--out", "next.plan", *case.sandbox.connection), "a plan")
    other = case.path("other")
    copy_folder(case.folder, other)
    return other


def apply_plan(case: Case, folder: str | None = None):
    arguments = case.apply_arguments()
    return case.start(arguments[0], "next.plan", *arguments[1:], folder=folder)


def judge_simultaneous(case: Case, outcomes: list, names: str) -> None:
    """Of two states neither run could have seen what the other was just about to make; but a pair must not stay unseen. One state has one lock."""
    if case.place.is_shared:
        for outcome in outcomes:
            if outcome.status not in (0, 4, 5):
                raise Violation(f"one of two runs ends with {outcome.status}", outcome.text())
            if outcome.status != 0:
                judge_words(outcome)
        settle(case, names)
        return
    made = case.sandbox.cloud.created_for(case.owner)
    pairs = {key for key in names if sum(one.key == key for one in made) > 1}
    case.count("unavoidable pairs", len(pairs))
    if pairs and all(outcome.status == 0 for outcome in outcomes):
        raise Violation("two of one key, and every run says 0", f"{sorted(pairs)}\n" + "\n".join(outcome.text() for outcome in outcomes))
    case.judge_creations({name: 2 for name in names})
    case.judge_deletions()


def await_creation(running: Running, names: str) -> None:
    case = running.case
    running.wait_until(lambda: any(made.key in names for made in case.sandbox.cloud.created_for(case.owner)), f"one of {names} is created")


# Beside a state that is shared: its lock is a lease.


def unasked(case: Case) -> None:
    """a run does not wait unasked, and names who holds the lock"""
    case.declare(lines(case, "abcdef"))
    # It stands still and keeps its lease.
    first = case.start(*case.apply_arguments("--parallelism", "1"), variables={"SNAPKEEP_ETCD_LEASE": "60"})
    await_creation(first, "abcdef")
    first.process.send_signal(signal.SIGSTOP)
    case.note("# SIGSTOP, and SIGCONT after the next run", "")
    second = case.start(*case.apply_arguments("--lock-timeout", "0s")).finish()
    first.process.send_signal(signal.SIGCONT)
    case.expect(second, "a run beside one that holds the lock", 5)
    judge_words(second)
    for word in ("apply", case.place.url, str(first.process.pid)):
        if word not in second.errors:
            raise Violation("a run does not say who holds the lock", f"no '{word}' in\n{second.text()}")
    case.expect(first.finish(), "a run that stood still within its lease")
    settle(case, "abcdef")


def paused(case: Case) -> None:
    """a holder is paused beyond its lease while another run applies"""
    first = half_done(case)
    first.process.send_signal(signal.SIGSTOP)
    case.note("# SIGSTOP", "")
    try:
        beside(case)
        before = Fence(case)
    finally:
        first.process.send_signal(signal.SIGCONT)
        case.note("# SIGCONT", "")
    case.count("pauses")
    before.judge(first)


def cut_off(case: Case) -> None:
    """a holder is cut off from the cluster beyond its lease while another run applies"""
    cable = Cable(case.place.cluster.ports[0])
    try:
        first = half_done(case, SNAPKEEP_STATE=case.place.cluster.url(case.place.prefix, [cable.port]))
        is_told = case.random.random() < 0.5
        cable.cut(is_told)
        case.note(f"# cut off: connections are {'refused' if is_told else 'silent'}", "")
        # What it has learnt to be stored it may still ask the cloud for, within its lease.
        time.sleep(LEASE_SECONDS)
        beside(case)
        before = Fence(case)
        cable.mend()
        case.note("# there again", "")
        case.count("connections cut")
        before.judge(first)
    finally:
        cable.close()


def half_done(case: Case, **variables: str) -> Running:
    """A run that has made some of what it is to make."""
    case.declare(lines(case, NAMES))
    first = case.start(*case.apply_arguments("--parallelism", str(case.random.choice((1, 4)))), variables=variables)
    wanted = case.random.randint(1, 6)
    first.wait_until(lambda: len(case.sandbox.cloud.created_for(case.owner)) >= wanted, f"{wanted} are created")
    return first


def beside(case: Case) -> None:
    """Waits for the lease of one that cannot renew it, and does its work."""
    case.expect(case.apply("--lock-timeout", "30s"), "an apply after a lease that ran out")
    case.judge(once(NAMES))


class Fence:
    """What stands in etcd and in the cloud while a run that has lost its lease does not know it yet."""

    def __init__(self, case: Case):
        self.case = case
        self.keys, self.changes = self.stored(), case.sandbox.cloud.changes()

    def stored(self) -> dict:
        return {found["key"]: found["mod_revision"] for found in self.case.place.keys()}

    def judge(self, running: Running) -> None:
        """That run neither writes nor makes anything more, and says so; then nothing is left to do."""
        outcome, case = running.finish(), self.case
        keys = self.stored()
        written = sorted(key.decode() for key in {*keys, *self.keys} if keys.get(key) != self.keys.get(key))
        if written:
            case.count(PAST_THE_FENCE, len(written))
            raise Violation("a run that had lost its lease has written", f"{written}\n{outcome.text()}")
        if case.sandbox.cloud.changes() != self.changes:
            case.judge_creations(once(NAMES))
            raise Violation("a run that had lost its lease has changed the cloud", outcome.text())
        case.expect(outcome, "a run that had lost its lease", 5)
        judge_words(outcome)
        case.count("runs fenced off")
        settle(case, NAMES)


PAST_THE_FENCE = "writes past the fence"
NAMES = "abcdefghijklmnopqrstuvwx"

FILE_PLAYS = [on_one_folder, replaced_state, removed_lock, removed_both, copies_in_turn, copies_at_once, plan_in_turn, plan_at_once]
# What is a copy of a folder there is here another machine with the same state.
SHARED_PLAYS = [on_one_folder, copies_in_turn, copies_at_once, plan_in_turn, plan_at_once, unasked, paused, cut_off]
