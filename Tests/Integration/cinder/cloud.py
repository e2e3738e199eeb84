"""The cloud as someone other than snapkeep sees it, through openstacksdk: volumes, snapshots, quotas and tokens."""
import argparse
import datetime
import os
import pathlib
import signal
import time
import uuid

import openstack

home = pathlib.Path(os.environ["CINDER_HOME"])
endpoint = f"http://127.0.0.1:{os.environ['CINDER_PORT']}/v3"
keystone = f"http://127.0.0.1:{os.environ['KEYSTONE_PORT']}/v3"


class Cloud:
    """One user's view. Reads are never cached; lists follow the server's pages to the end."""

    def __init__(self, name):
        settings = openstack.config.OpenStackConfig(load_envvars=False, config_files=[str(home / "etc/clouds.yaml")])
        self.connection = openstack.connection.Connection(config=settings.get_one(cloud=name))
        self.api = self.connection.block_storage

    def token(self):
        """A token of its own: rejecting it later leaves this connection's alone."""
        auth = self.connection.config.config["auth"]
        body = {"auth": {
            "identity": {"methods": ["password"], "password": {"user": {
                "name": auth["username"], "password": auth["password"], "domain": {"id": "default"}}}},
            "scope": {"project": {"name": auth["project_name"], "domain": {"id": "default"}}}}}
        answer = self.connection.session.post(f"{auth['auth_url']}/auth/tokens", json=body, authenticated=False)
        return answer.headers["X-Subject-Token"]

    def token_expiring(self, seconds):
        """A token that Keystone's own code makes with its own keys, and that ends (or ended) so many seconds from now."""
        from oslo_config import cfg

        import keystone.conf as keystone_conf
        from keystone.token import token_formatters

        keystone_conf.configure(cfg.CONF)
        cfg.CONF(["--config-file", str(home / "etc/keystone.conf")], project="keystone")
        ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
        return token_formatters.TokenFormatter().create_token(
            user_id=self.connection.current_user_id, expires_at=ends.strftime("%Y-%m-%dT%H:%M:%S.000000Z"),
            audit_ids=[uuid.uuid4().hex[:22]], methods=["password"], project_id=self.project,
            payload_class=token_formatters.ProjectScopedPayload)

    @property
    def project(self):
        return self.connection.current_project_id

    def volume(self, name, attached=False):
        volume = self.api.create_volume(size=1, name=name)
        self.api.wait_for_status(volume, "available", interval=0.2, wait=60)
        if attached:
            self.attach(volume.id)
        return volume.id

    def attach(self, identifier):
        # There is no compute service here: the volume is told that a server has it.
        self.api.post(f"/volumes/{identifier}/action", json={"os-attach": {
            "instance_uuid": str(uuid.uuid4()), "mountpoint": "/dev/vdb", "mode": "rw"}}).raise_for_status()
        self.api.wait_for_status(self.api.get_volume(identifier), "in-use", interval=0.2, wait=60)

    def snapshots(self, volume=None):
        """Every snapshot of the project, newest first, or those of one volume."""
        return [s for s in self.api.snapshots(details=True) if volume in (None, s.volume_id)]

    def snapshot(self, identifier):
        return self.api.get_snapshot(identifier)

    def revoke(self, token):
        auth_url = self.connection.config.config["auth"]["auth_url"]
        self.connection.session.delete(f"{auth_url}/auth/tokens", headers={"X-Subject-Token": token})

    # The rest needs an administrator.

    def set_quota(self, **limits):
        self.api.put(f"/os-quota-sets/{self.project}", json={"quota_set": limits}).raise_for_status()

    def clean(self):
        """Deletes everything that the project holds, whatever its status."""
        self.clean_snapshots()
        self._force_away("volumes", lambda: list(self.api.volumes()), {"os-reset_status": {
            "status": "available", "attach_status": "detached"}})

    def clean_snapshots(self):
        for snapshot in self.snapshots():
            if "pace.fail" in snapshot.metadata or "pace.delete" in snapshot.metadata:
                self.api.put(f"/snapshots/{snapshot.id}/metadata", json={"metadata": {}})
        self._force_away("snapshots", self.snapshots)

    def _force_away(self, kind, rows, first=None):
        asked, end = set(), time.monotonic() + 60
        while left := rows():
            for row in left:
                if row.id not in asked:
                    for action in filter(None, (first if row.status == "in-use" else None, {"os-force_delete": {}})):
                        self.api.post(f"/{kind}/{row.id}/action", json=action)
                    asked.add(row.id)
            assert time.monotonic() < end, f"{kind} stay: {[(row.id, row.status) for row in left]}"
            time.sleep(0.2)


def hold_cinder():
    """Cinder stands still, its connections open, until it is let go on."""
    os.killpg(int((home / "run/cinder").read_text().split()[0]), signal.SIGSTOP)


def let_cinder_go_on():
    os.killpg(int((home / "run/cinder").read_text().split()[0]), signal.SIGCONT)


def administrator_of(project):
    """An administrator whose token is for that project."""
    admin = Cloud("admin")
    admin.connection = admin.connection.connect_as_project(project)
    admin.api = admin.connection.block_storage
    return admin


def main():
    arguments = argparse.ArgumentParser(description="Makes volumes of 1 GiB in the project of 'alice' and prints their ids.")
    arguments.add_argument("count", type=int, nargs="?", default=0)
    arguments.add_argument("--in-use", type=int, default=0, help="so many of them, the last ones, are attached")
    arguments.add_argument("--name", default="volume", help="beginning of their names")
    arguments.add_argument("--clean", action="store_true", help="first delete everything that the project holds")
    arguments.add_argument("--environment", action="store_true", help="print exports for snapkeep")
    wanted = arguments.parse_args()
    team = Cloud("team")
    if wanted.clean:
        administrator_of("team").clean()
    for number in range(wanted.count):
        print(team.volume(f"{wanted.name}-{number + 1}", attached=number >= wanted.count - wanted.in_use))
    if wanted.environment:
        print(f"export OS_TOKEN={team.token()} OS_PROJECT_ID={team.project} ENDPOINT={endpoint}")


if __name__ == "__main__":
    main()
