"""Where the state of a case lies, and what can be done to it there: a file beside the manifest, or a prefix in etcd."""

import json
import os
import threading

from cluster import PROGRAM, Cluster

STATE = "snapkeep.state.json"
# The shortest that the program takes.
LEASE_SECONDS = 3
# Commands that take the lock, and so may have to wait for one that a dead run has left.
LOCKING = {"apply", "recover", "import", "rename", "forget"}


class FilePlace:
    """A file beside the manifest; a copy of the folder has a copy of the state. Its lock ends with its holder."""

    is_shared = False
    variables: dict = {}

    def __init__(self, case):
        self.case = case
        self.points = case.tools.points

    @property
    def path(self) -> str:
        return self.case.path(STATE)

    def arguments(self, given: list) -> list:
        return given

    def read(self, folder: str | None = None) -> dict | None:
        """The state; `None` where there is none."""
        path = os.path.join(folder or self.case.folder, STATE)
        if not os.path.exists(path):
            return None
        with open(path) as file:
            return json.load(file)

    def text(self) -> bytes:
        """What lies there of the state, whole or not."""
        if not os.path.exists(self.path):
            return b""
        with open(self.path, "rb") as file:
            return file.read()

    def intents(self) -> int:
        """How many are in the journal of the run under way."""
        try:
            with open(self.path + ".journal", "rb") as file:
                return file.read().count(b'"intent"')
        except FileNotFoundError:
            return 0

    def lose(self) -> None:
        os.unlink(self.path)

    def cut(self, may_revive: bool) -> None:
        """Only a part of it is left. Where what was dropped by a later change must not come back, only of what all changes are over."""
        os.truncate(self.path, self.case.random.randrange(1, os.path.getsize(self.path) - 2))

    def has_older(self) -> bool:
        return os.path.exists(self.path + ".backup")

    def put_back(self) -> None:
        """The state that was there before the last change is there again."""
        os.replace(self.path + ".backup", self.path)

    def after_death(self, pid: int) -> None:
        """A run was killed."""


class EtcdPlace:
    """A prefix in etcd; every folder of the case works on the same state. A dead run's lock stands until its lease has run out."""

    is_shared = True

    def __init__(self, case, cluster: Cluster, ports=None):
        self.case, self.cluster = case, cluster
        self.prefix = f"/fire/{case.owner}"
        # Of a case that is repeated.
        for found in cluster.keys(f"{self.prefix}/"):
            cluster.change(delete=[found["key"]])
        self.url = cluster.url(self.prefix, ports)
        self.variables = {"SNAPKEEP_STATE": self.url, "SNAPKEEP_ETCD_LEASE": str(LEASE_SECONDS)}
        # There is neither a temporary file (but for changes of more than 1 MiB) nor a backup.
        self.points = [point for point in case.tools.points if point not in ("after-temporary-file", "after-backup", "after-rename")]
        # A lease takes seconds to run out; most cases end it as etcd then does, some wait.
        self.waits = case.random.random() < 0.1
        case.note(f"export {' '.join(f'{name}={value}' for name, value in self.variables.items())}", "")

    def arguments(self, given: list) -> list:
        return [*given, "--lock-timeout", "30s"] if given[0] in LOCKING and "--lock-timeout" not in given else given

    def read(self, folder: str | None = None) -> dict | None:
        """The state, with what a journal says that no run has taken over yet."""
        if not self.cluster.keys(f"{self.prefix}/head"):
            return None
        return json.loads(self.case.expect(self.case.run("state", "pull", folder=folder), "state pull").output)

    def keys(self) -> list:
        """All keys of the state, but not the lock."""
        return [found for found in self.cluster.keys(f"{self.prefix}/") if found["key"] != f"{self.prefix}/lock".encode()]

    def segments(self, revision: int = 0) -> list:
        """The keys that hold the state itself, without journal and history."""
        found = self.cluster.keys(f"{self.prefix}/head", revision)
        return found + self.cluster.keys(f"{self.prefix}/s/", revision) if found else []

    def text(self) -> bytes:
        return b"\n".join(found["value"] for found in self.segments())

    def intents(self) -> int:
        return sum(b'"intent"' in found["value"] for found in self.cluster.keys(f"{self.prefix}/j/"))

    def lose(self) -> None:
        self.cluster.change(delete=[found["key"] for found in self.segments()])

    def cut(self, may_revive: bool) -> None:
        head, *chunks = self.segments()
        if not may_revive:
            first = json.loads(b"{" + head["value"].split(b"\n")[1].rstrip(b",") + b"}")["segments"][:1]
            chunks = [chunk for chunk in chunks if any(f"/s/{one['id']}/".encode() in chunk["key"] for one in first)]
        damaged = self.case.random.choice([head, *chunks])
        size = self.case.random.randrange(1, max(2, len(damaged["value"]) - 2))
        if damaged is not head and self.case.random.random() < 0.3:
            self.cluster.change(delete=[damaged["key"]])
        else:
            self.cluster.change(put=[(damaged["key"], damaged["value"][:size])])
        self.case.note(f"# of {damaged['key'].decode()} {size} bytes are left, or none", "")

    def before(self) -> list:
        head = self.segments()[:1]
        # etcd keeps every former value, as nobody compacts this cluster.
        return self.segments(int(head[0]["mod_revision"]) - 1) if head else []

    def has_older(self) -> bool:
        return bool(self.before())

    def put_back(self) -> None:
        older = self.before()
        gone = {found["key"] for found in self.segments()} - {found["key"] for found in older}
        self.cluster.change(delete=sorted(gone), put=[(found["key"], found["value"]) for found in older])

    def after_death(self, pid: int) -> None:
        lock = self.cluster.lock(self.prefix)
        # Another run may hold it by now.
        if not lock or json.loads(lock["value"])["pid"] != pid:
            return
        if self.waits:
            self.case.count("leases waited for")
        else:
            self.cluster.end_lease(lock)


class Files:
    """States in files: what all cases of the usual parts have."""

    prefix = ""

    def place(self, case) -> FilePlace:
        return FilePlace(case)


class Etcd:
    """States in etcd: a cluster of so many members for all cases, started when the first one needs it."""

    prefix = "etcd-"

    def __init__(self, work: str, members: int = 1):
        self.folder, self.members = os.path.join(work, f"etcd-{members}"), members
        self.lock, self.started = threading.Lock(), None

    @property
    def cluster(self) -> Cluster:
        with self.lock:
            if self.started is None:
                if PROGRAM is None:
                    raise SystemExit("fire: etcd is missing: Tests/install-etcd installs it")
                os.makedirs(self.folder)
                self.started = Cluster(self.folder, self.members)
            return self.started

    def place(self, case) -> EtcdPlace:
        return EtcdPlace(case, self.cluster)

    def stop(self) -> None:
        if self.started:
            self.started.stop()
