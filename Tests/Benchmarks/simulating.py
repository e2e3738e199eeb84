"""The goal of `simulate`: ten years of hourly runs over many volumes."""

import os

import inputs
from processes import Tools, interleaved
from table import Table

VOLUMES = 100
# Every rule at once, so that none of them is free.
KEEP = "{last: 2, hourly: 24, daily: 7, weekly: 4, monthly: 12, yearly: 3}"
DECADE = ["--from", "2026-01-01", "--until", "2035-12-31"]


def write_manifest(path: str, alike: bool) -> None:
    """One rotation for all volumes, which are alike then; or one for each, of which no two keep as many."""
    with open(path, "w") as file:
        file.write("version: 1\nvolumes:\n")
        for number in range(VOLUMES):
            file.write(f"  v{number}: {inputs.made_up_id(1, number)}\n")
        file.write("limits: {snapshots_per_volume: 10000}\nrotations:\n")
        labels = [f"v{number}" for number in range(VOLUMES)]
        for number, volumes in enumerate([labels] if alike else [[label] for label in labels]):
            keep = KEEP.replace("daily: 7", f"daily: {7 + number}")
            file.write(f"  - {{name: hourly-{number}, volumes: [{', '.join(volumes)}], every: hour, timezone: Europe/Berlin, keep: {keep}}}\n")


def decade(tools: Tools, table: Table, repetitions: int) -> None:
    folder = tools.file("rotations")
    os.makedirs(folder, exist_ok=True)
    stages = {}
    for name, alike in (("100 volumes alike", True), ("100 rotations, none alike", False)):
        path = os.path.join(folder, f"{'alike' if alike else 'apart'}.yaml")
        write_manifest(path, alike)
        stages[name] = lambda path=path: tools.run([tools.snapkeep, "simulate", "-f", path, *DECADE])
    alike, apart = stages.items()
    samples = {**interleaved(tools, dict([alike]), repetitions), **interleaved(tools, dict([apart]), 1)}
    table.title("simulate, ten years of hourly runs")
    for name, sample in samples.items():
        table.row(name, f"{sample.wall:.2f} s", "", f"{sample.cpu:.2f} s CPU", f"{sample.peak:.0f} MiB")
    table.goal("simulate, ten years hourly, 100 volumes: wall", samples[alike[0]].wall, 5, "s")
    table.goal("simulate, ten years hourly, 100 volumes: peak memory", samples[alike[0]].peak, 200, "MiB")
