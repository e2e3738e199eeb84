"""Settings from a clouds.yaml and nothing else, as they stand with a team that uses the cloud already."""
import uuid

import cloud
from case import Case
from short_lived import ShortLived


class CloudsFile(Case):
    """A folder with a clouds.yaml and a manifest; no OS_* variable, no endpoint, no project id."""

    __test__ = False

    def setUp(self):
        super().setUp()
        self.work.token = None
        self.volume = self.team.volume("orders")
        self.work.declare({"name": "a", "volume_id": self.volume}, {"name": "b", "volume_id": self.volume})

    def entry(self, **auth):
        """The team's entry as it is in the file that every client of this Cinder uses, with some of its `auth` replaced."""
        own = {key: value for key, value in self.team.connection.config.config["auth"].items() if value is not None}
        return {"auth": {**own, **auth}, "region_name": "RegionOne"}

    def apply(self, *arguments, name="prod", **environment):
        return self.work.run("apply", "--auto-approve", *(("--cloud", name) if name else ()), *arguments, **environment)

    def expect_nothing_made(self):
        self.assertEqual(self.team.snapshots(), [])


class LogIn(CloudsFile):
    def test_clouds_file_is_enough(self):
        """README's second example: plan, doctor and apply with an entry of clouds.yaml; then nothing is left to do."""
        self.work.configure(prod=self.entry())
        self.expect(self.work.plan(), 2, "2 to create")
        well = self.work.run("doctor", "--cloud", "prod")
        self.expect(well, 0, "clouds.yaml:", f"{cloud.endpoint} from the catalog", self.team.project, "token of 'alice' for project 'team'",
                    "v3.0 (3.0 to 3.71)", "(secret)")
        self.assertEqual([line.split()[0] for line in well.output.split("Checks\n")[1].splitlines()], ["ok"] * 8)
        self.assertNotIn(self.entry()["auth"]["password"], well.text)
        self.expect(self.apply(), 0, "2 created")
        self.expect_settled("a", "b")
        self.expect(self.work.plan("--cloud", "prod"), 0, "Nothing to do")
        self.expect(self.apply(), 0, "Nothing to do")

    def test_named_by_the_environment(self):
        """OS_CLOUD does what --cloud does, and --cloud wins over it."""
        self.work.configure(prod=self.entry(), broken=self.entry(password="wrong"))
        self.expect(self.apply(name=None, OS_CLOUD="prod"), 0, "2 created")
        self.expect_settled("a", "b")
        self.expect(self.work.run("doctor", "--cloud", "prod", OS_CLOUD="broken"), 0)
        self.expect(self.work.run("doctor", OS_CLOUD="broken"), 1)

    def test_no_such_cloud(self):
        """A mistyped name is told with a near one; without clouds.yaml it is told where one is looked for."""
        self.work.configure(prod=self.entry())
        self.expect(self.apply(name="prd"), 1, "cloud 'prd' is not in clouds.yaml", "did you mean 'prod'?")
        (self.work.folder / "clouds.yaml").unlink()
        self.expect(self.apply(), 1, "clouds.yaml")
        self.expect_nothing_made()

    def test_project_by_id_and_by_name(self):
        """The entry may name the project either way, with its domain by name or id; an unknown one is refused by Keystone."""
        def entry(**project):
            made = self.entry()
            made["auth"] = {key: value for key, value in made["auth"].items() if not key.startswith("project_")} | project
            return made

        self.work.configure(
            by_id=entry(project_id=self.team.project), by_name=entry(project_name="team", project_domain_name="Default"),
            unknown=entry(project_name="teem", project_domain_id="default"), foreign=entry(project_name="strangers", project_domain_id="default"))
        for name in ("by_id", "by_name"):
            self.expect(self.work.run("doctor", "--cloud", name), 0, f"'team' {self.team.project}")
        for name in ("unknown", "foreign"):
            self.expect(self.apply(name=name), 1, "does not accept the credentials")
        self.expect_nothing_made()
        self.expect(self.apply(name="by_name"), 0, "2 created")
        self.expect(self.apply(name="by_id"), 0, "Nothing to do")
        self.expect_settled("a", "b")

    def test_no_project(self):
        """Without a project Keystone gives a token for nothing: told before anything is asked of Cinder."""
        made = self.entry()
        made["auth"] = {key: value for key, value in made["auth"].items() if not key.startswith("project_")}
        self.work.configure(prod=made)
        refused = self.apply()
        self.expect(refused, 1, "project")
        self.assertEqual(refused.text.count("error: "), 1, refused)
        self.expect_nothing_made()

    def test_wrong_password(self):
        """Told once; doctor shows the step at which it ends; the password is shown nowhere (P8)."""
        secret = "SECRET" + uuid.uuid4().hex
        self.work.configure(prod=self.entry(password=secret))
        refused = self.apply("--log-level", "trace")
        self.expect(refused, 1, "does not accept the credentials")
        self.assertEqual(refused.text.count("error: "), 1, refused)
        examined = self.work.run("doctor", "--cloud", "prod")
        self.expect(examined, 1, "failed     log-in", "not tried  endpoint")
        for text in (refused.text, examined.text):
            self.assertNotIn(secret, text)
        self.expect_nothing_made()

    def test_region(self):
        """A region that the catalog does not have is told with those that it has."""
        self.work.configure(prod={**self.entry(), "region_name": "RegionTwo"})
        self.expect(self.apply(), 1, "RegionTwo", "RegionOne")
        self.expect_nothing_made()

    def test_application_credential(self):
        """By its id and secret, and by name and user; the project is the credential's own. Deleted at Keystone, it is refused."""
        identity = self.team.connection.identity
        user = self.team.connection.current_user_id
        made = identity.create_application_credential(user, "snapkeep-" + uuid.uuid4().hex[:8])
        self.addCleanup(identity.delete_application_credential, user, made.id, ignore_missing=True)
        secret = made.secret
        base = {"auth_type": "v3applicationcredential", "region_name": "RegionOne"}
        by_id = {"auth_url": cloud.keystone, "application_credential_id": made.id, "application_credential_secret": secret}
        by_name = {"auth_url": cloud.keystone, "application_credential_name": made.name, "application_credential_secret": secret,
                   "username": "alice", "user_domain_id": "default"}
        self.work.configure(prod={**base, "auth": by_id}, named={**base, "auth": by_name})
        for name in ("prod", "named"):
            well = self.work.run("doctor", "--cloud", name)
            self.expect(well, 0, "application credential", f"'team' {self.team.project}")
            self.assertNotIn(secret, well.text)
        applied = self.apply("--log-level", "trace")
        self.expect(applied, 0, "2 created")
        self.assertNotIn(secret, applied.text)
        self.expect_settled("a", "b")
        self.work.declare({"name": "a", "volume_id": self.volume})
        self.expect(self.apply("--prune", name="named"), 0, "1 deleted")
        self.expect_settled("a")
        identity.delete_application_credential(user, made.id)
        self.work.declare({"name": "a", "volume_id": self.volume}, {"name": "c", "volume_id": self.volume})
        # Keystone answers 404 then, not 401.
        self.expect(self.apply(), 1, "Could not find Application Credential")
        self.assertEqual([key for key, _ in self.stamped()], ["a"])

    def test_token(self):
        """A token in the entry: used as it stands; expired, it is told once with the remedy."""
        def entry(token):
            return {"auth_type": "token", "region_name": "RegionOne", "auth": {
                "auth_url": cloud.keystone, "token": token, "project_name": "team", "project_domain_id": "default"}}

        self.work.configure(prod=entry(self.team.token()), expired=entry(self.team.token_expiring(-60)), wrong=entry("x" + uuid.uuid4().hex))
        for name in ("expired", "wrong"):
            refused = self.apply(name=name)
            self.expect(refused, 1, "does not accept the credentials")
            self.assertEqual(refused.text.count("error: "), 1, refused)
        self.expect_nothing_made()
        self.expect(self.apply(), 0, "2 created")
        self.expect_settled("a", "b")


