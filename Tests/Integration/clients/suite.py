"""The sandbox judged by the clouds' own clients: they log in by their own settings and find what they expect of a cloud."""
import atexit
import json
import os
import shutil
import tempfile
import unittest

# Nothing of this machine's own settings may lead a client elsewhere.
for name in list(os.environ):
    if name.startswith(("OS_", "HW_", "HUAWEICLOUD_")) or name.lower().endswith("_proxy"):
        del os.environ[name]
os.environ["HOME"] = tempfile.mkdtemp(prefix="snapkeep-clients-home-")
atexit.register(shutil.rmtree, os.environ["HOME"])

import cinderclient.exceptions
import keystoneauth1.exceptions
import keystoneauth1.identity.v3
import keystoneauth1.session
import requests.exceptions
from huaweicloudsdkcore.exceptions import exceptions as huawei_exceptions
from huawei_client import Huawei as HuaweiClient
from openstack_clients import SDK, CinderLibrary, CommandLine, Refused, command
from metrics_suite import Metrics
import suites
from sandbox import Sandbox, project, wait_until
from settings_suite import Settings


class OnSandbox(unittest.TestCase):
    """Tests that share a sandbox."""

    options = ["--public-links"]
    identity = {}

    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox(*cls.options, **cls.identity)
        cls.addClassCleanup(cls.sandbox.stop)


class Client:
    """What every client can do, whatever it calls it."""

    has_metadata = True
    can_clear = True

    def test_life(self):
        """Create, wait, show, change every field, delete, find it gone."""
        client = self.client()
        one = client.create(name="täglich & mehr", description="vor dem Umzug", metadata={"team": "a"})
        wait_until(lambda: client.show(one)["status"] == "available", "creation")
        self.assertEqual(client.show(one), {
            "name": "täglich & mehr", "description": "vor dem Umzug", "metadata": {"team": "a"}, "status": "available"})
        client.update(one, name="weekly", description="nachher")
        self.assertEqual([client.show(one)[field] for field in ("name", "description")], ["weekly", "nachher"])
        client.update(one, name="monthly")
        self.assertEqual([client.show(one)[field] for field in ("name", "description")], ["monthly", "nachher"])
        client.update(one, description="")
        self.assertEqual(client.show(one)["description"], "" if self.can_clear else "nachher")
        if self.has_metadata:
            client.set_metadata(one, team="b", ticket="SK-7")
            self.assertEqual(client.show(one)["metadata"], {"team": "b", "ticket": "SK-7"})
            client.unset_metadata(one, "team")
            self.assertEqual(client.show(one)["metadata"], {"ticket": "SK-7"})
        client.delete(one)
        self.expect_gone(client, one)
        with self.assertRaises(client.gone):
            client.update(one, name="too late")
        with self.assertRaises(client.gone):
            client.delete(one)

    def test_list_of_several_pages(self):
        """Each snapshot comes once, over several pages, the last one full."""
        client = self.client()
        made = {client.create(name=f"page-{number}") for number in range(6 - len(client.ids()) % 6)}
        found = client.ids()
        self.assertEqual(len(found) % 6, 0)
        self.assertEqual(len(found), len(set(found)))
        self.assertLessEqual(made, set(found))

    def expect_gone(self, client, identifier):
        def is_gone():
            try:
                return client.show(identifier)["status"] != "deleting"
            except client.gone:
                return True
        wait_until(is_gone, "deletion")
        with self.assertRaises(client.gone):
            client.show(identifier)


