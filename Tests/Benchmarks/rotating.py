"""Planning rotations: many volumes with two weeks of nights each, against a plan of as many declared snapshots."""

import os

import inputs
import reading
from processes import Tools, interleaved
from table import Table

KEPT = 14
QUIET = "2026-03-14T12:00:00Z"
DUE = "2026-03-15T03:00:00Z"


def key(volume: int, day: int) -> str:
    return f"nightly/v{volume}@2026-03-{day:02}"


def prepare(tools: Tools, volumes: int) -> str:
    folder = tools.file(f"nights{volumes}")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "snapshots.yaml"), "w") as file:
        file.write("version: 1\nvolumes:\n")
        for number in range(volumes):
            file.write(f"  v{number}: {inputs.made_up_id(1, number)}\n")
        file.write("rotations:\n  - name: nightly\n    every: day\n    at: \"02:00\"\n    timezone: Europe/Berlin\n")
        file.write(f"    keep: {{last: {KEPT}}}\n    volumes:\n")
        for number in range(volumes):
            file.write(f"      - v{number}\n")
    snapshots = [night(volume, day) for volume in range(volumes) for day in range(1, KEPT + 1)]
    inputs.write_old_state(os.path.join(folder, "snapkeep.state.json"), sorted(snapshots, key=lambda record: record["key"]), "sandbox", "sandbox")
    # What is remembered of the rules, and the checksums of the lines, are the program's own.
    tools.program("apply", "-f", os.path.join(folder, "snapshots.yaml"), "--state", os.path.join(folder, "snapkeep.state.json"), "--sandbox",
                  "--auto-approve", "--quiet", "--now", QUIET)
    return folder


def night(volume: int, day: int) -> dict:
    record = inputs.record(inputs.Snapshot(volume * KEPT + day))
    return {**record, "key": key(volume, day), "volume_id": inputs.made_up_id(1, volume), "name": f"v{volume}-2026-03-{day:02}"}


def plans(tools: Tools, table: Table, volumes: int, repetitions: int) -> None:
    folders = {count: prepare(tools, count) for count in (volumes // 10, volumes)}
    declared = reading.prepare(tools, volumes * KEPT)

    def plan(folder: str, *words: str):
        return lambda: tools.run([tools.snapkeep, "plan", *words], folder=folder)

    state = ["--state", "snapkeep.state.json", "--sandbox", "--now"]
    quiet, due, few = "nothing due", "all due", f"all due, {volumes // 10:,} volumes"
    samples = interleaved(
        tools, {
            "as many declared": plan(declared, "--exit-code"), quiet: plan(folders[volumes], "--exit-code", *state, QUIET),
            due: plan(folders[volumes], *state, DUE), few: plan(folders[volumes // 10], *state, DUE),
        }, repetitions)
    x = samples["as many declared"]
    table.title(f"plan of rotations, {volumes:,} volumes x {KEPT} kept; X is a plan of {volumes * KEPT:,} declared snapshots")
    for name, sample in samples.items():
        table.row(name, f"{sample.wall:.3f} s", f"{sample.wall / x.wall:.2f} X", f"{sample.cpu:.3f} s CPU", f"{sample.peak:.0f} MiB")
    table.goal(f"plan, {volumes:,} volumes x {KEPT}, nothing due: wall", samples[quiet].wall / x.wall, 1.3, "X")
    table.goal("plan, all due, ten times the volumes: CPU", samples[due].cpu / samples[few].cpu, 11, "x")
