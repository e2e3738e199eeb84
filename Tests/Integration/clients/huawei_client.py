"""Huawei's SDK for EVS behind the same calls. It signs its requests, speaks the cloud's own dialect, and has no call for metadata."""
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions import exceptions
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkevs import v2 as evs
from sandbox import credentials, region, volume


class Huawei:
    gone = exceptions.ClientRequestException

    def __init__(self, sandbox, project=None, access=credentials["access_key"], secret=credentials["secret_key"], token=None):
        """Without a project its id is asked for, by the region's name."""
        # The SDK remembers the id for its whole process, by key and region.
        BasicCredentials._CACHE.clear()
        key = BasicCredentials(access, secret, project).with_iam_endpoint(sandbox.url)
        if token:
            key = key.with_security_token(token)
        self.api = evs.EvsClient.new_builder().with_credentials(key).with_region(Region(region, sandbox.url)).build()

    def create(self, **fields):
        wish = evs.CreateSnapshotRequestBody(snapshot=evs.CreateSnapshotOption(volume_id=volume, **fields))
        return self.api.create_snapshot(evs.CreateSnapshotRequest(body=wish)).snapshot.id

    def show(self, identifier):
        row = self.api.show_snapshot(evs.ShowSnapshotRequest(snapshot_id=identifier)).snapshot
        return {"name": row.name, "description": row.description, "metadata": row.metadata, "status": row.status}

    def page(self, **query):
        return self.api.list_snapshots(evs.ListSnapshotsRequest(**query))

    def ids(self):
        found = []
        while len(found) < (page := self.page(limit=2, offset=len(found))).count:
            assert page.snapshots, f"a page of {page.count} snapshots is empty behind {len(found)}"
            found += [row.id for row in page.snapshots]
        return found

    def update(self, identifier, **fields):
        wish = evs.UpdateSnapshotRequestBody(snapshot=evs.UpdateSnapshotOption(**fields))
        self.api.update_snapshot(evs.UpdateSnapshotRequest(snapshot_id=identifier, body=wish))

    def delete(self, identifier):
        self.api.delete_snapshot(evs.DeleteSnapshotRequest(snapshot_id=identifier))
