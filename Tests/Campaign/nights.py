"""Nights of a rotation: runs that are killed, skipped and repeated. What is kept at the end is what the rules say, reckoned here once more."""

import datetime
import json
import time

from kills import SANDBOX
from places import Files
from world import Case, Violation

FIRST = datetime.date(2026, 3, 1)
NIGHTS = 10
ZONE, HOUR = "Europe/Berlin", 2


def schedule(campaign, is_long: bool, only, store=Files()) -> None:
    # A kill over a shared state costs the time until its lock is free.
    count = (100 if is_long else 5) if store.prefix else (400 if is_long else 12)
    campaign.part("nights", only or range(count), play, SANDBOX, store=store)


def play(case: Case) -> None:
    volumes = {f"db{number}": case.volume(number) for number in range(case.random.randint(1, 3))}
    keep = {"daily": case.random.randint(2, 4), "weekly": case.random.randint(1, 3)}
    declare(case, volumes, keep)
    made, planned = [], set()
    for night in range(NIGHTS):
        if case.random.random() < 0.15:
            continue
        day = FIRST + datetime.timedelta(days=night)
        made.append(day)
        # 02:00 there is 01:00 UTC until the end of March.
        now = f"{day}T{HOUR - 1:02}:{case.random.randint(10, 50)}:00Z"
        planned |= expiries(case, now)
        if case.place.is_shared and case.random.random() < 0.4:
            from_two_pipelines(case, now)
        carry_out(case, now)
        # A second run of the same night changes nothing.
        if case.random.random() < 0.3:
            changes = case.sandbox.cloud.changes()
            case.expect(apply(case, now), "a second run of one night")
            if case.sandbox.cloud.changes() != changes:
                raise Violation("a second run of one night changes the cloud")
        case.judge({f"nightly/{label}@{date}": 1 for label in volumes for date in made}, may_go=planned)
        for label in volumes:
            if not alive(case, label):
                raise Violation("a rotation has no copy left", f"{label} in the night of {day}")
        case.judge_convergence("--now", now)
        case.count("nights")
    for label in volumes:
        kept, wanted = alive(case, label), kept_by(keep, made)
        if kept != wanted:
            raise Violation("what is kept is not what the rules keep", f"{label}: {kept} instead of {wanted} by {keep} of {made}")


def declare(case: Case, volumes: dict, keep: dict) -> None:
    rotation = {
        "name": "nightly", "volumes": list(volumes), "every": "day", "at": f"{HOUR:02}:00", "timezone": ZONE, "keep": keep,
    }
    with open(case.path("snapshots.yaml"), "w") as file:
        file.write(f"stack: {case.owner}\nvolumes: {json.dumps(volumes)}\nrotations:\n  - {json.dumps(rotation)}\n")


def apply(case: Case, now: str, **keywords):
    return case.apply("--now", now, **keywords)


def carry_out(case: Case, now: str) -> None:
    """Kills the night's run up to three times; then it must end well."""
    for _ in range(case.random.choice((0, 0, 1, 2, 3))):
        if case.random.random() < 0.5:
            outcome = apply(case, now, variables=failpoint(case))
        else:
            outcome = apply(case, now, kill_after=case.random.uniform(0.015, 0.13))
        if not outcome.killed:
            break
    case.expect(apply(case, now), "the night's last run")


def failpoint(case: Case) -> dict:
    return {"SNAPKEEP_FAILPOINT": f"{case.random.choice(case.place.points)}:{case.random.choice((1, 1, 2))}"}


def from_two_pipelines(case: Case, now: str) -> None:
    """The same night on two machines at once, of which none, one or both are killed."""
    runs, deaths = [], case.random.choice((0, 0, 1, 1, 2))
    for number in range(2):
        runs.append(case.start(*case.apply_arguments("--now", now), variables=failpoint(case) if number < deaths else {}))
        time.sleep(case.random.uniform(0, 0.1))
    for run in runs:
        outcome = run.finish()
        if not outcome.killed:
            case.expect(outcome, "one of two runs of a night")
    case.count("nights from two pipelines")


def expiries(case: Case, now: str) -> set:
    """The ids that a plan of the night lets go: nothing else may go."""
    outcome = case.expect(case.run("plan", "--json", "--now", now, *case.sandbox.connection), "a plan")
    return {change["recorded"]["id"] for change in json.loads(outcome.output)["changes"] if change["action"] == "expire"}


def alive(case: Case, label: str) -> list:
    prefix = f"nightly/{label}@"
    keys = [made.metadata["snapkeep.key"] for made in case.sandbox.cloud.alive_of(case.owner)]
    return sorted(key.removeprefix(prefix) for key in keys if key.startswith(prefix))


def kept_by(keep: dict, made: list) -> list:
    """The last of each bucket, as many buckets as the count says; the oldest of all while a count is not used up."""
    kept = set()
    for bucket, name in (("daily", lambda day: day), ("weekly", lambda day: day.isocalendar()[:2])):
        last = {}
        for day in made:
            last[name(day)] = day
        kept |= set(sorted(last.values())[-keep[bucket]:])
        if len(last) < keep[bucket] and made:
            kept.add(made[0])
    return sorted(str(day) for day in kept)
