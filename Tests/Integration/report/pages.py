"""The projects whose pages are looked at, each made by the program itself: one that is well, one with every trouble, and a very large one."""
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import time
import urllib.request
import uuid

folder = pathlib.Path(os.environ["REPORT_PAGES"])
HOSTILE = "media <script>alert(1)</script> & \"co\" '`<b>`"
MANIFEST = f"""\
stack: shop-prod
limits: {{snapshots_per_volume: 256}}
volumes:
  orders-db: 5aa119a8-d25b-45a7-8d1b-88e127885635
  billing-db: 9c1d7f20-61f0-4c1c-b3f5-0a3f6e8e8a55
  {json.dumps(HOSTILE)}: 9c1d7f20-61f0-4c1c-b3f5-0a3f6e8e8a58
snapshots:
  - name: orders-pre-upgrade
    volume: orders-db
    description: Before the 4.2 upgrade
    protect: true
  - name: billing-base
    volume: billing-db
rotations:
  - name: nightly
    volumes: [orders-db, billing-db]
    every: day
    at: "02:00"
    timezone: Europe/Berlin
    start_within: 6h
    keep: {{daily: 4, weekly: 2, monthly: 3}}
  - name: weekly
    volumes: [{json.dumps(HOSTILE)}]
    every: week
    timezone: Europe/Berlin
    keep: {{weekly: 3}}
"""
LAST = datetime.datetime(2026, 11, 27, 3, 0)


def snapkeep(where, *words, status=0):
    environment = {"HOME": str(where), "PATH": os.environ["PATH"], "USER": "reporter"}
    done = subprocess.run(
        [os.environ["SNAPKEEP"], *words], cwd=where, env=environment, text=True, capture_output=True, timeout=300)
    assert done.returncode == status, (words, done)
    return done.stdout


def text(instant):
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def nights(where):
    """Runs as a timer would start them: each night of late, and fewer before."""
    day = LAST - datetime.timedelta(days=120)
    while day <= LAST:
        snapkeep(where, "apply", "-y", "-q", "--sandbox", "--now", text(day), "--sandbox-clock", text(day))
        day += datetime.timedelta(days=1 if (LAST - day).days <= 8 else 14)


class Cloud:
    """Somebody else at work in the project's cloud."""

    def __init__(self, where):
        self.process = subprocess.Popen(
            [os.environ["SNAPKEEP"], "sandbox", "--listen", "127.0.0.1:0", "--project-id", "sandbox", "--data",
             "snapkeep.sandbox.json.cloud.jsonl"], cwd=where, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.url = self.process.stdout.readline().split()[1] + "/sandbox"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        self.process.stdout.close()

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            self.url + path, method=method, data=body and json.dumps(body).encode(),
            headers={"X-Auth-Token": "t", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or "{}")


def fresh(name):
    where = folder / name
    shutil.rmtree(where, ignore_errors=True)
    where.mkdir(parents=True)
    return where


def well():
    where = fresh("well")
    (where / "snapshots.yaml").write_text(MANIFEST)
    nights(where)
    return where


def troubled(from_where):
    where = fresh("troubled")
    shutil.copytree(from_where, where, dirs_exist_ok=True)
    with Cloud(where) as cloud:
        all_of_them = cloud.call("GET", "/snapshots/detail?limit=200")["snapshots"]
        billing = sorted((s for s in all_of_them if s["volume_id"].endswith("8a55")), key=lambda s: s["created_at"])
        cloud.call("DELETE", f"/snapshots/{billing[3]['id']}")
        cloud.call("PUT", f"/snapshots/{billing[5]['id']}", {"snapshot": {"name": HOSTILE, "description": "by <b>hand</b>"}})
        end = time.monotonic() + 60
        while any(s["id"] == billing[3]["id"] for s in cloud.call("GET", "/snapshots/detail?limit=200")["snapshots"]):
            assert time.monotonic() < end
    edited = MANIFEST.replace("monthly: 3", "monthly: 1").replace("  - name: billing-base\n    volume: billing-db\n", "").replace(
        "snapshots:\n", "snapshots:\n  - name: archive-base\n    volume_id: 9c1d7f20-61f0-4c1c-b3f5-0a3f6e8e8a77\n", 1)
    (where / "snapshots.yaml").write_text(edited)
    return where


def large(volumes=1000, snapshots=14):
    """A state of the first version, which has no checksums: nobody has to make so many snapshots for it."""
    where = fresh("large")
    names = [(f"vol-{n:04}", f"5aa119a8-d25b-45a7-8d1b-{n:012}") for n in range(volumes)]
    (where / "snapshots.yaml").write_text(
        "stack: large\nlimits: {snapshots_per_volume: 256}\nvolumes:\n" + "".join(f"  {name}: {number}\n" for name, number in names)
        + f"rotations:\n  - name: nightly\n    volumes: [{', '.join(name for name, _ in names)}]\n    every: day\n    at: \"02:00\"\n"
        f"    timezone: UTC\n    keep: {{daily: {snapshots}}}\n")
    records = []
    for name, number in names:
        for back in range(snapshots - 1, -1, -1):
            made = (LAST - datetime.timedelta(days=back)).replace(hour=2, minute=5)
            key = f"nightly/{name}@{made:%Y-%m-%d}"
            records.append({
                "key": key, "id": str(uuid.uuid5(uuid.NAMESPACE_URL, key)), "volume_id": number, "name": f"{name}-{made:%Y-%m-%d}",
                "metadata": {}, "status": "available", "size": 20, "created_at": f"{made:%Y-%m-%dT%H:%M:%S}.000000Z", "protect": False})
    head = {"format": "snapkeep.state", "version": 1, "lineage": str(uuid.UUID(int=1)), "serial": 14, "owner": "large",
            "endpoint": "https://evs.example.com/v3", "project_id": "0c2eba2c5af04d3f9e9d0d410b371fde", "consumed_plans": [],
            "last_run": str(uuid.UUID(int=2))}
    lines = [f"  {json.dumps(name)}:{json.dumps(value)}" for name, value in head.items()]
    rows = ",\n".join("    " + json.dumps(record, separators=(",", ":")) for record in sorted(records, key=lambda r: r["key"]))
    lines += ['  "records":[\n' + rows + "\n  ]", '  "superseded":[]', '  "open_intents":[]']
    (where / "snapkeep.state.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    return where
