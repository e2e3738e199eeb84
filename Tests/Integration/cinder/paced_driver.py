"""Cinder's own fake driver, which stores nothing, with a pace and failures that a test sets in a snapshot's metadata.

pace.create, pace.delete: seconds that the operation takes; pace.fail: "create" or "delete" ends it in an error.
The states, their order and everything that a client sees are Cinder's.
"""
import time

from cinder import exception
from cinder.tests import fake_driver


class PacedDriver(fake_driver.FakeLoggingVolumeDriver):
    @staticmethod
    def _perform(snapshot, step):
        wanted = snapshot.metadata or {}
        time.sleep(float(wanted.get("pace." + step, "0")))
        if wanted.get("pace.fail") == step:
            raise exception.VolumeBackendAPIException(data=f"asked to fail at {step}")

    def create_snapshot(self, snapshot):
        self._perform(snapshot, "create")

    def delete_snapshot(self, snapshot):
        self._perform(snapshot, "delete")

    def create_volume(self, volume):
        self._perform(volume, "create")
