"""Measures everything in one run and prints the table. Called by Tests/benchmark, which builds what it needs."""

import argparse
import os
import platform
import subprocess
import tempfile

import applying
import peers
import reading
import rotating
import sharing
import simulating
from processes import Tools
from table import Table


def describe_machine(snapkeep: str) -> None:
    model = "unknown processor"
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout.splitlines()
    version = next((line for line in swift if "Swift version" in line), "no Swift")
    print(f"{os.cpu_count()} cores ({model}), Linux {platform.release()}, {version}, load {os.getloadavg()[0]:.1f}")
    print(snapkeep)


def full(tools: Tools, arguments) -> int:
    table = Table()
    readers = peers.readers(tools, table) if arguments.peers else {}
    by_count = {}
    for count in (1_000, 10_000, 100_000):
        by_count[count] = reading.measure(tools, table, count, arguments.repetitions, readers if count == 100_000 else {})
    reading.linearity(tools, table, by_count, most=11)
    reading.first_output(tools, table, 100_000)
    reading.start_up(tools, table, 41)
    simulating.decade(tools, table, 3)
    rotating.plans(tools, table, 10_000, 5)
    for count in (1_000, 10_000):
        applying.creations(tools, table, count, 3)
    applying.large_state(tools, table, 100_000, 3)
    sharing.measure(tools, table, 100_000, 10_000, 3)
    if arguments.peers:
        table.title("Terraform, resources that it has built in")
        peers.terraform(tools, table, 1_000)
    if arguments.million:
        reading.measure(tools, table, 1_000_000, 1, {})
        applying.large_state(tools, table, 1_000_000, 1)
    table.tell_goals()
    return 0


def short(tools: Tools, _) -> int:
    """Gross regressions only, so that a debug build on a busy machine passes: ratios with wide margins, and counts."""
    table = Table()
    by_count = {count: reading.measure(tools, table, count, 3, {}) for count in (1_000, 10_000)}
    reading.linearity(tools, table, by_count, most=20)
    largest = by_count[10_000]
    table.goal("plan, all recorded, to validate", largest["plan, all recorded"].cpu / largest["validate"].cpu, 10, "x")
    table.goal("plan, none recorded, to validate", largest["plan, none recorded"].cpu / largest["validate"].cpu, 10, "x")
    applying.counts(tools, table, 400)
    return 1 if table.tell_goals() else 0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tools", required=True)
    parser.add_argument("--snapkeep", required=True)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--repetitions", type=int, default=7)
    arguments = parser.parse_args()
    describe_machine(arguments.snapkeep)
    with tempfile.TemporaryDirectory(prefix="snapkeep-benchmark-") as work:
        tools = Tools(arguments.tools, arguments.snapkeep, work)
        return (short if arguments.short else full)(tools, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
