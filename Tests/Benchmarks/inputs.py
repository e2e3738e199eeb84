"""The files that are measured: manifests, states, and what the sandbox holds. Equal sizes give equal bytes."""

import hashlib
import json
import os
import uuid

PER_VOLUME = 5
PROJECT = "0c2eba2c5af04d3f9e9d0d410b371fde"
LINEAGE = "9707f079-76c9-4bdb-bc3f-0a67a5acf2d2"
CREATED = "2026-11-24T06:00:00"


def made_up_id(kind: int, number: int) -> str:
    """Spread over all values, as real ids are, and the same each time."""
    return str(uuid.UUID(bytes=hashlib.sha256(f"{kind} {number}".encode()).digest()[:16], version=4))


class Snapshot:
    def __init__(self, number: int):
        self.number = number
        self.name = f"orders-shard-{number // 40:05d}-{number:07d}"
        self.volume = made_up_id(1, number // PER_VOLUME)
        self.id = made_up_id(2, number)
        self.attempt = made_up_id(3, number)
        self.description = f"Nightly copy {number:07d} of orders"
        self.metadata = {"team": f"payments-{number % 17:02d}", "ticket": f"CHG-{number:07d}"}
        self.force = number % 2 == 0

    def yaml(self) -> str:
        lines = [
            f"  - name: {self.name}",
            f"    volume_id: {self.volume}",
            f"    description: {self.description}",
            "    metadata:",
            *(f"      {key}: {value}" for key, value in self.metadata.items()),
        ]
        return "\n".join(lines + ["    force: true"] * self.force) + "\n"


def write_manifest(path: str, count: int, more: int = 0) -> None:
    """`more` are declared beyond those that the state of `count` knows."""
    with open(path, "w") as file:
        file.write("version: 1\nsnapshots:\n")
        for number in range(count + more):
            file.write(Snapshot(number).yaml())


def write_state(path: str, count: int, endpoint: str, snapkeep) -> None:
    """By the program itself, which gives each line its checksum: one record more is written in version 1, which has none, and forgotten.

    `snapkeep` runs the program with the words that it is given.
    """
    write_old_state(path, [record(Snapshot(number)) for number in range(count + 1)], endpoint)
    snapkeep("forget", Snapshot(count).name, "--state", path)
    for suffix in (".backup", ".history"):
        os.remove(path + suffix)


def write_old_state(path: str, records: list, endpoint: str, project: str = PROJECT) -> None:
    header = {
        "format": "snapkeep.state", "version": 1, "lineage": LINEAGE, "serial": 1, "owner": LINEAGE, "endpoint": endpoint,
        "project_id": project, "consumed_plans": [],
    }
    with open(path, "w") as file:
        file.write("{\n")
        for key, value in header.items():
            file.write(f"  {compact(key)}:{compact(value)},\n")
        file.write('  "records":[\n')
        file.write(",\n".join("    " + compact(record) for record in records) + "\n")
        file.write('  ],\n  "superseded":[],\n  "open_intents":[]\n}\n')


def record(snapshot: Snapshot) -> dict:
    return {
        "key": snapshot.name, "id": snapshot.id, "volume_id": snapshot.volume, "name": snapshot.name,
        "description": snapshot.description, "metadata": snapshot.metadata, "status": "available", "size": 20,
        "created_at": CREATED + ".000000Z", "updated_at": CREATED + ".000000Z", "protect": False, "attempt": snapshot.attempt,
    }


def write_cloud(path: str, count: int) -> None:
    """What a sandbox holds after it has made the snapshots of a manifest."""
    at = {"at": CREATED + ".000000"}
    with open(path, "w") as file:
        file.write(json.dumps({"event": "format", **at, "version": 1, "project_id": PROJECT}) + "\n")
        for number in range((count + PER_VOLUME - 1) // PER_VOLUME):
            volume = {
                "event": "volume", **at, "request_id": "req-" + made_up_id(4, number), "id": made_up_id(1, number), "name": "", "size": 20,
                "status": "available", "attachments": [],
            }
            file.write(json.dumps(volume) + "\n")
        for number in range(count):
            snapshot = Snapshot(number)
            stamp = {"snapkeep.attempt": snapshot.attempt, "snapkeep.key": snapshot.name, "snapkeep.owner": LINEAGE}
            created = {
                "event": "created", **at, "request_id": "req-" + made_up_id(5, number), "id": snapshot.id, "volume_id": snapshot.volume,
                "name": snapshot.name, "description": snapshot.description, "size": 20, "metadata": {**stamp, **snapshot.metadata},
                "settles_at": CREATED + ".000000", "settles_as": "available",
            }
            file.write(json.dumps(created) + "\n")
            file.write(json.dumps({"event": "status", **at, "id": snapshot.id, "status": "available"}) + "\n")


def compact(value) -> str:
    return json.dumps(value, separators=(",", ":"))
