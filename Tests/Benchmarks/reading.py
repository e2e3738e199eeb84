"""Goals 1 to 4: reading, planning and rendering."""

import os

import inputs
from processes import Samples, Tools, interleaved
from table import Table


def prepare(tools: Tools, count: int) -> str:
    folder = tools.file(f"n{count}")
    os.makedirs(folder, exist_ok=True)
    inputs.write_manifest(os.path.join(folder, "snapshots.yaml"), count)
    inputs.write_state(os.path.join(folder, "snapkeep.state.json"), count, "http://127.0.0.1:1/v3", tools.program)
    return folder


def stages(tools: Tools, folder: str) -> dict:
    """From inside of the folder, as people work: the manifest is `snapshots.yaml`, the state stands beside it."""
    fresh = ["plan", "--state", "none.json"]

    def snapkeep(*words: str):
        return lambda: tools.run([tools.snapkeep, *words], folder=folder)

    return {
        "C loop": lambda: tools.run([tools.tool("libyaml-events"), "snapshots.yaml"], folder=folder),
        "validate": snapkeep("validate"),
        # Any change would end it with 2.
        "plan, all recorded": snapkeep("plan", "--exit-code"),
        "plan, none recorded": snapkeep(*fresh),
        "plan, none recorded, JSON": snapkeep(*fresh, "--format", "json"),
        "plan, none recorded, Markdown": snapkeep(*fresh, "--format", "markdown"),
    }


def measure(tools: Tools, table: Table, count: int, repetitions: int, peers: dict) -> Samples:
    folder = prepare(tools, count)
    samples = interleaved(tools, {**stages(tools, folder), **{name: peer(folder) for name, peer in peers.items()}}, repetitions)
    x = samples["C loop"]
    table.title(f"{count:,} snapshots; X is the C loop over the events of libyaml")
    goals = {
        "validate": (2, 150), "plan, all recorded": (3, 300), "plan, none recorded": (4, None), "plan, none recorded, JSON": (5, None),
        "plan, none recorded, Markdown": (5, None),
    }
    for name, sample in samples.items():
        table.row(name, f"{sample.wall:.3f} s", f"{sample.wall / x.wall:.1f} X", f"{sample.cpu:.3f} s CPU", f"{sample.peak:.0f} MiB")
        if name in goals and count == 100_000:
            most, peak = goals[name]
            table.goal(f"{name}: wall", sample.wall / x.wall, most, "X")
            if peak:
                table.goal(f"{name}: peak memory", sample.peak, peak, "MiB")
    return samples


def linearity(tools: Tools, table: Table, by_count: dict, most: float) -> None:
    table.title("ten times as much")
    counts = sorted(by_count)
    for small, large in zip(counts, counts[1:]):
        for name in by_count[small]:
            if name not in by_count[large] or name == "C loop":
                continue
            before, after = by_count[small][name], by_count[large][name]
            table.goal(f"{name}: time, {large:,} to {small:,}", after.cpu / before.cpu, most, "x")
            table.goal(f"{name}: memory, {large:,} to {small:,}", after.peak / before.peak, most, "x")


def first_output(tools: Tools, table: Table, count: int) -> None:
    manifest = tools.file(f"n{count}", "snapshots.yaml")
    took = tools.seconds_to_first_output([tools.snapkeep, "plan", "-f", manifest])
    table.goal(f"first output of plan on a terminal, {count:,} recorded", took * 1000, 200, "ms")


def start_up(tools: Tools, table: Table, repetitions: int) -> None:
    folder = prepare(tools, 1)
    manifest = os.path.join(folder, "snapshots.yaml")
    bare, snapkeep = tools.tool("bare-parser"), tools.snapkeep
    samples = interleaved(
        tools,
        {
            "bare argument parser, plan": lambda: tools.run([bare, "plan", "-f", manifest]),
            "bare argument parser, --help": lambda: tools.run([bare, "--help"]),
            "snapkeep plan of one": lambda: tools.run([snapkeep, "plan", "-f", manifest]),
            "snapkeep --help": lambda: tools.run([snapkeep, "--help"]),
        },
        repetitions,
    )
    table.title("start-up")
    for name, sample in samples.items():
        table.row(name, f"{sample.wall * 1000:.1f} ms", "", f"{sample.cpu * 1000:.1f} ms CPU", f"{sample.peak:.0f} MiB")
    table.goal("plan of one: CPU", samples["snapkeep plan of one"].cpu / samples["bare argument parser, plan"].cpu, 2, "x bare")
    table.goal("--help: CPU", samples["snapkeep --help"].cpu / samples["bare argument parser, --help"].cpu, 2, "x bare")
