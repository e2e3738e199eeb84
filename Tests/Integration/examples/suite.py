"""What is under examples/, judged by the validators of what reads it, and run."""
import glob
import html
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

# Nothing of this machine's own settings may lead a run elsewhere.
for name in list(os.environ):
    if name.startswith(("OS_", "HW_", "HUAWEICLOUD_", "GIT_", "GH_", "GITHUB_", "CI_")) or name.lower().endswith("_proxy"):
        del os.environ[name]

import croniter
import yaml
import suites
from commands import Program, command_lines
from pipelines import GitHub, GitLab, Shop, StepFailed, examples, root
from sandbox import wait_until


def files(*patterns):
    """Files under examples/, of which there has to be at least one for each pattern."""
    found = []
    for pattern in patterns:
        matching = sorted(glob.glob(pattern, root_dir=examples, include_hidden=True, recursive=True))
        assert matching, f"nothing is called {pattern}"
        found += [str(examples / path) for path in matching if (examples / path).is_file()]
    return found


class Judged(unittest.TestCase):
    def judge(self, *command, silent=False, **more):
        """Has a validator pass its judgement; with `silent` it may say nothing either."""
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, cwd=root, **more)
        self.assertEqual(done.returncode, 0, f"{shlex.join(command)}\n{done.stdout}")
        if silent:
            self.assertEqual(done.stdout, "")
        return done.stdout

    def judge_script(self, script, shell, *options):
        self.judge("shellcheck", "--norc", "--shell", shell, *options, "-", input=script)


