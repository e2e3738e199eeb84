"""What stacks of 1,000 snapshots cost the etcd that they share: bytes, requests and CPU of etcd alone. Called by Tests/benchmark --fleet.

All is counted by etcd itself, whose gateway passes each request on to the server that counts it. One member, and everything on one machine.
"""

import argparse
import base64
import concurrent.futures
import contextlib
import json
import os
import re
import socket
import subprocess
import tempfile
import time
import urllib.request

import inputs
from benchmark import describe_machine
from processes import Sandbox, Tools
from table import Table

SIZE = 1_000
# What some clouds keep of one volume.
PER_VOLUME = 7
VOLUMES = -(-SIZE // PER_VOLUME)
MIB = 1 << 20


class Etcd:
    """One member with data of its own while a block runs."""

    def __init__(self, folder: str):
        self.folder = folder
        self.hosts, peer = free_addresses(2)
        self.url, self.peer = f"http://{self.hosts}", f"http://{peer}"

    def __enter__(self):
        self.log = open(self.folder + ".log", "wb")
        command = [
            "etcd", "--name", "m", "--data-dir", self.folder, "--quota-backend-bytes", str(8 << 30), "--listen-client-urls", self.url,
            "--advertise-client-urls", self.url, "--listen-peer-urls", self.peer, "--initial-advertise-peer-urls", self.peer,
            "--initial-cluster", f"m={self.peer}",
        ]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError):
                # Another etcd that came to this address first is none of ours: it would be compacted.
                if self.ask("/v3/kv/range", key=encoded("/"), range_end=encoded("\0"), limit=1).get("kvs") is None and self.process.poll() is None:
                    return self
            time.sleep(0.1)
        self.__exit__()
        raise SystemExit(f"benchmark: etcd did not start: {self.folder}.log")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)
        self.log.close()

    def ask(self, path: str, **body) -> dict:
        data = json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data=data), timeout=600) as answer:
            return json.load(answer)

    def sizes(self) -> tuple:
        """Bytes of the database's file, and of it in use."""
        status = self.ask("/v3/maintenance/status")
        return int(status["dbSize"]), int(status["dbSizeInUse"])

    def compact(self) -> tuple:
        """Forgets all former values, as auto-compaction does, and then gives the room back; the bytes in use, and those of the file."""
        revision = self.ask("/v3/kv/range", key=encoded("/"))["header"]["revision"]
        self.ask("/v3/kv/compaction", revision=revision, physical=True)
        # Freed pages count as such with the next commit of the database.
        time.sleep(1)
        in_use = self.sizes()[1]
        self.ask("/v3/maintenance/defragment")
        return in_use, self.sizes()[0]

    def keys(self, prefix: str) -> dict:
        """Number of keys, and bytes of keys and values, by the part behind the prefix."""
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        found: dict = {}
        for pair in self.ask("/v3/kv/range", key=encoded(prefix), range_end=encoded(end)).get("kvs", []):
            key = base64.b64decode(pair["key"])
            part = key[len(prefix):].decode().split("/")[0]
            count, size = found.get(part, (0, 0))
            found[part] = (count + 1, size + len(key) + len(base64.b64decode(pair.get("value", ""))))
        return found

    def counters(self) -> dict:
        with urllib.request.urlopen(self.url + "/metrics", timeout=60) as answer:
            text = answer.read().decode()
        counts = {
            f"requests {method}": float(number)
            for method, number in re.findall(r'^grpc_server_started_total\{grpc_method="(Range|Txn|Lease\w+)"[^}]*\} (\S+)', text, re.M)
        }
        for name in ("received", "sent"):
            counts[name] = float(re.search(rf"^etcd_network_client_grpc_{name}_bytes_total (\S+)", text, re.M).group(1))
        counts["cpu"] = float(re.search(r"^process_cpu_seconds_total (\S+)", text, re.M).group(1))
        return counts