class OpenStackSDK(Client, OnSandbox):
    def client(self):
        return SDK(self.sandbox)

    def test_wrong_password(self):
        with self.assertRaises(keystoneauth1.exceptions.Unauthorized):
            SDK(self.sandbox, password="guessed").ids()
        with self.assertRaises(keystoneauth1.exceptions.Unauthorized):
            SDK(self.sandbox, project_name="other").ids()

    def test_application_credential(self):
        client = SDK(self.sandbox, entry="sandbox-application")
        self.assertEqual(client.connection.current_project_id, project)
        self.assertTrue(client.create(name="by a robot"))

    def test_token(self):
        """A token of somebody else's log-in is enough, and is made one for the project."""
        def session_by(token):
            return keystoneauth1.session.Session(keystoneauth1.identity.v3.Token(self.sandbox.identity, token, project_id=project))
        given = SDK(self.sandbox).connection.session.get_token()
        session = session_by(given)
        self.assertNotEqual(session.get_token(), given)
        self.assertEqual(session.get("/snapshots", endpoint_filter={"service_type": "volumev3"}).status_code, 200)
        with self.assertRaises(keystoneauth1.exceptions.NotFound):
            session_by("guessed").get_token()

    def test_token_taken_back(self):
        """The 401 of a token that holds no more is answered by a new token, once; the call goes on."""
        client = self.client()
        first = client.connection.session.get_token()
        client.connection.session.delete(f"{self.sandbox.identity}/auth/tokens", headers={"X-Subject-Token": first})
        self.assertIsInstance(client.ids(), list)
        self.assertNotEqual(client.connection.session.get_token(), first)

    def test_services(self):
        """Whatever of the block storage's names is asked for, the catalog leads there, and versions are negotiated."""
        client = self.client()
        session = client.connection.session
        for kind, version in (("block-storage", (3, 0)), ("volumev3", (3, 0)), ("volumev2", (2, 0))):
            found = session.get_endpoint_data(service_type=kind, interface="public", region_name="eu-west-101")
            self.assertEqual(found.api_version, version, kind)
            self.assertTrue(found.url.startswith(self.sandbox.url), found.url)
        self.assertEqual(client.api.get_endpoint_data().max_microversion, (3, 71))

    def test_volumes(self):
        """A volume by the SDK, which waits for it by itself."""
        connection = self.client().connection
        made = connection.create_volume(size=1, name="by SDK", wait=True, timeout=60)
        self.assertEqual(made.status, "available")
        self.assertTrue(connection.delete_volume(made.id, wait=True, timeout=60))
        self.assertIsNone(connection.get_volume(made.id))

    def test_quota_and_limits(self):
        self.assertEqual(self.client().connection.block_storage.get_limits().absolute.max_total_snapshots, -1)


class OpenStackSDKLatest(Client, OnSandbox):
    """The same at the newest microversion."""

    def client(self):
        return SDK(self.sandbox, microversion="3.71")


class OpenStackSDKShortTokens(OnSandbox):
    options = ["--public-links", "--token-lifetime", "1s"]

    def test_expired_token_is_renewed(self):
        """Work goes on over the end of a token; the old one opens nothing any more."""
        client = SDK(self.sandbox)
        one = client.create(name="before")
        first = client.connection.session.get_token()

        def is_over():
            answer = client.connection.session.get(
                f"{self.sandbox.url}/v3/{project}/snapshots", headers={"X-Auth-Token": first}, authenticated=False, raise_exc=False)
            return answer.status_code == 401
        wait_until(is_over, "the token's end")
        self.assertEqual(client.show(one)["name"], "before")
        self.assertNotEqual(client.connection.session.get_token(), first)


class LinksIntoTheCloud(OnSandbox):
    """Links as many a cloud behind a gateway has them: to an address that only it can reach (CloudAPI#list)."""

    options = ["--page-size", "2"]

    def test_openstacksdk_follows_them(self):
        """It goes where the link leads, and takes its token along."""
        client = SDK(self.sandbox)
        client.create(name="a")
        client.create(name="b")
        elsewhere = Unreachable()
        client.connection.session.session.mount("http://10.22.0.17:8776", elsewhere)
        with self.assertRaises(keystoneauth1.exceptions.ConnectFailure):
            client.ids()
        self.assertEqual({request.headers["X-Auth-Token"] for request in elsewhere.asked}, {client.connection.session.get_token()})


