"""Runs the pipelines under examples/ as their runners do, so far as the examples ask for it: each step by the shell that the runner takes,
with the variables, expressions and files that it gives. The cloud is the sandbox of the program, which asks for a log-in.

What is not played: the services themselves, their rules for who runs when, and the image, in whose place the built program runs.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import requests
import yaml
from sandbox import Sandbox, project

root = pathlib.Path(__file__).resolve().parents[3]
examples = root / "examples"
here = pathlib.Path(__file__).resolve().parent


class StepFailed(Exception):
    """A step ended with an exit code."""

    def __init__(self, status, said):
        super().__init__(f"exit code {status}:\n{said}")
        self.status = status


class Shop:
    """A repository with a manifest, a cloud that it is for, and what a service keeps beside it."""

    # Rotations, and a snapshot that is declared by itself.
    manifest = (examples / "nightly.yaml").read_text() + "\nsnapshots:\n  - {name: before-the-move, volume: orders-db, force: true}\n"

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="snapkeep-examples-"))
        self.remote = self.folder / "shop.git"
        self.artifacts = self.folder / "artifacts"
        self.store = self.folder / "gh.json"
        self.home = self.folder / "home"
        for path in (self.artifacts, self.home, self.folder / "bin"):
            path.mkdir()
        (self.folder / "bin/snapkeep").symlink_to(os.environ["SNAPKEEP"])
        (self.folder / "bin/gh").symlink_to(here / "gh")
        self.environment = {
            "HOME": str(self.home), "PATH": f"{self.folder}/bin:{os.environ['PATH']}", "LANG": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1"}
        self.sandbox = Sandbox()
        self.credentials = {
            "OS_AUTH_URL": self.sandbox.identity, "OS_REGION_NAME": "eu-west-101",
            "OS_APPLICATION_CREDENTIAL_ID": "app-1", "OS_APPLICATION_CREDENTIAL_SECRET": "staple"}
        self.prepare()

    def prepare(self):
        """The repository as the comments of the examples ask for it, with the very command that they give for the second branch."""
        work = self.folder / "work"
        self.git("init", "-q", "--bare", "-b", "main", str(self.remote), cwd=self.folder)
        self.git("config", "--global", "user.name", "Ada", cwd=self.folder)
        self.git("config", "--global", "user.email", "ada@example.com", cwd=self.folder)
        self.git("clone", "-q", str(self.remote), str(work), cwd=self.folder)
        self.git("switch", "-q", "-C", "main", cwd=work)
        (work / "ci").mkdir()
        (work / "snapshots.yaml").write_text(self.manifest)
        shutil.copy(examples / "keep-state", work / "ci/keep-state")
        # In place of the image: what it runs.
        (work / "ci/snapkeep").write_text('#!/bin/sh\nexec snapkeep "$@"\n')
        (work / "ci/snapkeep").chmod(0o755)
        self.git("add", ".", cwd=work)
        self.git("commit", "-q", "-m", "Snapshots of the shop", cwd=work)
        self.git("push", "-q", "-u", "origin", "main", cwd=work)
        branch = re.search(r"^# +(git switch --orphan .*)$", (examples / "keep-state").read_text(), re.M)[1]
        self.shell(branch, work, self.environment)
        self.git("switch", "-q", "main", cwd=work)

    def merge(self, former, text):
        """Changes the manifest on the main branch."""
        work = self.folder / "work"
        path = work / "snapshots.yaml"
        assert former in path.read_text()
        path.write_text(path.read_text().replace(former, text))
        self.git("commit", "-q", "-a", "-m", text, cwd=work)
        self.git("push", "-q", cwd=work)

    def stop(self):
        self.sandbox.stop()
        shutil.rmtree(self.folder)

    def git(self, *words, cwd):
        return subprocess.run(["git", *words], cwd=cwd, env=self.environment, text=True, check=True, capture_output=True).stdout

    def branch(self, path=None):
        """The files on the branch of the state, or one of them."""
        if path:
            return self.git("show", f"snapkeep-state:{path}", cwd=self.remote)
        return self.git("ls-tree", "--name-only", "snapkeep-state", cwd=self.remote).split()

    def commits(self):
        return int(self.git("rev-list", "--count", "snapkeep-state", cwd=self.remote))

    def gh(self):
        return json.loads(self.store.read_text()) if self.store.exists() else {"comments": {}, "issues": {}}

    def shell(self, script, folder, environment, *options, timeout=120):
        # The runner's own commands, none of this machine's settings.
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", *options, "-c", script], cwd=folder, env=environment, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout)
        if done.returncode:
            raise StepFailed(done.returncode, done.stdout)
        return done.stdout

    def cloud(self, method, path, **body):
        """A request by somebody else."""
        identity = {"methods": ["application_credential"], "application_credential": {"id": "app-1", "secret": "staple"}}
        token = requests.post(f"{self.sandbox.identity}/auth/tokens", json={"auth": {"identity": identity}}, timeout=30)
        token.raise_for_status()
        answer = requests.request(
            method, f"{self.sandbox.url}/v3/{project}{path}", timeout=30, headers={"X-Auth-Token": token.headers["X-Subject-Token"]},
            **body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def snapshots(self):
        return self.cloud("GET", "/snapshots/detail?limit=3")["snapshots"]


class GitHub:
    """Runs a workflow's jobs one after the other, each in a folder of its own."""

    always = "always()"
    own = "github.event.pull_request.head.repo.full_name == github.repository"

    def __init__(self, shop, name, fork=False, environments=("snapkeep", "snapkeep-read", "snapkeep-approval")):
        self.shop, self.fork, self.environments = shop, fork, environments
        self.document = yaml.safe_load((examples / "github-actions" / name).read_text())
        self.summary = shop.folder / "summary.md"
        self.summary.write_text("")
        self.outputs = {}

    def run(self):
        ended = set()
        for name, job in self.document["jobs"].items():
            assert set([job.get("needs", name)]) <= ended | {name}, f"{name} runs before what it needs"
            if job.get("if", "github.ref == 'refs/heads/main'") != "github.ref == 'refs/heads/main'":
                raise AssertionError(f"condition not understood: {job['if']}")
            self.run_job(job)
            ended.add(name)
        return self

    def run_job(self, job):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.shop.folder))
        failure = None
        for step in job["steps"]:
            condition = step.get("if")
            assert condition in (None, self.always, self.own), f"condition not understood: {condition}"
            if (failure and condition != self.always) or (condition == self.own and self.fork):
                continue
            try:
                self.act(step, folder) if "uses" in step else self.run_step(step, job, folder)
            except StepFailed as error:
                failure = failure or error
        if failure:
            raise failure

    def act(self, step, folder):
        action, options = step["uses"].split("@")[0], step.get("with", {})
        if action == "actions/checkout":
            branch = options.get("ref", "main")
            self.shop.git("clone", "-q", "--depth", "1", "--branch", branch, f"file://{self.shop.remote}", "checked-out", cwd=folder)
            target = folder / options.get("path", ".")
            shutil.copytree(folder / "checked-out", target, dirs_exist_ok=True)
            shutil.rmtree(folder / "checked-out")
            if not options["persist-credentials"]:
                # As without a token: nothing can be pushed.
                self.shop.git("remote", "set-url", "--push", "origin", "/nowhere", cwd=target)
        elif action == "actions/upload-artifact":
            shutil.copy(folder / options["path"], self.shop.artifacts / options["name"])
            (self.shop.artifacts / f"{options['name']}.path").write_text(options["path"])
        elif action == "actions/download-artifact":
            shutil.copy(self.shop.artifacts / options["name"], folder / (self.shop.artifacts / f"{options['name']}.path").read_text())
        else:
            raise AssertionError(f"action not understood: {action}")

    def run_step(self, step, job, folder):
        output = folder.parent / f"{folder.name}.output"
        output.write_text("")
        given = {**self.document.get("env", {}), **job.get("env", {}), **step.get("env", {})}
        environment = {
            **self.shop.environment, "GH_STORE": str(self.shop.store),
            "GITHUB_STEP_SUMMARY": str(self.summary), "GITHUB_OUTPUT": str(output),
            **{name: self.expand(str(value), job) for name, value in given.items()}}
        named = self.document.get("defaults", {}).get("run", {}).get("shell")
        assert named in (None, "bash"), named
        said = self.shop.shell(self.expand(step["run"], job), folder, environment, "-e", *(["-o", "pipefail"] if named else []))
        if "id" in step:
            self.outputs[step["id"]] = dict(line.split("=", 1) for line in output.read_text().splitlines())
        return said

    def expand(self, text, job):
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: self.value(found[1], job), text)

    def value(self, expression, job):
        if name := re.fullmatch(r"vars\.(OS_\w+)", expression):
            return self.shop.credentials[name[1]]
        if name := re.fullmatch(r"secrets\.(OS_\w+)", expression):
            # Each secret belongs to an environment; a job without one gets an empty text.
            return self.shop.credentials[name[1]] if job.get("environment") in self.environments else ""
        if name := re.fullmatch(r"steps\.(\w+)\.outputs\.(\w+)", expression):
            return self.outputs[name[1]].get(name[2], "")
        return {
            "github.token": "a-token", "github.repository": "example/shop", "github.server_url": "https://github.example",
            "github.run_id": "1234", "github.event.pull_request.number": "7", "github.event.pull_request.head.sha": "0f" * 20}[expression]