def free_addresses(count: int) -> list:
    """Ports of loopback that nobody has; all are held until the last is found."""
    with contextlib.ExitStack() as held:
        found = []
        for _ in range(count):
            listener = held.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            found.append(f"127.0.0.1:{listener.getsockname()[1]}")
        return found


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class Spent:
    """What a step has cost, as etcd counts it."""

    def __init__(self, before: dict, after: dict, wall: float):
        self.wall = wall
        self.delta = {name: number - before.get(name, 0) for name, number in after.items()}
        self.requests = sum(number for name, number in self.delta.items() if name.startswith("requests "))

    def cells(self, share: int = 1) -> list:
        return [
            f"{self.wall / share:.2f} s", f"{self.requests / share:,.0f} requests", f"{self.delta['received'] / share / 1000:,.0f} kB in",
            f"{self.delta['sent'] / share / 1000:,.0f} kB out", f"{self.delta['cpu'] / share * 1000:.0f} ms of CPU",
        ]


def spend(etcd: Etcd, step) -> Spent:
    before, start = etcd.counters(), time.monotonic()
    step()
    return Spent(before, etcd.counters(), time.monotonic() - start)


class Stack:
    """A folder with a manifest, a cloud of its own, and a prefix of its own."""

    def __init__(self, tools: Tools, etcd: Etcd, name: str, sandbox: Sandbox):
        self.tools, self.etcd, self.name, self.sandbox = tools, etcd, name, sandbox
        self.prefix = f"/snapkeep/team/eu-de/prod/{name}"
        self.folder = tools.file(name)
        os.makedirs(self.folder, exist_ok=True)

    @property
    def manifest(self) -> str:
        return os.path.join(self.folder, "snapshots.yaml")

    def rotation(self, volumes: int, kept: int) -> None:
        with open(self.manifest, "w") as file:
            file.write(f"version: 1\nstack: {self.name}\nvolumes:\n")
            for number in range(volumes):
                file.write(f"  v{number}: {inputs.made_up_id(1, number)}\n")
            file.write(f"rotations:\n  - name: nightly\n    every: day\n    at: \"02:00\"\n    timezone: UTC\n    keep: {{last: {kept}}}\n    volumes:\n")
            for number in range(volumes):
                file.write(f"      - v{number}\n")

    def run(self, command: str, *words: str) -> None:
        """Runs the program; unlike `Tools.run`, several times at once."""
        state = f"etcd://{self.etcd.hosts}{self.prefix}"
        line = [
            self.tools.snapkeep, command, "-f", self.manifest, "--state", state, "--endpoint", self.sandbox.url, "--project-id", inputs.PROJECT,
            *words,
        ]
        done = subprocess.run(line, env={**self.tools.environment, "OS_TOKEN": "any"}, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"benchmark: {' '.join(line)} ended with {done.returncode}\n{(done.stdout + done.stderr)[-2000:]}")

    def apply(self, *words: str) -> None:
        self.run("apply", "--auto-approve", "--quiet", *words)

    def night(self, number: int) -> None:
        self.apply("--now", f"2026-03-{number:02}T03:00:00Z")


def cloud(tools: Tools) -> Sandbox:
    return Sandbox(tools, "--create-delay", "10ms", "--delete-delay", "10ms")


def tell_keys(etcd: Etcd, table: Table, name: str, prefix: str) -> int:
    keys = etcd.keys(prefix + "/")
    total = sum(size for _, size in keys.values())
    table.row(name, f"{sum(count for count, _ in keys.values())} keys", f"{total / 1000:.0f} kB",
              ", ".join(f"{part}: {count} keys, {size:,} B" for part, (count, size) in sorted(keys.items())))
    return total


def tell_growth(etcd: Etcd, table: Table, before: tuple, runs: int) -> None:
    used = etcd.sizes()
    in_use, file = etcd.compact()
    table.row("database", f"{(used[1] - before[1]) / runs / 1000:,.0f} kB a run", f"{used[1] / MIB:.1f} MiB used", f"{in_use / MIB:.1f} MiB live",
              f"{file / MIB:.1f} MiB file")