class Unreachable:
    """Stands for an address that nobody answers at: no packet leaves the machine."""

    def __init__(self):
        self.asked = []

    def send(self, request, **_):
        self.asked.append(request)
        raise requests.exceptions.ConnectionError(f"no route to {request.url}")

    def close(self):
        pass


class OpenStackCommandLine(Client, OnSandbox):
    # 'set --description ""' changes nothing: the client takes an empty text for none.
    can_clear = False

    def client(self):
        return CommandLine(self.sandbox)

    def test_wrong_password(self):
        with self.assertRaisesRegex(Refused, "requires authentication. .HTTP 401"):
            CommandLine(self.sandbox, password="guessed").ids()

    def test_application_credential(self):
        self.assertIsInstance(CommandLine(self.sandbox, entry="sandbox-application").ids(), list)

    def test_names_of_volumes(self):
        """The list shows a volume by its name, which the client asks for."""
        client = self.client()
        client.create(name="n")
        self.assertIn("5aa119a8", client.call("volume", "list", "--long", "-f", "value"))
        self.assertIn("5aa119a8", client.snapshot("list", "--long", "-f", "value"))


    def test_volumes(self):
        """The life of a volume by hand: create, list, show, snapshot, a refused deletion, restore, deletion with all its snapshots."""
        client = self.client()

        def volume(*words):
            return json.loads(client.call("volume", *words, "-f", "json"))

        def status(identifier):
            return {row["ID"]: row["Status"] for row in volume("list")}.get(identifier)

        made = volume("create", "--size", "3", "--description", "by hand", "--property", "team=a", "orders")
        self.assertEqual((made["name"], made["size"], made["status"]), ("orders", 3, "creating"))
        one = made["id"]
        wait_until(lambda: status(one) == "available", "creation")
        shown = volume("show", "orders")
        self.assertEqual((shown["id"], shown["description"], shown["properties"]), (one, "by hand", {"team": "a"}))
        snapshot = json.loads(client.snapshot("create", "--volume", one, "-f", "json", "before"))["id"]
        wait_until(lambda: client.show(snapshot)["status"] == "available", "snapshot")
        with self.assertRaisesRegex(Refused, "BadRequestException: 400.*must not be migrating, attached, belong to a group, have snapshots"):
            client.call("volume", "delete", one)
        restored = volume("create", "--snapshot", snapshot, "restored")["id"]
        wait_until(lambda: status(restored) == "available", "restored volume")
        self.assertEqual(volume("show", restored)["size"], 3)
        client.call("volume", "delete", "--purge", one)
        client.call("volume", "delete", restored)
        wait_until(lambda: status(one) is None and status(restored) is None, "deletion")
        with self.assertRaises(Refused):
            client.call("volume", "show", one)
        with self.assertRaises(Refused):
            client.show(snapshot)


