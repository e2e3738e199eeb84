"""The clients of OpenStack, each behind the few calls that the tests make. A snapshot is a dictionary of what the client shows."""
import json
import os
import pathlib
import subprocess
import sys

import cinderclient.client
import cinderclient.exceptions
import openstack
from sandbox import region, volume

binaries = pathlib.Path(sys.executable).parent


class SDK:
    """openstacksdk, by clouds.yaml."""

    gone = openstack.exceptions.NotFoundException

    def __init__(self, sandbox, entry="sandbox", microversion=None, **auth):
        settings = openstack.config.OpenStackConfig(config_files=[sandbox.clouds(**auth)], load_envvars=False)
        cloud = settings.get_one(cloud=entry, block_storage_default_microversion=microversion)
        self.connection = openstack.connection.Connection(config=cloud)
        self.api = self.connection.block_storage

    def create(self, **fields):
        return self.api.create_snapshot(volume_id=volume, **fields).id

    def show(self, identifier):
        row = self.api.get_snapshot(identifier)
        return {"name": row.name, "description": row.description, "metadata": row.metadata, "status": row.status}

    def ids(self):
        return [row.id for row in self.api.snapshots(details=True, limit=2)]

    def update(self, identifier, **fields):
        self.api.update_snapshot(identifier, **fields)

    def set_metadata(self, identifier, **metadata):
        self.api.set_snapshot_metadata(identifier, **metadata)

    def unset_metadata(self, identifier, key):
        # By the snapshot as it is now: the client takes the key out of its own copy too, and stumbles when it is not there.
        self.api.delete_snapshot_metadata(self.api.get_snapshot(identifier), [key])

    def delete(self, identifier):
        self.api.delete_snapshot(identifier, ignore_missing=False)


class CinderLibrary:
    """python-cinderclient as a library, by its arguments."""

    gone = cinderclient.exceptions.NotFound

    def __init__(self, sandbox, version="3", password=None):
        known = sandbox.variables()
        self.whole = cinderclient.client.Client(
            version, "alice", password or known["OS_PASSWORD"], region, auth_url=sandbox.identity, user_domain_name="Default",
            project_domain_name="Default")
        self.api = self.whole.volume_snapshots

    def create(self, **fields):
        return self.api.create(volume, **fields).id

    def show(self, identifier):
        row = self.api.get(identifier)
        return {"name": row.name, "description": row.description, "metadata": row.metadata, "status": row.status}

    def ids(self):
        return [row.id for row in self.api.list()]

    def update(self, identifier, **fields):
        self.api.update(identifier, **fields)

    def set_metadata(self, identifier, **metadata):
        self.api.set_metadata(identifier, metadata)

    def unset_metadata(self, identifier, key):
        self.api.delete_metadata(identifier, [key])

    def delete(self, identifier):
        self.api.delete(identifier)


class Refused(Exception):
    """A command-line client ended with another status than 0."""


class CommandLine:
    """python-openstackclient, by a clouds.yaml that a variable names."""

    gone = Refused

    def __init__(self, sandbox, entry="sandbox", **auth):
        self.environment = {"OS_CLIENT_CONFIG_FILE": sandbox.clouds(**auth), "OS_CLOUD": entry}

    def call(self, *words):
        return command("openstack", *words, environment=self.environment)

    def snapshot(self, verb, *words, **fields):
        for key, value in fields.pop("metadata", {}).items():
            words += ("--property", f"{key}={value}")
        for key, value in fields.items():
            words += (f"--{key}", value)
        return self.call("volume", "snapshot", verb, *words)

    def create(self, name, **fields):
        return json.loads(self.snapshot("create", "--volume", volume, "-f", "json", name, **fields))["id"]

    def show(self, identifier):
        row = json.loads(self.snapshot("show", "-f", "json", identifier))
        return {"name": row["name"], "description": row["description"], "metadata": row["properties"], "status": row["status"]}

    def ids(self):
        return [row["ID"] for row in json.loads(self.snapshot("list", "-f", "json"))]

    def update(self, identifier, **fields):
        self.snapshot("set", identifier, **fields)

    def set_metadata(self, identifier, **metadata):
        self.snapshot("set", identifier, metadata=metadata)

    def unset_metadata(self, identifier, key):
        self.snapshot("unset", "--property", key, identifier)

    def delete(self, identifier):
        self.snapshot("delete", identifier)


def command(program, *words, environment):
    """What a client prints."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPYCACHEPREFIX") if name in os.environ}
    done = subprocess.run([binaries / program, *words], env={**kept, **environment}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise Refused(done.stdout + done.stderr)
    return done.stdout
