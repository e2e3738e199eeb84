"""The campaign of kills, faults and damage. Called by Tests/fire, which builds what it needs."""

import argparse
import concurrent.futures
import functools
import os
import shutil
import sys
import threading
import time
import traceback

import clocks
import damage
import faults
import kills
import members
import nights
import power
import together
from places import Etcd, Files
from together import PAST_THE_FENCE
from world import Case, Sandbox, Tools, Violation

# How many cases share a sandbox: its lists grow with each.
PER_SANDBOX = 25
# How many kills the part of that name has at least.
KILLS = {"kills": 200, "etcd-kills": 100}
LONG_KILLS = {"kills": 10_000, "etcd-kills": 2000}
# Folders kept for each kind of violation; the count goes on.
KEPT = 3


class Campaign:
    """Runs cases on all cores, counts, and tells each violation as it comes."""

    def __init__(self, tools: Tools, workers: int, kills: dict):
        self.tools, self.workers, self.kills = tools, workers, kills
        self.lock = threading.Lock()
        self.counts: dict = {}
        self.violations: dict = {}
        self.sandboxes = 0

    def total(self, part: str, name: str) -> int:
        with self.lock:
            return self.counts.get(part, {}).get(name, 0)

    def part(self, name: str, numbers, play, options=None, enough=None, store=Files(), workers: int | None = None) -> None:
        """Plays one part: the cases of `numbers`, each worker with a sandbox of its own, until `enough` says so."""
        name = store.prefix + name
        workers = workers or self.workers
        began = time.monotonic()
        queue, taking = iter(numbers), threading.Lock()

        def work() -> None:
            sandbox, used = None, 0
            try:
                while not (enough and enough()):
                    with taking:
                        number = next(queue, None)
                    if number is None:
                        return
                    if options is not None and (sandbox is None or used == PER_SANDBOX):
                        self.drop(sandbox)
                        sandbox, used = self.sandbox(options), 0
                    used += 1
                    self.one(name, number, play, sandbox, store)
            finally:
                self.drop(sandbox)

        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            for future in [pool.submit(work) for _ in range(workers)]:
                future.result()
        self.tell(name, time.monotonic() - began)

    def sandbox(self, options) -> Sandbox:
        with self.lock:
            self.sandboxes += 1
            folder = os.path.join(self.tools.work, f"sandbox-{self.sandboxes}")
        os.makedirs(folder)
        return Sandbox(self.tools, folder, *options)

    def drop(self, sandbox: Sandbox | None) -> None:
        if sandbox:
            sandbox.stop()
            shutil.rmtree(sandbox.folder)

    def one(self, name: str, number: int, play, sandbox: Sandbox | None, store) -> None:
        case = Case(self.tools, name, number, sandbox, store)
        violation = None
        try:
            play(case)
        except Violation as found:
            violation = found
        except Exception:
            violation = Violation("the case itself broke", traceback.format_exc())
        with self.lock:
            counts = self.counts.setdefault(name, {})
            for key, value in {**case.counts, "cases": 1}.items():
                counts[key] = counts.get(key, 0) + value
            if violation is None:
                shutil.rmtree(case.folder)
            else:
                self.report(case, violation)

    def report(self, case: Case, violation: Violation) -> None:
        found = self.violations.setdefault((case.part, violation.kind), [])
        found.append(case.number)
        if len(found) > KEPT:
            shutil.rmtree(case.folder)
            return
        if case.sandbox and os.path.exists(case.sandbox.data) and case.sandbox.folder != case.folder:
            shutil.copy(case.sandbox.data, case.path("cloud.jsonl"))
        detail = "".join(f"    {line}\n" for line in violation.detail.rstrip().splitlines()[-25:])
        print(
            f"VIOLATION in {case.part}, case {case.number}: {violation.kind}\n{detail}"
            f"    folder: {case.folder} (transcript: every command and what it said; cloud.jsonl: the sandbox's log)\n"
            f"    repeat: Tests/fire --seed {self.tools.seed} --only {case.part} --case {case.number}", flush=True)

    def words(self, seconds: float) -> str:
        """All parts together."""
        totals: dict = {}
        for counts in self.counts.values():
            for key, value in counts.items():
                totals[key] = totals.get(key, 0) + value
        violations = sum(map(len, self.violations.values()))
        for name in ("duplicates", "lost", PAST_THE_FENCE):
            totals.setdefault(name, 0)
        listed = ", ".join(f"{value:,} {key}" for key, value in sorted(totals.items()))
        return f"{listed} in {seconds / 60:.1f} min: {violations} violations"

    def tell(self, name: str, seconds: float) -> None:
        counts = dict(self.counts.get(name, {}))
        violations = sum(len(found) for (part, _), found in self.violations.items() if part == name)
        cases = counts.pop("cases", 0)
        listed = ", ".join(f"{value:,} {key}" for key, value in sorted(counts.items()))
        rate = f" ({counts['kills'] / seconds:.1f} kills a second)" if counts.get("kills") and name.endswith("kills") else ""
        print(f"{name:<14} {cases:>6,} cases in {seconds:4.0f} s: {listed}{rate}: {violations} violations", flush=True)


