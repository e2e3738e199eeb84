"""A state in etcd beside one in a file: plans, one change, and the first apply, with a member of etcd in a process of its own."""

import os
import re
import sys
import urllib.request

import applying
import inputs
from processes import DEADLINE_SECONDS, Sandbox, Tools, interleaved
from table import Table

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "Campaign"))
from cluster import Cable, Cluster  # noqa: E402

LATENCY_SECONDS = 0.001


class Counted:
    """What a member of etcd counts of itself: calls that it answered, by their names, and the bytes of the calls."""

    def __init__(self, cluster: Cluster):
        self.url = f"http://127.0.0.1:{cluster.ports[0]}/metrics"
        self.calls, self.received = self.read()

    def read(self):
        with urllib.request.urlopen(self.url, timeout=DEADLINE_SECONDS) as answer:
            text = answer.read().decode()
        calls = {}
        for name, count in re.findall(r'^grpc_server_started_total\{grpc_method="(\w+)"[^}]*\} (\S+)$', text, re.M):
            calls[name] = calls.get(name, 0) + int(float(count))
        received = re.search(r"^etcd_network_client_grpc_received_bytes_total (\S+)$", text, re.M)
        return calls, float(received.group(1))

    def since(self):
        """Calls by name, and the bytes that came in with them."""
        calls, received = self.read()
        return {name: calls[name] - self.calls.get(name, 0) for name in calls if calls[name] != self.calls.get(name, 0)}, received - self.received


def words(calls: dict) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(calls.items()))


def measure(tools: Tools, table: Table, count: int, first: int, repetitions: int) -> None:
    folder = tools.file("etcd")
    os.makedirs(folder)
    cluster = Cluster(folder)
    try:
        large(tools, table, cluster, count, repetitions)
        changes(tools, table, cluster, count)
        creations(tools, table, cluster, first, repetitions)
    finally:
        cluster.stop()


def large(tools: Tools, table: Table, cluster: Cluster, count: int, repetitions: int) -> None:
    """Plans of a state that holds everything, from both places, in turn."""
    folder = applying.recorded(tools, count)
    applying.begin(folder, count, "http://127.0.0.1:1/v3", 0, tools.program)
    url, state = cluster.url("/snapkeep/large"), os.path.join(folder, "snapkeep.state.json")
    push = tools.program("state", "push", state, "--state", url)
    samples = interleaved(
        tools, {place: lambda where=where: tools.run([tools.snapkeep, "plan", "--exit-code", "--state", where], folder=folder)
                for place, where in (("file", state), ("etcd", url))}, repetitions)
    before = Counted(cluster)
    tools.run([tools.snapkeep, "plan", "--exit-code", "--state", url], folder=folder)
    calls, _ = before.since()
    table.title(f"a state of {count:,} in etcd")
    for place, sample in samples.items():
        table.row(f"plan, {place}", f"{sample.wall:.3f} s", "", f"{sample.cpu:.3f} s CPU", f"{sample.peak:.0f} MiB")
    table.row("state push", f"{push.wall:.3f} s", "", f"{push.cpu:.3f} s CPU", f"{push.peak:.0f} MiB")
    table.row("calls of a plan", words(calls))
    table.goal(f"plan of {count:,} recorded in etcd, to one in a file: wall", samples["etcd"].wall / samples["file"].wall, 2, "x")


def changes(tools: Tools, table: Table, cluster: Cluster, count: int) -> None:
    """What one more snapshot costs etcd, beside many records and beside few, beyond what a plan costs it: to read the state."""
    received = {}
    for recorded in (count // 100, count):
        folder = applying.recorded(tools, recorded, "-change")
        url = cluster.url(f"/snapkeep/change-{recorded}")
        with Sandbox(tools, "--data", os.path.join(folder, "cloud.jsonl")) as sandbox:
            applying.begin(folder, recorded, sandbox.url.removesuffix("/"), 1, tools.program)
            tools.program("state", "push", os.path.join(folder, "snapkeep.state.json"), "--state", url)
            before = Counted(cluster)
            tools.run([tools.snapkeep, "plan", "--state", url], folder=folder)
            (read, asked), before = before.since(), Counted(cluster)
            applying.apply(tools, folder, sandbox.url, "--state", url)
            calls, sent = before.since()
        received[recorded] = sent - asked
        table.row(f"calls of one change at {recorded:,}", f"{words(calls)}; of a plan: {words(read)}", f"{received[recorded]:,.0f} bytes sent")
        table.goal(f"one change at {recorded:,}: calls of etcd beyond a plan's", sum(calls.values()) - sum(read.values()), 10, "")
    table.goal(f"one change at {count:,}: bytes sent, to {count // 100:,}", received[count] / received[count // 100], 1.5, "x")


def creations(tools: Tools, table: Table, cluster: Cluster, count: int, repetitions: int) -> None:
    """The first apply, with a cloud and an etcd that are some way off."""
    way = Cable(cluster.ports[0], LATENCY_SECONDS)
    runs = iter(range(repetitions))

    def once(*options: str):
        with Sandbox(tools, "--latency", f"{applying.LATENCY_SECONDS * 1000:.0f}ms") as sandbox:
            return applying.apply(tools, applying.fresh(tools, count), sandbox.url, *options)

    samples = interleaved(
        tools, {"file": once, "etcd": lambda: once("--state", f"etcd://127.0.0.1:{way.port}/snapkeep/first-{next(runs)}")}, repetitions)
    way.close()
    table.title(f"first apply of {count:,}: the cloud {applying.LATENCY_SECONDS * 1000:.0f} ms away, etcd {LATENCY_SECONDS * 1000:.0f} ms")
    for place, sample in samples.items():
        table.row(f"apply, {place}", f"{sample.wall:.2f} s", "", f"{sample.cpu * 1000 / count:.2f} ms CPU each", f"{sample.peak:.0f} MiB")
    table.goal(f"first apply of {count:,} in etcd, to one in a file: wall", samples["etcd"].wall / samples["file"].wall, 1.3, "x")