class Linters(Judged):
    def test_github_actions(self):
        workflows = files("github-actions/*.yml")
        self.judge("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)
        self.judge("check-jsonschema", "--builtin-schema", "custom.github-workflows-require-timeout", *workflows)
        # With shellcheck for each step.
        self.judge("actionlint", "-shellcheck", shutil.which("shellcheck"), "-config-file", os.devnull, *workflows, silent=True)

    def test_github_actions_safety(self):
        """Permissions, pins, secrets, and what a stranger's pull request could write into a script."""
        self.judge("zizmor", "--offline", "--no-config", "--persona", "auditor", "--no-progress", *files("github-actions/*.yml"))

    def test_actions_are_pinned_alike(self):
        """One commit for each action, with the version that it is in words."""
        seen = {}
        for path in files("github-actions/*.yml"):
            for action, commit, version in re.findall(r"uses: ([\w/-]+)@(\S+) +# (v[\d.]+)\n", pathlib.Path(path).read_text()):
                self.assertRegex(commit, "^[0-9a-f]{40}$")
                self.assertEqual(seen.setdefault(action, (commit, version)), (commit, version), path)
        self.assertEqual(len(seen), 3)

    def test_gitlab_ci(self):
        pipelines = files("gitlab-ci/*.yml")
        self.judge("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", *pipelines)
        for path in pipelines:
            for name, job in yaml.safe_load(pathlib.Path(path).read_text()).items():
                lines = [*job.get("before_script", []), *job.get("script", [])] if isinstance(job, dict) else []
                # One script, as the runner makes it of the lines. What stands in single quotes there is for git to expand (SC2016).
                self.judge_script("\n".join([f"# {name}", *lines, ""]), "bash", "--exclude", "SC2016")

    def test_pre_commit(self):
        self.judge("pre-commit", "validate-manifest", str(root / ".pre-commit-hooks.yaml"))
        self.judge("pre-commit", "validate-config", *files("pre-commit/.pre-commit-config.yaml"))

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not to be had here")
    def test_systemd(self):
        """In a root of its own, with the units that systemd brings and a program where the service expects it."""
        with tempfile.TemporaryDirectory() as folder:
            units = pathlib.Path(folder, "etc/systemd/system")
            program = pathlib.Path(folder, "usr/local/bin/snapkeep")
            for path in (units, program.parent):
                path.mkdir(parents=True)
            program.write_text("#!/bin/sh\n")
            program.chmod(0o755)
            system = next(path for path in ("/usr/lib/systemd/system", "/lib/systemd/system") if pathlib.Path(path).is_dir())
            # Without services, which call programs of systemd's own.
            shutil.copytree(
                system, pathlib.Path(folder, "usr/lib/systemd/system"), symlinks=True, ignore_dangling_symlinks=True,
                ignore=shutil.ignore_patterns("*.service"))
            names = [pathlib.Path(shutil.copy(path, units)).name for path in files("systemd/*")]
            self.judge("systemd-analyze", "verify", f"--root={folder}", "--man=no", *names, silent=True)
        # Out of 100: what a service that is broken into could reach.
        self.judge("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", *files("systemd/*.service"))
        timer, = files("systemd/*.timer")
        self.judge("systemd-analyze", "calendar", re.search("OnCalendar=(.*)", pathlib.Path(timer).read_text())[1])

    def test_kubernetes(self):
        manifests = files("kubernetes/*")
        self.judge("kubernetes-validate", "--strict", *manifests)
        for path in manifests:
            for document in yaml.safe_load_all(pathlib.Path(path).read_text()):
                if document["kind"] == "CronJob":
                    self.assertTrue(croniter.croniter.is_valid(document["spec"]["schedule"]))
                    container, = document["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
                    self.assertEqual(container["command"], ["/bin/sh", "-ec"])
                    self.judge_script(container["args"][0], "sh")

    def test_containerfile(self):
        self.judge("hadolint", "--no-color", *files("Containerfile"), silent=True)

    def test_cron(self):
        entries = 0
        for line in (examples / "cron").read_text().splitlines():
            if entry := re.match(r"((?:[^\s#=]+\s+){5})(\S+)\s+(.*)", line):
                entries += 1
                self.assertTrue(croniter.croniter.is_valid(entry[1]), line)
                # In cron an unescaped percent sign ends the command.
                self.assertNotIn("%", entry[3])
                self.judge_script(f"STATE=$1\n{entry[3]}\n", "sh")
        self.assertEqual(entries, 2)

    def test_shell_scripts(self):
        """Every script of the repository, and what scripts read by `source`."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root, text=True, check=True, capture_output=True)
        names = [name for name in listed.stdout.split("\0") if name and (root / name).is_file()]
        begins = {name: (root / name).open("rb").readline() for name in names}
        scripts = [name for name, line in begins.items() if re.match(rb"#!.*\b(ba)?sh\b", line)]
        sourced = [name for name, line in begins.items() if line.startswith(b"# shellcheck shell=")]
        self.assertTrue(len(scripts) > 15 and sourced, scripts)
        judge = ["shellcheck", "--norc", "--severity", "info", "--external-sources", "--source-path", "SCRIPTDIR"]
        self.judge(*judge, *scripts)
        # What they set is for their reader, who has set what they use.
        self.judge(*judge, "--exclude", "SC2034,SC2154", *sourced)


class CommandLines(unittest.TestCase):
    def test_every_command_line_is_understood(self):
        """Commands, options and the words that an option takes, in each example and in the hooks."""
        program, count, mistakes = Program(), 0, []
        self.assertGreater(len(program.commands), 10)
        for path in [*files("**/*"), str(root / ".pre-commit-hooks.yaml")]:
            for line in command_lines(pathlib.Path(path).read_text()):
                count += 1
                mistakes += [f"{os.path.relpath(path, root)}: snapkeep {line}: {mistake}" for mistake in program.mistakes(line)]
        self.assertGreater(count, 40)
        self.assertFalse(mistakes, "\n" + "\n".join(mistakes))

    def test_mistakes_are_seen(self):
        """The test above can fail."""
        program = Program()
        for text, expected in {
            "run: ci/snapkeep plann": "no command 'plann'",
            "  - snapkeep plan --outt next.plan": "plan has no --outt",
            "ExecStart=/usr/local/bin/snapkeep apply \\\n   -y --lock-time-out 3m": "apply has no --lock-time-out",
            "x || snapkeep plan --format pdf > plan": "plan --format takes ",
            "# 'snapkeep status -Q' tells": "status has no -Q",
        }.items():
            lines = command_lines(text)
            self.assertEqual(len(lines), 1, text)
            self.assertRegex("\n".join(program.mistakes(lines[0])), f"^{expected}", text)
        self.assertEqual(program.mistakes("apply -y -f a.yaml --lock-timeout=10m --format json"), [])


class OnShop(unittest.TestCase):
    """Tests of a repository with its cloud, which go on where the one before ended."""

    def setUp(self):
        self.shop = Shop()
        self.addCleanup(self.shop.stop)

    def state(self):
        return json.loads(self.shop.branch("snapkeep.state.json"))

    def rename(self, name):
        """Somebody else gives the snapshot that is declared another name."""
        self.shop.cloud("PUT", f"/snapshots/{self.identifier('before-the-move')}", json={"snapshot": {"name": name}})

    def identifier(self, key):
        return next(record["id"] for record in self.state()["records"] if record["key"].startswith(key))


class GitHubActions(OnShop):
    def run_workflow(self, name, **more):
        return GitHub(self.shop, name, **more).run()

    def test_from_pull_request_to_drift(self):
        """Comment, edited comment, apply, a night, no drift, drift, the same drift again, and its end."""
        self.shop.store.write_text(json.dumps({"issues": {}, "labels": [], "comments": {
            str(number): {"issue": "7", "user": {"login": "mallory"}, "body": "<!-- snapkeep:shop-prod -->"} for number in range(1, 4)}}))
        for _ in range(2):
            run = self.run_workflow("plan.yml")
            comments = list(self.shop.gh()["comments"].values())
            self.assertEqual(len(comments), 4)
            self.assertIn("nightly", comments[-1]["body"])
            self.assertIn("0f0f0f", comments[-1]["body"])
            self.assertEqual({comment["body"] for comment in comments[:-1]}, {"<!-- snapkeep:shop-prod -->"})
        self.assertIn("nightly", run.summary.read_text())
        self.assertEqual(self.shop.branch(), [])

        self.run_workflow("apply.yml")
        self.assertLessEqual({"snapkeep.state.json", "snapkeep.state.json.history", "snapshots.yaml"}, set(self.shop.branch()))
        self.assertEqual(self.shop.branch("snapshots.yaml"), Shop.manifest)

        self.run_workflow("nightly.yml")
        self.assertEqual(len(self.shop.snapshots()), 3)
        self.assertEqual(
            set(self.shop.branch()), {"snapkeep.state.json", "snapkeep.state.json.history", "snapshots.yaml"})
        commits = self.shop.commits()
        self.run_workflow("nightly.yml")
        self.assertEqual(len(self.shop.snapshots()), 3)
        self.assertEqual(self.shop.commits(), commits, "a night without anything due made a commit")

        self.run_workflow("drift.yml")
        self.assertEqual(self.shop.gh()["issues"], {})
        self.rename("by hand | @everybody")
        for _ in range(2):
            self.run_workflow("drift.yml")
            issue, = self.shop.gh()["issues"].values()
            self.assertTrue(issue["open"])
            self.assertIn("by hand | @everybody", html.unescape(issue["body"]))
        self.rename("before-the-move")
        self.run_workflow("drift.yml")
        issue, = self.shop.gh()["issues"].values()
        self.assertFalse(issue["open"])
        # What a rotation made and somebody else deleted is drift, too; it is told in an issue of its own.
        self.shop.cloud("DELETE", f"/snapshots/{self.identifier('nightly/orders-db')}")
        wait_until(lambda: len(self.shop.snapshots()) == 2, "deletion")
        self.run_workflow("drift.yml")
        self.assertEqual([issue["open"] for issue in self.shop.gh()["issues"].values()], [False, True])

    def test_pull_request_from_a_fork(self):
        """The plan is in the summary; nothing is written anywhere."""
        run = self.run_workflow("plan.yml", fork=True)
        self.assertIn("nightly", run.summary.read_text())
        self.assertFalse(self.shop.store.exists())

    def test_planning_a_pull_request_needs_no_secret(self):
        text = json.dumps(yaml.safe_load((examples / "github-actions/plan.yml").read_text()))
        self.assertNotIn("secrets.", text)
        self.assertNotIn("OS_", text)

    def test_a_refused_plan_changes_nothing(self):
        """Approved after another merge was applied: the workflow fails, and the nights keep the manifest of that one."""
        slow = GitHub(self.shop, "apply.yml")
        slow.run_job(slow.document["jobs"]["plan"])
        plan = (self.shop.artifacts / "plan").read_bytes()
        self.run_workflow("apply.yml")
        before = self.shop.commits(), self.state(), self.shop.branch("snapshots.yaml")
        (self.shop.artifacts / "plan").write_bytes(plan)
        self.shop.merge("monthly: 12", "monthly: 11")
        with self.assertRaises(StepFailed) as refused:
            slow.run_job(slow.document["jobs"]["apply"])
        self.assertEqual(refused.exception.status, 4)
        self.assertEqual((self.shop.commits(), self.state(), self.shop.branch("snapshots.yaml")), before)

    def test_a_cloud_that_cannot_be_looked_at(self):
        """It fails, and tells nothing about drift."""
        self.run_workflow("apply.yml")
        self.shop.credentials["OS_APPLICATION_CREDENTIAL_SECRET"] = "guessed"
        with self.assertRaises(StepFailed):
            self.run_workflow("drift.yml")
        self.assertFalse(self.shop.store.exists())


class GitLabCI(OnShop):
    def test_from_merge_request_to_drift(self):
        pipeline = GitLab(self.shop, "pipeline.yml")
        pipeline.run("validate")
        self.assertEqual(json.loads(pipeline.artifacts["validate"]["gl-code-quality-report.json"]), [])
        pipeline.run("plan")
        self.assertIn("nightly", pipeline.artifacts["plan"]["plan.md"].decode())
        counts = json.loads(pipeline.artifacts["plan"]["plan.json"])
        self.assertEqual(set(counts), {"create", "update", "delete"})
        self.assertEqual(counts["delete"], 0)

        pipeline.run("plan-merged")
        pipeline.run("apply")
        self.assertEqual(self.shop.branch("snapshots.yaml"), Shop.manifest)
        # The same plan once more is refused, and nothing but that is told.
        with self.assertRaises(StepFailed) as refused:
            pipeline.run("apply")
        self.assertEqual(refused.exception.status, 4)

        pipeline.run("nights")
        self.assertEqual(len(self.shop.snapshots()), 3)
        pipeline.run("nights")
        self.assertEqual(len(self.shop.snapshots()), 3)

        pipeline.run("drift")
        self.rename("by hand")
        with self.assertRaises(StepFailed) as differs:
            pipeline.run("drift")
        self.assertEqual(differs.exception.status, 2)

    def test_without_a_state(self):
        """nightly.yml: each job begins from the stamps."""
        pipeline = GitLab(self.shop, "nightly.yml")
        pipeline.document["snapshots"]["environment"] = "the project's variables"
        for _ in range(2):
            pipeline.run("snapshots")
            self.assertEqual(len(self.shop.snapshots()), 3)
        self.assertIn("nightly", pipeline.run("snapshots-check"))


class PreCommit(unittest.TestCase):
    def test_hooks(self):
        """They pass a good manifest, stop a wrong one and tidy an untidy one; pre-commit itself runs them."""
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            environment = {
                "HOME": name, "PATH": f"{folder}/bin:{os.environ['PATH']}", "PRE_COMMIT_HOME": f"{folder}/cache",
                "GIT_CONFIG_NOSYSTEM": "1"}

            def run(*words, cwd):
                return subprocess.run(
                    words, cwd=cwd, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)

            def commit(where):
                for words in (["init", "-q", "-b", "main"], ["add", "-A"],
                              ["-c", "user.name=Ada", "-c", "user.email=a@example.com", "commit", "-q", "-m", "."]):
                    self.assertEqual(run("git", *words, cwd=where).returncode, 0)

            hooks, shop = folder / "hooks", folder / "shop"
            for path in (hooks, shop, folder / "bin"):
                path.mkdir()
            (folder / "bin/snapkeep").symlink_to(os.environ["SNAPKEEP"])
            shutil.copy(root / ".pre-commit-hooks.yaml", hooks)
            commit(hooks)
            self.assertEqual(run("git", "tag", "v0.1.0", cwd=hooks).returncode, 0)
            config = (examples / "pre-commit/.pre-commit-config.yaml").read_text()
            self.assertIn("https://github.com/example/snapkeep", config)
            (shop / ".pre-commit-config.yaml").write_text(config.replace("https://github.com/example/snapkeep", str(hooks)))
            manifest = shop / "snapshots.yaml"
            shutil.copy(examples / "quickstart.yaml", manifest)
            commit(shop)
            # Once in canonical order it stays so.
            run("pre-commit", "run", "--all-files", cwd=shop)
            good = run("pre-commit", "run", "--all-files", cwd=shop)
            self.assertEqual(good.returncode, 0, good.stdout)
            self.assertEqual(len(re.findall(r"\.Passed$", good.stdout, re.M)), 2, good.stdout)
            manifest.write_text(manifest.read_text().replace("snapshots:", "snapshotz:"))
            bad = run("pre-commit", "run", "snapkeep-validate", "--all-files", cwd=shop)
            self.assertEqual(bad.returncode, 1)
            self.assertIn("snapshotz", bad.stdout)


if __name__ == "__main__":
    suites.run()