def single(tools: Tools, etcd: Etcd, table: Table) -> None:
    """One stack after the other, alone."""
    table.title(f"a stack of {SIZE:,} declared snapshots")
    with cloud(tools) as sandbox:
        stack = Stack(tools, etcd, "declared", sandbox)
        inputs.write_manifest(stack.manifest, SIZE)
        before = etcd.sizes()
        table.row("first apply", *spend(etcd, stack.apply).cells())
        tell_growth(etcd, table, before, 1)
        tell_keys(etcd, table, "stored", stack.prefix)
        before = etcd.sizes()
        table.row("plan, nothing to do", *spend(etcd, lambda: stack.run("plan")).cells())
        table.row("apply, nothing to do", *spend(etcd, stack.apply).cells())
        inputs.write_manifest(stack.manifest, SIZE, 1)
        table.row("apply of one change", *spend(etcd, stack.apply).cells())
        tell_growth(etcd, table, before, 2)
    # Of the second, each night makes all anew: the most that can change.
    for volumes, kept, nights in ((VOLUMES, PER_VOLUME, PER_VOLUME + 2), (SIZE, 1, 3)):
        table.title(f"a rotation: {volumes:,} volumes, {kept} kept of each")
        with cloud(tools) as sandbox:
            stack = Stack(tools, etcd, f"rotation{kept}", sandbox)
            stack.rotation(volumes, kept)
            for number in range(1, nights):
                stack.night(number)
            etcd.compact()
            before, history = etcd.sizes(), etcd.keys(stack.prefix + "/")["h"]
            table.row("a night", *spend(etcd, lambda stack=stack, nights=nights: stack.night(nights)).cells())
            tell_growth(etcd, table, before, 1)
            tell_keys(etcd, table, "stored", stack.prefix)
            table.row("history of a night", f"{etcd.keys(stack.prefix + '/')['h'][1] - history[1]:,} B")


def together(tools: Tools, etcd: Etcd, table: Table, count: int, at_once: int) -> None:
    """Many stacks, several runs at once."""
    table.title(f"{count} stacks, a rotation of {VOLUMES} volumes each, {PER_VOLUME} kept; {at_once} runs at once; figures for each stack")
    with contextlib.ExitStack() as clouds:
        stacks = [Stack(tools, etcd, f"stack{number:04}", clouds.enter_context(cloud(tools))) for number in range(count)]
        for stack in stacks:
            stack.rotation(VOLUMES, PER_VOLUME)
        nights = [(f"night {number}", lambda stack, number=number: stack.night(number)) for number in range(1, PER_VOLUME + 3)]
        later = f"2026-03-{PER_VOLUME + 2:02}T04:00:00Z"
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            for name, step in (*nights, ("plan", lambda stack: stack.run("plan", "--now", later))):
                before = etcd.sizes()
                spent = spend(etcd, lambda step=step: list(pool.map(step, stacks)))
                table.row(name, *spent.cells(count), f"{(etcd.sizes()[1] - before[1]) / count / 1000:,.0f} kB grown")
                table.row("  all of them", f"{spent.wall:.0f} s", f"{spent.requests / spent.wall:,.0f} requests/s",
                          f"{spent.delta['cpu'] / spent.wall * 100:.0f} % of a core for etcd")
    before = etcd.sizes()
    in_use, file = etcd.compact()
    table.row("database", f"{before[1] / MIB:.1f} MiB used", f"{in_use / MIB:.1f} MiB live", f"{file / MIB:.1f} MiB file",
              f"{file / count / 1000:,.0f} kB a stack")
    tell_keys(etcd, table, "the first stack", stacks[0].prefix)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tools", required=True)
    parser.add_argument("--snapkeep", required=True)
    parser.add_argument("--stacks", type=int, default=60)
    parser.add_argument("--at-once", type=int, default=8)
    arguments = parser.parse_args()
    describe_machine(arguments.snapkeep)
    with tempfile.TemporaryDirectory(prefix="snapkeep-benchmark-") as work:
        tools, table = Tools(arguments.tools, arguments.snapkeep, work), Table()
        with Etcd(os.path.join(work, "alone")) as etcd:
            single(tools, etcd, table)
        with Etcd(os.path.join(work, "together")) as etcd:
            together(tools, etcd, table, arguments.stacks, arguments.at_once)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