PARTS = {
    "kills": kills.schedule, "faults": faults.schedule, "power": power.schedule, "damage-state": functools.partial(damage.schedule, "state"),
    "damage-journal": functools.partial(damage.schedule, "journal"), "clocks": clocks.schedule, "together": together.schedule,
    "nights": nights.schedule,
}
# Where the state lies in etcd; the other parts are about files. `etcd-members` has a cluster of three.
ETCD_PARTS = {
    "etcd-kills": kills.schedule, "etcd-clocks": clocks.schedule, "etcd-together": together.schedule, "etcd-nights": nights.schedule,
    "etcd-members": members.schedule,
}


def store_of(part: str) -> str:
    return "etcd" if part in ETCD_PARTS else "file"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tools", required=True)
    parser.add_argument("--snapkeep", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--points", required=True)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--kills", type=int)
    parser.add_argument("--only", action="append", choices=sorted({**PARTS, **ETCD_PARTS}))
    parser.add_argument("--store", choices=["file", "etcd"])
    parser.add_argument("--case", type=int)
    parser.add_argument("--workers", type=int, default=2 * (os.cpu_count() or 1))
    arguments = parser.parse_args()
    os.makedirs(arguments.work, exist_ok=True)
    tools = Tools(arguments.snapkeep, arguments.tools, arguments.work, arguments.seed, arguments.points.split(","))
    kill_counts = {name: arguments.kills or count for name, count in (LONG_KILLS if arguments.long else KILLS).items()}
    campaign = Campaign(tools, arguments.workers if arguments.case is None else 1, kill_counts)
    print(f"seed {arguments.seed}, {arguments.snapkeep}, {campaign.workers} workers", flush=True)
    began = time.monotonic()
    only = None if arguments.case is None else [arguments.case]
    stores = [Etcd(tools.work), Etcd(tools.work, members=3)]
    try:
        for name, schedule in {**PARTS, **ETCD_PARTS}.items():
            if arguments.only and name not in arguments.only or arguments.store and arguments.store != store_of(name):
                continue
            if name in PARTS:
                schedule(campaign, arguments.long, only)
            else:
                schedule(campaign, arguments.long, only, stores[name == "etcd-members"])
    finally:
        for store in stores:
            store.stop()
    print(f"seed {arguments.seed}: {campaign.words(time.monotonic() - began)}", flush=True)
    if not campaign.violations:
        return 0
    print("\nViolations, by kind:")
    for (part, kind), numbers in sorted(campaign.violations.items()):
        print(f"  {len(numbers):>5} {part}: {kind} (cases {', '.join(map(str, sorted(numbers)[:8]))}{', …' if len(numbers) > 8 else ''})")
    return 1


if __name__ == "__main__":
    sys.exit(main())