class CinderClient(Client, OnSandbox):
    def client(self):
        return CinderLibrary(self.sandbox)

    def test_volumes(self):
        """A volume by the library: made, refused while it has a snapshot, deleted."""
        volumes, snapshots = self.client().whole.volumes, self.client().api
        one = volumes.create(2, name="by library").id
        wait_until(lambda: volumes.get(one).status == "available", "creation")
        snapshot = snapshots.create(one).id
        wait_until(lambda: snapshots.get(snapshot).status == "available", "snapshot")
        with self.assertRaisesRegex(cinderclient.exceptions.BadRequest, "have snapshots"):
            volumes.delete(one)
        snapshots.delete(snapshot)
        wait_until(lambda: not [row for row in snapshots.list() if row.id == snapshot], "deletion of the snapshot")
        volumes.delete(one)
        wait_until(lambda: one not in [row.id for row in volumes.list()], "deletion")
        with self.assertRaises(cinderclient.exceptions.NotFound):
            volumes.get(one)

    def test_wrong_password(self):
        with self.assertRaises(cinderclient.exceptions.Unauthorized):
            CinderLibrary(self.sandbox, password="guessed").ids()

    def test_replace_all_metadata(self):
        client = self.client()
        one = client.create(name="m", metadata={"a": "1", "b": "2"})
        client.api.update_all_metadata(one, {"c": "3"})
        self.assertEqual(client.show(one)["metadata"], {"c": "3"})

    def test_command_line(self):
        """The command 'cinder', by its variables."""
        def cinder(*words, **changed):
            return command("cinder", *words, environment=self.sandbox.variables(**changed))
        one = self.client().create(name="by library")
        self.assertIn(one, cinder("snapshot-list"))
        cinder("snapshot-rename", one, "by command")
        cinder("snapshot-metadata", one, "set", "k=v")
        shown = cinder("snapshot-show", one)
        self.assertIn("by command", shown)
        self.assertIn("{'k': 'v'}", shown)
        self.assertIn("totalSnapshotsUsed", cinder("absolute-limits"))
        self.assertIn("3.71", cinder("version-list"))
        with self.assertRaisesRegex(Refused, "HTTP 401"):
            cinder("snapshot-list", OS_PASSWORD="guessed")


class CinderClientLatest(Client, OnSandbox):
    """The same at the newest microversion."""

    def client(self):
        return CinderLibrary(self.sandbox, version="3.71")


class Huawei(Client, OnSandbox):
    """Signed requests in the cloud's own dialect; the project's id is looked up by the region's name."""

    options = ["--dialect", "huawei"]
    has_metadata = False

    def client(self):
        return HuaweiClient(self.sandbox)

    def test_filters(self):
        client = self.client()
        one = client.create(name="blank, + and & in a name")
        for query in ({"name": "blank, + and & in a name"}, {"id": one}):
            self.assertEqual([row.id for row in client.page(**query).snapshots], [one])
        self.assertEqual(client.page(service_type="DSS").count, 0)
        row = client.page(id=one).snapshots[0]
        self.assertEqual((row.service_type, row.os_extended_snapshot_attributesproject_id), ("EVS", project))

    def test_refusals(self):
        """The gateway's words reach the caller in the SDK's own exception."""
        def refused(words, **key):
            with self.assertRaises(huawei_exceptions.ClientRequestException) as caught:
                HuaweiClient(self.sandbox, project=project, **key).page()
            self.assertEqual((caught.exception.status_code, caught.exception.error_code), (401, "APIGW.0301"))
            self.assertIn(words, caught.exception.error_msg)
            self.assertTrue(caught.exception.request_id)
        refused("verify aksk signature fail, canonicalRequest:GET|/v2/", secret="guessed")
        refused("ak GUESSED not exist", access="GUESSED")
        refused("security token", token="guessed")

    def test_refusals_of_the_look_up(self):
        for key in ({"access": "GUESSED"}, {"secret": "guessed"}):
            with self.assertRaisesRegex(huawei_exceptions.SdkException, "Failed to get project id of region.*APIGW.0301"):
                HuaweiClient(self.sandbox, **key).page()

    def test_other_project(self):
        with self.assertRaises(huawei_exceptions.ClientRequestException) as caught:
            HuaweiClient(self.sandbox, project="f" * 32).page()
        self.assertEqual((caught.exception.status_code, caught.exception.error_code), (400, "Common.0018"))


class HuaweiTemporaryKey(OnSandbox):
    options = ["--dialect", "huawei"]
    identity = {"security_token": "temporary+token=="}

    def test_security_token(self):
        self.assertTrue(HuaweiClient(self.sandbox, token="temporary+token==").create(name="t"))
        for token in (None, "another"):
            with self.assertRaises(huawei_exceptions.ClientRequestException):
                HuaweiClient(self.sandbox, project=project, token=token).page()


if __name__ == "__main__":
    suites.run()
