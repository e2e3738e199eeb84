"""Goals 5 to 7: apply and refresh against a sandbox in a process of its own."""

import os
import re
import shutil

import inputs
from processes import Result, Sandbox, Tools, interleaved
from table import Table

LATENCY_SECONDS = 0.020
PARALLELISM = 16


def connected(url: str) -> list:
    return ["--endpoint", url, "--project-id", inputs.PROJECT]


def apply(tools: Tools, folder: str, url: str, *options: str, environment: dict | None = None) -> Result:
    command = [tools.snapkeep, "apply", "-f", os.path.join(folder, "snapshots.yaml"), "--auto-approve", *connected(url), *options]
    counting = ["env", f"LD_PRELOAD={tools.tool('count-calls.so')}", f"COUNT_CALLS={tools.file('syncs')}"] if environment is not None else []
    return tools.run([*counting, *command], environment={"OS_TOKEN": "any", **(environment or {})})


def requests(tools: Tools) -> dict:
    """Requests by method and last part of the path, as the last run logged them; of lists, `rounds` counts the first pages."""
    counts: dict = {}
    with open(tools.file("errors"), errors="replace") as file:
        for method, path, query in re.findall(r"method=(\w+) path=(\S+)(?: query=(\S+))?", file.read()):
            names = [f"{method} {path.rsplit('/', 1)[-1]}"]
            if path.endswith("/snapshots/detail") and "marker=" not in query:
                names.append("rounds")
            for name in names:
                counts[name] = counts.get(name, 0) + 1
    return counts


def syncs(tools: Tools) -> int:
    with open(tools.file("syncs")) as file:
        return int(file.read())


def fresh(tools: Tools, count: int) -> str:
    folder = tools.file(f"apply{count}")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    inputs.write_manifest(os.path.join(folder, "snapshots.yaml"), count)
    return folder


def creations(tools: Tools, table: Table, count: int, repetitions: int) -> None:
    def once(*options: str, environment: dict | None = None) -> Result:
        with Sandbox(tools, "--latency", f"{LATENCY_SECONDS * 1000:.0f}ms") as sandbox:
            return apply(tools, fresh(tools, count), sandbox.url, *options, environment=environment)

    sample = interleaved(tools, {"apply": once}, repetitions)["apply"]
    # Counted in runs of their own: a log costs time.
    once("--log-level", "debug", environment={})
    made, fast_syncs = requests(tools), syncs(tools)
    once(environment={"SYNC_MICROSECONDS": "5000"})
    slow_syncs = syncs(tools)
    table.title(f"apply of {count:,} new snapshots: {LATENCY_SECONDS * 1000:.0f} ms latency, parallelism {PARALLELISM}")
    least = count * LATENCY_SECONDS / PARALLELISM
    table.row("apply", f"{sample.wall:.2f} s", f"{sample.wall / least:.2f} x least", f"{sample.cpu * 1000 / count:.2f} ms CPU each", f"{sample.peak:.0f} MiB")
    table.row("requests", ", ".join(f"{number:,} {name}" for name, number in sorted(made.items())))
    table.row("fsyncs", f"{fast_syncs:,}", f"{slow_syncs:,} where each takes 5 ms longer")
    table.goal(f"apply of {count:,}: wall less 0.3 s, to N x latency / parallelism", (sample.wall - 0.3) / least, 1.15, "x")
    table.goal(f"apply of {count:,}: CPU of the client for each", sample.cpu * 1000 / count, 1, "ms")
    table.goal(f"apply of {count:,}: POSTs for each", made.get("POST snapshots", 0) / count, 1, "")
    # Never more than a thousand are awaited at once here: one page is what a look may cost.
    table.goal(f"apply of {count:,}: list pages for each look", made.get("GET detail", 0) / made.get("rounds", 1), 1, "")
    table.goal(f"apply of {count:,}: fsyncs for each", fast_syncs / count, 0.25, "")
    table.goal(f"apply of {count:,}: fsyncs for each, on a disk that takes 5 ms", slow_syncs / count, 0.25, "")


def recorded(tools: Tools, count: int, purpose: str = "") -> str:
    """A folder whose cloud and state hold all, and whose state fits the sandbox at any address.

    What one measurement has made in that cloud would be another one's orphans: who changes it names a purpose of its own."""
    folder = tools.file(f"recorded{count}{purpose}")
    os.makedirs(folder, exist_ok=True)
    if not os.path.exists(os.path.join(folder, "cloud.jsonl")):
        inputs.write_cloud(os.path.join(folder, "cloud.jsonl"), count)
    return folder


