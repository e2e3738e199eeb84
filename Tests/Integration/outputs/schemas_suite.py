"""Every document and event that the program writes fits the schema that it publishes, and nothing stands there that the schema does not name."""
import copy
import json
import unittest

import jsonschema
import yaml
from program import Program, Sandbox, golden, project, volumes

kinds = ["manifest", "plan", "events", "status", "history", "simulation", "diagnostics"]
of_format = {
    "snapkeep.plan": "plan", "snapkeep.event": "events", "snapkeep.status": "status", "snapkeep.history": "history",
    "snapkeep.simulation": "simulation", "snapkeep.diagnostics": "diagnostics", "snapkeep.failure": "diagnostics"}


def manifest(*snapshots, **more):
    return json.dumps({"stack": "tests", "volumes": volumes, "snapshots": list(snapshots), **more})


def line(name, volume="orders", **more):
    return {"name": name, "volume": volume, **more}


class Schemas(unittest.TestCase):
    schemas = {}
    # What was seen in all tests: kinds of change, of event.
    seen = {"action": set(), "event": set(), "reason": set()}

    @classmethod
    def setUpClass(cls):
        program = Program(cls)
        for kind in kinds:
            schema = json.loads(program.run("schema", "--of", kind).stdout)
            jsonschema.Draft202012Validator.check_schema(schema)
            cls.schemas[kind] = schema

    @classmethod
    def addCleanup(cls, *arguments):
        cls.addClassCleanup(*arguments)

    def setUp(self):
        self.program = Program(self)

    # A document, an event

    def check(self, document, kind=None):
        kind = kind or of_format[document["format"]]
        validator = jsonschema.Draft202012Validator(self.schemas[kind])
        error = jsonschema.exceptions.best_match(validator.iter_errors(document))
        self.assertIsNone(error, f"{kind}: {error}\n{json.dumps(document)[:2000]}")
        for change in document.get("changes", []) if kind == "plan" else []:
            self.seen["action"].add(change["action"])
            self.seen["reason"].add(change.get("reason"))
        if kind == "events":
            self.seen["event"].add(document["event"])
        return document

    def document(self, *arguments, codes=(0,), **variables):
        return self.check(json.loads(self.program.run(*arguments, codes=codes, **variables).stdout))

    def plan(self, *arguments, codes=(0,)):
        return self.document("plan", "--json", *self.program.where, *arguments, codes=codes)

    def apply(self, *arguments, codes=(0,), **variables):
        done = self.program.run("apply", "-y", "--json", *self.program.where, *arguments, codes=codes, **variables)
        return [self.check(json.loads(text)) for text in done.stdout.splitlines()]

    def status(self, *arguments, codes=(0,)):
        return self.document("status", "--json", *self.program.where, *arguments, codes=codes)

    def history(self):
        return self.document("history", "--json", *(word for word in self.program.where if word == "--sandbox"))

    # The schemas themselves

    def test_each_says_what_it_is_and_what_each_member_means(self):
        versions = set()
        for kind, schema in self.schemas.items():
            self.assertEqual(schema["$schema"], "https://json-schema.org/draft/2020-12/schema")
            self.assertRegex(schema["$id"], rf"^urn:snapkeep:schema:{kind}:1:[0-9.]+$")
            versions.add(schema["$id"].rsplit(":", 1)[1])
            self.assertTrue(schema["title"].startswith("snapkeep "))

            def walk(part, path):
                if isinstance(part, list):
                    for one in part:
                        walk(one, path)
                if not isinstance(part, dict):
                    return
                for name, member in part.get("properties", {}).items() if isinstance(part.get("properties"), dict) else []:
                    meaning = member
                    while "description" not in meaning and "$ref" in meaning:
                        meaning = schema["$defs"][meaning["$ref"].removeprefix("#/$defs/")]
                    self.assertTrue("description" in meaning or "oneOf" in meaning, f"{kind}: {path}/{name}")
                if "properties" in part and part.get("type") == "object" or part.get("properties") and "required" in part:
                    self.assertIs(part.get("additionalProperties"), False, f"{kind}: {path} is open")
                for name, one in part.items():
                    walk(one, f"{path}/{name}")
                if "$ref" in part and isinstance(part["$ref"], str):
                    self.assertIn(part["$ref"].removeprefix("#/$defs/"), schema["$defs"])

            walk(schema, "")
            used = json.dumps(schema)
            for name in schema.get("$defs", {}):
                self.assertIn(f'"#/$defs/{name}"', used, f"{kind}: {name} is not used")
        self.assertEqual(len(versions), 1)
        self.assertEqual(self.program.run("schema").stdout, self.program.run("schema", "--of", "manifest").stdout)

    def test_what_no_schema_names_does_not_fit(self):
        self.program.manifest(manifest(line("one"), line("two")))
        document = self.plan()
        for path in [[], ["basis"], ["summary"], ["changes", 0], ["changes", 0, "spec"], ["changes", 0, "spec", "volume"]]:
            altered = copy.deepcopy(document)
            place = altered
            for step in path:
                place = place[step]
            place["unheard_of"] = 1
            with self.assertRaises(AssertionError, msg=path):
                self.check(altered)
        altered = copy.deepcopy(document)
        altered["changes"][0]["recorded"] = {}
        with self.assertRaises(AssertionError):
            self.check(altered)
        del altered["changes"][0]["recorded"], altered["changes"][0]["spec"]
        with self.assertRaises(AssertionError):
            self.check(altered)

    # What is written

    def test_a_life(self):
        """Creations, edits in place, replacements, deletions, rows that are kept, what others change and delete, adoptions."""
        sandbox = Sandbox(self, self.program)
        base = [
            line("stays", protect=True), line("edited", description="old", metadata={"a": "1", "b": "2"}), line("moves"), line("goes"),
            line("kept", protect=True), line("bare", volume_id=volumes["billing"]), line("vanishes"), line("vanishes-too"), line("force", force=True)]
        del base[5]["volume"]
        self.program.manifest(manifest(*base))
        first = self.plan("--exit-code", codes=(2,))
        self.assertEqual(first["summary"]["create"], 9)
        self.apply()
        self.status()
        self.plan("--refresh")
        self.assertTrue(self.history()["runs"][0]["snapshots"]["created"])

        edited = copy.deepcopy(base)
        edited[1].update(name="renamed", key="edited", description=None, metadata={"b": "3", "c": "4"}, protect=True)
        edited[2]["volume"] = "billing"
        del edited[3:5]
        edited += [line("new")]
        self.program.manifest(manifest(*edited))
        self.assertEqual({c["action"] for c in self.plan()["changes"]}, {"update", "replace", "keep", "create"})
        pruned = self.plan("--prune", "--max-deletes", "9", "--max-delete-percent", "100")
        self.assertEqual({c["action"] for c in pruned["changes"]}, {"update", "replace", "keep", "create", "delete"})
        # More than may be deleted: a plan with findings.
        self.assertTrue(self.plan("--prune", "--max-deletes", "0")["diagnostics"])

        sandbox.send("PUT", f"v3/{project}/snapshots/{sandbox.snapshots()['edited']['id']}", {"snapshot": {"name": "by hand"}})
        for name in ["vanishes", "vanishes-too"]:
            sandbox.delete(name)
        self.status("--exit-code", codes=(2,))
        edited = [one for one in edited if one["name"] != "vanishes-too"]
        by_hand = sandbox.send(
            "POST", f"v3/{project}/snapshots", {"snapshot": {"volume_id": volumes["orders"], "name": "by-hand"}})["snapshot"]["id"]
        edited += [line("by-hand", id=by_hand, metadata={"x": "y"})]
        self.program.manifest(manifest(*edited))
        refreshed = self.plan("--refresh")
        self.assertTrue(refreshed["changed_outside"])
        self.assertIn("lost", {c["action"] for c in refreshed["changes"]})
        self.plan()
        self.plan("--refresh", "--recreate")
        self.program.run("plan", *self.program.where, "--refresh", "--out", "next.plan")
        saved = json.loads((self.program.folder / "next.plan").read_text())
        self.assertNotIn("exit_code", self.check(saved))
        self.document("show", "next.plan", "--json")
        self.apply("next.plan", codes=(0, 3))
        self.apply("--prune", "--refresh", "--recreate", "--max-deletes", "9", "--max-delete-percent", "100", codes=(0, 3))
        self.status(codes=(0, 2))
        self.assertIn("plan", self.history()["runs"][-2])

    def test_faults(self):
        """What an apply tells of a cloud that answers late, wrongly or not at all."""
        names = [f"s{number}" for number in range(8)]
        self.program.manifest(manifest(*(line(name, metadata={"sandbox.fail": "create"} if name == "s7" else {}) for name in names)))
        self.apply(
            *(word for rule in ["POST snapshots 1 cut-after", "POST snapshots 3 429=0", "POST snapshots 5 403/EVS.2144"]
              for word in ("--sandbox-fault", rule)), "--settle-time", "0s", codes=(3,))
        self.plan("--refresh")
        self.apply("--sandbox-fault", "* * always 401", codes=(1, 3))
        # Too short a wait.
        self.program.manifest(manifest(*(line(name, timeout="1s") for name in [*names, "late"])))
        self.apply("--sandbox-create-delay", "1h", codes=(3,))
        waiting = self.plan()
        self.assertIn("await", {c["action"] for c in waiting["changes"]})
        self.status(codes=(0, 2))
        # Killed with an answer under way.
        self.program.manifest(manifest(*(line(name, timeout="1s") for name in [*names, "late", "unsettled"])))
        self.apply(codes=(-9,), SNAPKEEP_FAILPOINT="before-post")
        self.assertIn("settle", {c["action"] for c in self.plan()["changes"]})
        self.apply("--settle-time", "0s", codes=(0, 3))
        self.assertIn("killed", {run["ended"] for run in self.history()["runs"]})

    def test_failures(self):
        self.program.manifest("stack: tests\nsnapshots:\n  - name: a\n    volme: x\n  - name: a\n    volume: nobody\n")
        for command in ["plan", "status", "simulate"]:
            failed = self.document(command, "--json", "--sandbox", codes=(1,)) if command != "simulate" else self.document(
                command, "--json", codes=(1,))
            self.assertEqual(failed["format"], "snapkeep.failure")
            self.assertTrue(failed["diagnostics"])
        for command in [["validate"], ["plan", "--sandbox"]]:
            found = self.document(*command, "--diagnostics", "json", codes=(1,))
            self.assertEqual(found["format"], "snapkeep.diagnostics")
            self.assertEqual(found["diagnostics"], failed["diagnostics"])
        self.assertEqual(self.document("plan", "--json", "--unheard-of", codes=(64,))["exit_code"], 64)
        events = self.apply(codes=(1,))
        self.assertEqual([events[-1]["event"], events[-1]["exit_code"]], ["ended", 1])
        self.program.manifest(manifest(line("x" * 70, description="x" * 90)))
        self.assertTrue(self.plan()["diagnostics"])

    def test_rotations(self):
        """Nights, rules, an edit of them, a pattern; and the simulation of all that."""
        self.program.variables["TZ"] = "UTC"
        sandbox = Sandbox(self, self.program, "--clock", "2026-03-01T02:00:00Z")

        def rotations(**rules):
            return manifest(rotations=[
                {"name": "nightly", "volumes": ["orders", "billing"], "every": "day", "at": "02:00", "timezone": "Europe/Berlin",
                 "keep": rules, "max_age": "400d"},
                {"name": "weekly", "volumes": ["orders"], "every": "week", "timezone": "UTC", "keep": {"weekly": 2}, "prefer": "first"},
                {"name": "still", "volumes": ["orders"], "every": "month", "timezone": "UTC", "keep": {"monthly": 2}, "paused": True},
            ], limits={"snapshots_per_volume": 12})

        self.program.manifest(rotations(daily=3, weekly=2))
        for day in range(1, 8):
            now = f"2026-03-{day:02}T02:10:00Z"
            sandbox.send("PUT", "sandbox/clock", {"now": now})
            self.plan("--now", now)
            self.apply("--now", now)
        self.assertIn("expire", self.seen["action"])
        self.status("--now", now)
        self.status("--now", "2026-03-20T00:00:00Z", "--exit-code", codes=(6,))
        self.program.manifest(rotations(last=1))
        self.assertTrue(self.plan("--now", "2026-03-08T02:10:00Z")["rotations"]["edits"])
        # A clock that went back.
        self.assertEqual(self.plan("--now", "2026-03-02T02:10:00Z")["rotations"]["nothing_expires"], "clock_went_back")
        self.plan("--refresh", codes=(0, 1))
        simulate = ["simulate", "--json", "--from", "2026-01-01", "--until", "2026-06-30"]
        self.document(*simulate, "--recorded", "--missed", "2026-02-01..2026-02-10")
        self.program.manifest(rotations(daily=30))
        self.document(*simulate, codes=(1,))
        self.program.manifest(json.dumps({"stack": "tests", "rotations": [
            {"name": "all", "match": {"name": "*"}, "every": "hour", "timezone": "UTC", "keep": {"hourly": 2, "last": 1}}]}))
        self.document("simulate", "--json", "--from", "2026-01-01", "--until", "2026-01-03")
        self.plan("--now", "2026-03-08T02:10:00Z", codes=(0, 1))
        self.plan("--now", "2026-03-08T02:10:00Z", "--refresh", codes=(0, 1))

    def test_what_the_renderers_tests_hold(self):
        """The golden files have what the sandbox seldom does: every cause of a failure, every refusal. Their placeholders are put back."""
        places = {"TIME": "2026-11-23T09:12:00.000000Z", "DIGEST": "0" * 64}

        def restored(value):
            if isinstance(value, dict):
                return {name: restored(one) for name, one in value.items()}
            if isinstance(value, list):
                return [restored(one) for one in value]
            if isinstance(value, str) and value.startswith("ID-"):
                return f"00000000-0000-4000-8000-{int(value.removeprefix('ID-')):012}"
            return places.get(value, value) if isinstance(value, str) else value

        count = 0
        for path in sorted(golden.glob("*.json*")):
            text = path.read_text()
            documents = [json.loads(text)] if path.suffix == ".json" else [json.loads(one) for one in text.splitlines()]
            for document in documents:
                if isinstance(document, dict) and document.get("format") in of_format:
                    self.check(restored(document))
                    count += 1
        self.assertGreater(count, 70)

    def test_zz_all_kinds_of_change_and_event_were_seen(self):
        if not self.seen["action"] or "failed" not in self.seen["event"]:
            self.skipTest("the others did not run")
        plan, events = self.schemas["plan"], self.schemas["events"]
        actions = {one["properties"]["action"]["const"] for one in plan["properties"]["changes"]["items"]["oneOf"]}
        self.assertEqual(self.seen["action"], actions)
        known = {one["properties"]["event"]["const"] for one in events["oneOf"]}
        self.assertEqual(self.seen["event"] | {"look_failed", "note"}, known)

    # What is read

    def test_manifest(self):
        """The manifests of the documentation and the examples fit; slips do not, nor does the reader take them."""
        examples = golden.parents[2] / "examples"
        good = [examples / "quickstart.yaml", examples / "nightly.yaml"]
        self.program.run("init", "made.yaml")
        good.append(self.program.folder / "made.yaml")
        for path in good:
            self.check(yaml.load(path.read_text(), TextLoader), "manifest")
        for slip in [
            {"snapshots": [{"nme": "a"}]}, {"snapshots": [{"name": "a", "force": "yes"}]}, {"snapshots": [{"name": "a", "timeout": "5"}]},
            {"snapshots": [{"name": "a", "volume_id": "x"}]}, {"rotations": [{"name": "n", "every": "day"}]}, {"sanpshots": []},
            {"snapshots": [{"name": "a", "volume": "orders", "metadata": {"snapkeep.owner": "x"}}]},
        ]:
            with self.assertRaises(AssertionError, msg=slip):
                self.check(slip, "manifest")
            self.program.manifest(json.dumps({"volumes": volumes, **slip}))
            self.program.run("validate", codes=(1,))


class TextLoader(yaml.SafeLoader):
    """As editors read YAML: instants are texts."""


TextLoader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if tag != "tag:yaml.org,2002:timestamp"]
    for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()}
