"""The sandbox under comparison: the built program on a port of its own."""
import json
import os
import pathlib
import re
import select
import subprocess
import tempfile


class Sandbox:
    """Has the volumes, the project, the token, the page size and the quota of the real Cinder. Its address, while it runs."""

    def __init__(self, project, token, volumes):
        self.folder = tempfile.TemporaryDirectory(prefix="snapkeep-differential-")
        listed = [{"id": identifier, "name": name, "size": 1, "status": "in-use" if name == "busy" else "available"}
                  for name, identifier in volumes.items()]
        path = pathlib.Path(self.folder.name, "volumes.json")
        path.write_text(json.dumps(listed))
        self.arguments = [
            os.environ["SNAPKEEP"], "sandbox", "--listen", "127.0.0.1:0", "--project-id", project, "--token", token, "--volumes", str(path),
            "--page-size", "5", "--snapshot-quota", "12", "--dialect", "openstack", "--create-delay", "100ms", "--delete-delay", "100ms"]

    def __enter__(self):
        self.process = subprocess.Popen(self.arguments, stdout=subprocess.PIPE, text=True)
        # An end of the output is something to read, too: only one that neither speaks nor dies is waited for in vain.
        told = self.process.stdout.readline() if select.select([self.process.stdout], [], [], 60)[0] else ""
        found = re.search(r"http://127\.0\.0\.1:\d+", told)
        if not found:
            self.process.kill()
            raise AssertionError(f"the sandbox does not tell its address: {told!r}")
        return found[0]

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        self.folder.cleanup()
