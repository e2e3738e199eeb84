"""OpenMetrics as Prometheus' own client reads them."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from prometheus_client.openmetrics.parser import text_string_to_metric_families


class Metrics(unittest.TestCase):
    def test_status(self):
        """Every sample of `status --format openmetrics` is read as it is meant, names that need escaping among them."""
        with tempfile.TemporaryDirectory(prefix="snapkeep-metrics-") as folder:
            name = "db \\"
            name += '"quoted"'
            (pathlib.Path(folder) / "snapshots.yaml").write_text(
                "stack: metrics\n"
                f"volumes: {json.dumps({name: '5aa119a8-d25b-45a7-8d1b-88e127885635', 'web': '6bb119a8-d25b-45a7-8d1b-88e127885636'})}\n"
                "rotations:\n  - " + json.dumps({
                    "name": "nightly", "volumes": [name, "web"], "every": "day", "at": "02:00", "timezone": "Europe/Berlin",
                    "keep": {"daily": 2}}) + "\n")

            def run(*arguments):
                done = subprocess.run(
                    [os.environ["SNAPKEEP"], *arguments, "--sandbox", "--now", "2026-03-01T02:10:00Z"], cwd=folder, text=True,
                    capture_output=True, timeout=120, env={"HOME": folder, "PATH": os.environ["PATH"]})
                self.assertEqual(done.returncode, 0, done)
                return done.stdout

            run("apply", "-y")
            families = {family.name: family for family in text_string_to_metric_families(run("status", "--format", "openmetrics"))}
            self.assertEqual(set(families), {
                "snapkeep_snapshots", "snapkeep_last_good_timestamp_seconds", "snapkeep_next_due_timestamp_seconds", "snapkeep_overdue",
                "snapkeep_kept_snapshots", "snapkeep_paused"})
            good = {s.labels["volume"]: s.value for s in families["snapkeep_last_good_timestamp_seconds"].samples}
            # 02:00 in Berlin.
            self.assertEqual(good, {name: 1772326800.0, "web": 1772326800.0})
            self.assertEqual({s.value for s in families["snapkeep_overdue"].samples}, {0.0})
            self.assertEqual({s.value for s in families["snapkeep_kept_snapshots"].samples}, {1.0})
