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
import nights
import power
import together
from world import Case, Sandbox, Tools, Violation

# How many cases share a sandbox: its lists grow with each.
PER_SANDBOX = 25
# Folders kept for each kind of violation; the count goes on.
KEPT = 3


class Campaign:
    """Runs cases on all cores, counts, and tells each violation as it comes."""

    def __init__(self, tools: Tools, workers: int, kills: int):
        self.tools, self.workers, self.kills = tools, workers, kills
        self.lock = threading.Lock()
        self.counts: dict = {}
        self.violations: dict = {}
        self.sandboxes = 0

    def total(self, part: str, name: str) -> int:
        with self.lock:
            return self.counts.get(part, {}).get(name, 0)

    def part(self, name: str, numbers, play, options=None, enough=None) -> None:
        """Plays one part: the cases of `numbers`, each worker with a sandbox of its own, until `enough` says so."""
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
                    self.one(name, number, play, sandbox)
            finally:
                self.drop(sandbox)

        with concurrent.futures.ThreadPoolExecutor(self.workers) as pool:
            for future in [pool.submit(work) for _ in range(self.workers)]:
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

    def one(self, name: str, number: int, play, sandbox: Sandbox | None) -> None:
        case = Case(self.tools, name, number, sandbox)
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
        listed = ", ".join(f"{value:,} {key}" for key, value in sorted(totals.items()))
        return f"{listed} in {seconds / 60:.1f} min: {violations} violations"

    def tell(self, name: str, seconds: float) -> None:
        counts = dict(self.counts.get(name, {}))
        violations = sum(len(found) for (part, _), found in self.violations.items() if part == name)
        cases = counts.pop("cases", 0)
        listed = ", ".join(f"{value:,} {key}" for key, value in sorted(counts.items()))
        rate = f" ({counts['kills'] / seconds:.1f} kills a second)" if counts.get("kills") and name == "kills" else ""
        print(f"{name:<9} {cases:>6,} cases in {seconds:4.0f} s: {listed}{rate}: {violations} violations", flush=True)


PARTS = {
    "kills": kills.schedule, "faults": faults.schedule, "power": power.schedule, "damage-state": functools.partial(damage.schedule, "state"),
    "damage-journal": functools.partial(damage.schedule, "journal"), "clocks": clocks.schedule, "together": together.schedule,
    "nights": nights.schedule,
}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tools", required=True)
    parser.add_argument("--snapkeep", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--points", required=True)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--kills", type=int)
    parser.add_argument("--only", action="append", choices=sorted(PARTS))
    parser.add_argument("--case", type=int)
    parser.add_argument("--workers", type=int, default=2 * (os.cpu_count() or 1))
    arguments = parser.parse_args()
    os.makedirs(arguments.work, exist_ok=True)
    tools = Tools(arguments.snapkeep, arguments.tools, arguments.work, arguments.seed, arguments.points.split(","))
    kill_count = arguments.kills or (10_000 if arguments.long else 200)
    campaign = Campaign(tools, arguments.workers if arguments.case is None else 1, kill_count)
    print(f"seed {arguments.seed}, {arguments.snapkeep}, {campaign.workers} workers", flush=True)
    began = time.monotonic()
    for name, schedule in PARTS.items():
        if not arguments.only or name in arguments.only:
            schedule(campaign, arguments.long, None if arguments.case is None else [arguments.case])
    print(f"seed {arguments.seed}: {campaign.words(time.monotonic() - began)}", flush=True)
    if not campaign.violations:
        return 0
    print("\nViolations, by kind:")
    for (part, kind), numbers in sorted(campaign.violations.items()):
        print(f"  {len(numbers):>5} {part}: {kind} (cases {', '.join(map(str, sorted(numbers)[:8]))}{', …' if len(numbers) > 8 else ''})")
    return 1


if __name__ == "__main__":
    sys.exit(main())
