"""Settings as openstacksdk reads them: the program finds the same endpoint and the same identity service in the same files."""
import os
import pathlib
import subprocess
import tempfile
import unittest
import unittest.mock
from urllib.parse import urlsplit

import openstack.config
import openstack.config.vendors
import openstack.exceptions
import yaml

services = ["block_storage", "volumev3", "volumev2", "volume", "block_store"]
# Nobody listens there: the settings are shown all the same.
entry = {"auth_type": "token", "auth": {"auth_url": "http://127.0.0.1:9/v3", "token": "t", "project_id": "p1"}}


def override(service, host):
    return {f"{service}_endpoint_override": f"https://{host}.example.com/v3"}


class Settings(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="snapkeep-settings-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, document):
        path = self.folder / name
        path.write_text(yaml.safe_dump(document))
        return str(path)

    def row(self, name, *options, **variables):
        """What `doctor` says of one setting."""
        said = subprocess.run(
            [os.environ["SNAPKEEP"], "doctor", *options], cwd=self.folder, text=True, capture_output=True, timeout=120,
            env={"HOME": os.environ["HOME"], "PATH": os.environ["PATH"], **variables})
        rows = [line.strip() for line in said.stdout.split("\nChecks")[0].splitlines()]
        return next((row.removeprefix(name).split()[0] for row in rows if row.startswith(name + " ")), said.stderr)

    def check_host(self, more, secure=None):
        clouds = self.write("clouds.yaml", {"clouds": {"c": {**entry, **more}}})
        secrets = self.write("secure.yaml", {"clouds": {"c": secure or {"force_ipv4": False}}})
        known = openstack.config.OpenStackConfig(
            config_files=[clouds], secure_files=[secrets], vendor_files=[], load_envvars=False).get_one(cloud="c", validate=False)
        wanted = urlsplit(known.get_endpoint("block-storage")).netloc
        self.assertEqual(urlsplit(self.row("endpoint", "--cloud", "c")).netloc, wanted, (more, secure))

    def test_override_under_every_alias(self):
        for service in services:
            self.check_host(override(service, "a"))
            self.check_host({f"{service}_endpoint": "https://a.example.com/v3"})

    def test_which_alias_counts(self):
        for first in services:
            for second in services:
                if first != second:
                    self.check_host({**override(first, "a"), **override(second, "b")})
                    self.check_host(override(first, "a"), secure=override(second, "b"))
        self.check_host({"block_storage_endpoint": "https://a.example.com", **override("block_store", "b")})
        self.check_host({**override("volumev3", "a"), "regions": [{"name": "r", "values": override("volume", "b")}]})
        self.check_host({**override("volume", "a"), "regions": [{"name": "r", "values": override("volumev3", "b")}]})
        self.check_host({"region_name": "r1", "volume_endpoint_override": "https://{region_name}.example.com/v3"})

    def test_which_variable_counts(self):
        variables = {"OS_AUTH_TYPE": "token", "OS_AUTH_URL": "http://127.0.0.1:9/v3", "OS_TOKEN": "t", "OS_PROJECT_ID": "p1"}
        for first in services:
            for second in services:
                both = {**variables, **{name.upper(): url for name, url in {
                    **{f"os_{key}": value for key, value in override(first, "a").items()},
                    **{f"os_{key}": value for key, value in override(second, "b").items()}}.items()}}
                with unittest.mock.patch.dict(os.environ, both):
                    known = openstack.config.OpenStackConfig(config_files=[], secure_files=[], vendor_files=[]).get_one(validate=False)
                wanted = urlsplit(known.get_endpoint("block-storage")).netloc
                self.assertEqual(urlsplit(self.row("endpoint", **both)).netloc, wanted, both)

    def test_public_profiles(self):
        """Each profile that openstacksdk ships leads to the same identity service, or is refused by both."""
        seen = 0
        for name, profile in sorted(openstack.config.vendors._get_vendor_defaults().items()):
            # The cloud itself keeps it, or each customer has an address of their own.
            if "profile" in profile or "auth" not in profile:
                continue
            regions = [region if isinstance(region, str) else region["name"] for region in profile.get("regions", [])]
            cloud = {"profile": name, "auth": {"username": "u", "password": "p", "project_name": "n", "user_domain_name": "D"}}
            if regions:
                cloud["region_name"] = regions[-1]
            clouds = self.write("clouds.yaml", {"clouds": {"c": cloud}})
            config = openstack.config.OpenStackConfig(
                config_files=[clouds], secure_files=[], vendor_files=[], load_envvars=False)
            found = self.row("identity service", "--cloud", "c")
            seen += 1
            try:
                wanted = config.get_one(cloud="c", validate=False).config["auth"]["auth_url"].format(region_name=regions and regions[-1])
            except openstack.exceptions.ConfigException:
                self.assertIn("is closed", found, name)
                continue
            # One of the published addresses lacks its scheme.
            self.assertEqual(found, wanted if "://" in wanted else f"https://{wanted}", name)
        self.assertGreater(seen, 20)