def begin(folder: str, count: int, url: str, more: int, program) -> None:
    for name in os.listdir(folder):
        if name.startswith("snapkeep.state.json"):
            os.unlink(os.path.join(folder, name))
    inputs.write_manifest(os.path.join(folder, "snapshots.yaml"), count, more)
    inputs.write_state(os.path.join(folder, "snapkeep.state.json"), count, url, program)


def large_state(tools: Tools, table: Table, count: int, repetitions: int) -> None:
    folder = recorded(tools, count)
    manifest = os.path.join(folder, "snapshots.yaml")
    table.title(f"{count:,} recorded")
    with Sandbox(tools, "--data", os.path.join(folder, "cloud.jsonl")) as sandbox:
        url = sandbox.url.removesuffix("/")
        begin(folder, count, url, 0, tools.program)
        plan = [tools.snapkeep, "plan", "--exit-code", "-f", manifest, *connected(url)]
        refresh = [*plan, "--refresh"]
        token = {"OS_TOKEN": "any"}
        samples = interleaved(
            tools, {"plan": lambda: tools.run(plan), "plan --refresh": lambda: tools.run(refresh, environment=token)}, repetitions)
        tools.run([*refresh, "--log-level", "debug"], environment=token)
        made = requests(tools)
        begin(folder, count, url, 1, tools.program)
        samples["apply of one change"] = apply(tools, folder, url, environment={})
        one_change_syncs = syncs(tools)
        # Beside the project's own pages: what is awaited is looked at, and one page behind the last full one is empty.
        looks, declared = {}, 1
        for more in (1, 64):
            declared += more
            inputs.write_manifest(manifest, count, declared)
            apply(tools, folder, url, "--log-level", "debug")
            looks[more] = requests(tools)
    for name, sample in samples.items():
        table.row(name, f"{sample.wall:.2f} s", "", f"{sample.cpu:.2f} s CPU", f"{sample.peak:.0f} MiB")
    pages = made.get("GET detail", 0)
    table.row("requests of plan --refresh", ", ".join(f"{number:,} {name}" for name, number in sorted(made.items())))
    table.row("fsyncs of the one change", str(one_change_syncs))
    for more, sent in looks.items():
        table.row(f"requests of apply of {more} new", ", ".join(f"{number:,} {name}" for name, number in sorted(sent.items())))
        before = sent.get("GET detail", 0) - sent.get("rounds", 0) + 1
        table.goal(f"apply of {more} new at {count:,}: list pages before it creates, beyond one for each 1,000", before - -(-count // 1000), 1, "")
    table.goal(f"plan --refresh of {count:,}: list pages, beyond one for each 1,000", pages - -(-count // 1000), 1, "")
    table.goal(f"plan --refresh of {count:,}: memory to plan", samples["plan --refresh"].peak / samples["plan"].peak, 1.5, "x")
    extra = samples["apply of one change"].cpu - samples["plan"].cpu
    table.goal(f"one change at {count:,}: CPU beyond a plan", extra, 1, "s")


def counts(tools: Tools, table: Table, count: int) -> None:
    """What is counted, not timed: the same on any machine."""
    table.title(f"apply and refresh of {count:,}, counted")
    with Sandbox(tools) as sandbox:
        folder = fresh(tools, count)
        apply(tools, folder, sandbox.url, "--log-level", "debug", environment={"SYNC_MICROSECONDS": "5000"})
        made, written = requests(tools), syncs(tools)
        table.row("requests of apply", ", ".join(f"{number:,} {name}" for name, number in sorted(made.items())))
        command = [tools.snapkeep, "plan", "--exit-code", "--refresh", "-f", os.path.join(folder, "snapshots.yaml"), *connected(sandbox.url)]
        tools.run([*command, "--log-level", "debug"], environment={"OS_TOKEN": "any"})
        pages = requests(tools).get("GET detail", 0)
    table.goal("POSTs for each new snapshot", made.get("POST snapshots", 0) / count, 1, "")
    table.goal("fsyncs for each new snapshot, on a disk that takes 5 ms", written / count, 0.5, "")
    table.goal("list pages of a refresh", pages, 2, "")