class GitLab:
    """Runs jobs of a pipeline by name, in one project, and hands artifacts on to those that need them."""

    def __init__(self, shop, name):
        self.shop = shop
        self.document = yaml.safe_load((examples / "gitlab-ci" / name).read_text())
        self.artifacts = {}

    def job(self, name):
        """The job with what it extends under it."""
        job = self.document[name]
        return {**self.job(job["extends"]), **job} if "extends" in job else job

    def run(self, name):
        job = self.job(name)
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.shop.folder))
        shutil.rmtree(folder)
        self.shop.git("clone", "-q", str(self.shop.remote), str(folder), cwd=self.shop.folder)
        # What belongs to the runner's own checkout is of no use to a job: the token of the checkout may only read.
        self.shop.git("remote", "set-url", "--push", "origin", "/nowhere", cwd=folder)
        for needed in job.get("needs", []):
            for path, content in self.artifacts[needed].items():
                (folder / path).write_bytes(content)
        credentials = self.shop.credentials if "environment" in job else {}
        environment = {
            **self.shop.environment, **credentials, **job.get("variables", {}), "CI_JOB_TOKEN": "a-token",
            "CI_PROJECT_URL": f"file://{self.shop.remote.with_suffix('')}"}
        script = "\n".join([*job.get("before_script", []), *job["script"]])
        try:
            return self.shop.shell(script, folder, environment, "-e", "-o", "pipefail")
        finally:
            kept = job.get("artifacts", {})
            paths = [*kept.get("paths", []), *kept.get("reports", {}).values()]
            self.artifacts[name] = {path: (folder / path).read_bytes() for path in paths if (folder / path).exists()}
