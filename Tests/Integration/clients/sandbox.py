"""A sandbox of its own for a group of tests, and what its user has to know to log in there."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import yaml

project = "0c2eba2c5af04d3f9e9d0d410b371fde"
volume = "5aa119a8-d25b-45a7-8d1b-88e127885635"
# In Huawei's clouds the project of a region has the region's name.
region = "eu-west-101"
credentials = {
    "username": "alice", "password": "correct horse: \"battery\"", "project_name": region, "region_name": region,
    "application_credential_id": "app-1", "application_credential_name": "robot", "application_credential_secret": "staple",
    "access_key": "AKOFALICE", "secret_key": "secret-key-of-alice"}


class Sandbox:
    def __init__(self, *options, **more):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="snapkeep-clients-"))
        (self.folder / "identity.yaml").write_text(yaml.safe_dump({**credentials, **more}))
        output = open(self.folder / "output", "w")
        self.process = subprocess.Popen(
            [os.environ["SNAPKEEP"], "sandbox", "--listen", "127.0.0.1:0", "--identity", "identity.yaml", "--write-clouds", "clouds.yaml",
             "--page-size", "3", *options], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        end = time.monotonic() + 60
        while "clouds.yaml" not in (said := (self.folder / "output").read_text()):
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise AssertionError(f"the sandbox did not start: {said}")
            time.sleep(0.02)
        self.url = said.split("/v3")[0].removeprefix("Serving ")
        self.identity = f"{self.url}/identity/v3"

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.folder)

    def clouds(self, **auth):
        """Its clouds.yaml, with some values of the entry 'sandbox' replaced."""
        document = yaml.safe_load((self.folder / "clouds.yaml").read_text())
        document["clouds"]["sandbox"]["auth"].update(auth)
        path = self.folder / f"clouds-{len(list(self.folder.iterdir()))}.yaml"
        path.write_text(yaml.safe_dump(document))
        return str(path)

    def variables(self, **changed):
        """The settings of the command-line clients."""
        return {"OS_AUTH_URL": self.identity, "OS_USERNAME": "alice", "OS_PASSWORD": credentials["password"],
                "OS_USER_DOMAIN_NAME": "Default", "OS_PROJECT_DOMAIN_NAME": "Default", "OS_PROJECT_NAME": region, **changed}


def wait_until(condition, what, limit=60):
    end = time.monotonic() + limit
    while not (value := condition()):
        assert time.monotonic() < end, f"waited {limit} s in vain: {what}"
        time.sleep(0.05)
    return value
