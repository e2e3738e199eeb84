"""Runs programs and measures them; starts the sandbox in a process of its own."""

import os
import pty
import re
import select
import signal
import statistics
import subprocess
import time

KIB_PER_MIB = 1024
# Far beyond what anything here takes: what lasts longer hangs.
DEADLINE_SECONDS = 1800


class Result:
    """Seconds on the clock, seconds of both processors, MiB."""

    def __init__(self, wall: float, cpu: float, peak: float):
        self.wall, self.cpu, self.peak = wall, cpu, peak


class Tools:
    """The programs at hand, and a folder for their files."""

    def __init__(self, tools: str, snapkeep: str, work: str):
        self.tools, self.snapkeep, self.work = tools, snapkeep, work
        # No setting of the caller's may reach the program.
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith(("OS_", "HW_", "SNAPKEEP_"))}
        self.environment["LC_ALL"] = "C.UTF-8"

    def tool(self, name: str) -> str:
        return os.path.join(self.tools, name)

    def file(self, *parts: str) -> str:
        return os.path.join(self.work, *parts)

    def run(self, command: list, environment: dict | None = None, folder: str | None = None) -> Result:
        """Runs a command with its output in a file. One that fails ends the benchmark."""
        result, output = self.file("result"), self.file("output")
        with open(output, "wb") as out, open(self.file("errors"), "wb") as errors:
            subprocess.run(
                [self.tool("measure"), result, *command], stdout=out, stderr=errors, stdin=subprocess.DEVNULL, check=True, cwd=folder,
                env={**self.environment, **(environment or {})}, timeout=DEADLINE_SECONDS,
            )
        with open(result) as file:
            wall, user, system, peak, status = file.read().split()
        if status != "0":
            with open(self.file("errors"), errors="replace") as file:
                raise SystemExit(f"benchmark: {' '.join(command)} ended with {status}\n{file.read()[-2000:]}")
        return Result(float(wall), float(user) + float(system), int(peak) / KIB_PER_MIB)

    def program(self, *words: str) -> Result:
        """Runs snapkeep itself, in its build that is measured."""
        return self.run([self.snapkeep, *words])

    def seconds_to_first_output(self, command: list) -> float:
        """On a terminal, where a person waits."""
        ours, theirs = pty.openpty()
        start = time.monotonic()
        with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env={**self.environment, "TERM": "xterm"}) as process:
            os.close(theirs)
            os.read(ours, 1)
            took = time.monotonic() - start
            try:
                while os.read(ours, 65536):
                    pass
            except OSError:
                # How a terminal tells that nobody is left at its other side.
                pass
        os.close(ours)
        return took


class Sandbox:
    """`snapkeep sandbox` while a block runs."""

    def __init__(self, tools: Tools, *options: str):
        self.tools, self.options = tools, options

    def __enter__(self):
        command = [self.tools.snapkeep, "sandbox", "--listen", "127.0.0.1:0", *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=self.tools.environment)
        # An end of the output is something to read, too: only one that neither speaks nor dies is waited for in vain.
        speaks = select.select([self.process.stdout], [], [], 60)[0]
        found = re.search(r"http://\S+", self.process.stdout.readline() if speaks else "")
        if not found:
            self.process.kill()
            raise SystemExit("benchmark: the sandbox did not start")
        self.url = found.group()
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)
        self.process.stdout.close()


class Samples:
    """What several runs of one thing showed; medians are told."""

    def __init__(self):
        self.results: list[Result] = []

    def __getattr__(self, name: str) -> float:
        return statistics.median(getattr(result, name) for result in self.results)


def interleaved(tools: Tools, stages: dict, repetitions: int) -> dict:
    """Runs all stages in turn, several times: what slows the machine down meanwhile slows all of them."""
    samples = {name: Samples() for name in stages}
    for _ in range(repetitions):
        for name, stage in stages.items():
            samples[name].results.append(stage())
    return samples