class Renewal(CloudsFile):
    """The token's end comes in the middle of a run: another is asked for, once for all requests, and nothing is made twice (P1)."""

    def run_with(self, life, pace, admits):
        front = ShortLived(self.team, life, admits)
        self.addCleanup(front.close)
        self.work.configure(prod=self.entry(auth_url=front.url))
        names = [f"s{number}" for number in range(8)]
        self.work.declare(*({"name": name, "volume_id": self.volume, "metadata": {"pace.create": str(pace)}} for name in names))
        outcome = self.apply("--parallelism", "8", "--log-level", "trace")
        self.expect(outcome, 0, "8 created")
        self.expect_settled(*names)
        # However many requests needed the second one.
        self.assertEqual(len(front.tokens), 2)
        for token in front.tokens:
            self.assertNotIn(token[10:60], outcome.text)
        return outcome

    def test_before_the_end(self):
        """Keystone tells the end: a quarter of its life before it there is another token, and no request is refused."""
        outcome = self.run_with(12, 14, admits=True)
        self.assertNotIn("status=401", outcome.errors)

    def test_by_a_refusal(self):
        """The token ends before its time: the requests that are refused share one new token, and go on with it."""
        outcome = self.run_with(7, 10, admits=False)
        self.assertIn("status=401", outcome.errors)
