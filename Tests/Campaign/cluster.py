"""Members of etcd in processes of their own, on free ports of the loopback address, and a cable to one of them that can be cut."""

import base64
import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.error
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


def coded(text: bytes) -> str:
    return base64.b64encode(text).decode()


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
        for pause in (0.1, 0.3, 1, 3, None):
            try:
                with urllib.request.urlopen(request, timeout=5) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                # An election is under way.
                if error.code != 503 or pause is None:
                    raise
            time.sleep(pause)
        raise AssertionError

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

    def living(self) -> int:
        return next(index for index, process in enumerate(self.processes) if process is not None)

    def keys(self, prefix: str, revision: int = 0) -> list:
        """All keys that begin with a text, as etcd tells them, with `key` and `value` as bytes; as of a revision, or as they are now."""
        start = prefix.encode()
        end = start[:-1] + bytes([start[-1] + 1])
        body = {"key": coded(start), "range_end": coded(end), "revision": revision}
        found = self.ask(self.living(), "/v3/kv/range", body).get("kvs", [])
        return [{**one, "key": base64.b64decode(one["key"]), "value": base64.b64decode(one.get("value", ""))} for one in found]

    def change(self, *, delete=(), put=()) -> None:
        """Deletes keys and puts others, in one step."""
        steps = [{"requestDeleteRange": {"key": coded(key)}} for key in delete]
        steps += [{"requestPut": {"key": coded(key), "value": coded(value)}} for key, value in put]
        self.ask(self.living(), "/v3/kv/txn", {"success": steps})

    def lock(self, prefix: str):
        """The lock's key, as etcd tells it; `None` where nobody holds it."""
        return next(iter(self.keys(f"{prefix}/lock")), None)

    def end_lease(self, lock: dict) -> None:
        """Does to a lock's holder what the cluster does when its lease has run out."""
        try:
            self.ask(self.living(), "/v3/lease/revoke", {"ID": lock["lease"]})
        except urllib.error.HTTPError as error:
            # It has run out by itself.
            if error.code != 404:
                raise

    def url(self, prefix: str, ports=None) -> str:
        return "etcd://" + ",".join(f"127.0.0.1:{port}" for port in ports or self.ports) + prefix

    def stop(self) -> None:
        for process in self.processes:
            if process is not None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()


class Cable:
    """Carries connections to a port, until it is cut: then nothing goes through in either direction and nobody is told, or, with `is_told`,
    connections are closed and refused. What is sent to the port takes `delay` seconds."""

    def __init__(self, target: int, delay: float = 0):
        self.target, self.delay, self.mended, self.refuses = target, delay, threading.Event(), False
        self.mended.set()
        self.lock, self.ends = threading.Lock(), set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                near = self.listener.accept()[0]
            except OSError:
                return
            if self.refuses:
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target), 5)
                far.settimeout(None)
            except OSError:
                near.close()
                continue
            with self.lock:
                self.ends |= {near, far}
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for one, other, delay in ((near, far, self.delay), (far, near, 0)):
                threading.Thread(target=self.carry, args=(one, other, delay), daemon=True).start()

    def carry(self, one: socket.socket, other: socket.socket, delay: float) -> None:
        try:
            while data := one.recv(1 << 16):
                time.sleep(delay)
                # What is under way when the cable is cut comes late.
                self.mended.wait()
                other.sendall(data)
        except OSError:
            pass
        self.drop(one, other)

    def drop(self, *ends: socket.socket) -> None:
        for end in ends:
            with self.lock:
                self.ends.discard(end)
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()

    def cut(self, is_told: bool) -> None:
        self.refuses = is_told
        self.mended.clear()
        if is_told:
            with self.lock:
                ends = list(self.ends)
            self.mended.set()
            self.drop(*ends)

    def mend(self) -> None:
        self.refuses = False
        self.mended.set()

    def close(self) -> None:
        self.listener.close()
        self.cut(True)
