"""Members of etcd in processes of their own, on free ports of the loopback address."""

import base64
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request

PROGRAM = next((path for path in ("/usr/bin/etcd", "/usr/local/bin/etcd") if os.access(path, os.X_OK)), None)


def free_ports(count: int) -> list:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Cluster:
    def __init__(self, folder: str, members: int = 1):
        ports = free_ports(2 * members)
        self.folder, self.ports, self.peers = folder, ports[:members], ports[members:]
        self.processes = [None] * members
        for index in range(members):
            self.start(index)
        for index in range(members):
            self.await_ready(index)

    def start(self, index: int) -> None:
        client, peer = f"http://127.0.0.1:{self.ports[index]}", f"http://127.0.0.1:{self.peers[index]}"
        cluster = ",".join(f"m{number}=http://127.0.0.1:{port}" for number, port in enumerate(self.peers))
        with open(os.path.join(self.folder, f"m{index}.log"), "ab") as log:
            self.processes[index] = subprocess.Popen(
                [
                    PROGRAM, "--name", f"m{index}", "--data-dir", os.path.join(self.folder, f"m{index}"), "--listen-client-urls", client,
                    "--advertise-client-urls", client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                    "--initial-cluster", cluster, "--heartbeat-interval", "50", "--election-timeout", "500",
                ], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def await_ready(self, index: int) -> None:
        for _ in range(600):
            try:
                self.ask(index, "/v3/kv/range", {"key": "AA=="})
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("etcd did not start")

    def ask(self, index: int, path: str, body: dict) -> dict:
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports[index]}{path}", json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)

    def kill_leader(self) -> int:
        for _ in range(200):
            for index, process in enumerate(self.processes):
                if process is None:
                    continue
                status = self.ask(index, "/v3/maintenance/status", {})
                if status.get("leader") == status["header"]["member_id"]:
                    process.kill()
                    process.wait()
                    self.processes[index] = None
                    return index
            time.sleep(0.05)
        raise SystemExit("the cluster has no leader")

    def lock(self, prefix: str):
        """The lock's key, as etcd tells it; `None` where nobody holds it."""
        key = base64.b64encode(f"{prefix}/lock".encode()).decode()
        index = next(index for index, process in enumerate(self.processes) if process is not None)
        found = self.ask(index, "/v3/kv/range", {"key": key}).get("kvs")
        return found[0] if found else None

    def end_lease(self, prefix: str) -> None:
        """Does to the lock's holder what the cluster does when its lease has run out."""
        lock = self.lock(prefix)
        if lock:
            self.ask(0, "/v3/lease/revoke", {"ID": lock["lease"]})

    def url(self, prefix: str) -> str:
        return "etcd://" + ",".join(f"127.0.0.1:{port}" for port in self.ports) + prefix

    def stop(self) -> None:
        for process in self.processes:
            if process is not None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()
