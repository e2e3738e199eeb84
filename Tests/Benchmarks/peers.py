"""What other programs need for the same manifest, where they are installed."""

import os
import shutil
import subprocess

import inputs
from processes import Tools
from table import Table

PYYAML = """
import sys, yaml
print(len(yaml.load(open(sys.argv[1]), Loader=yaml.CSafeLoader)["snapshots"]))
"""
# Resources that Terraform has built in: its own work, without a provider's.
TERRAFORM = """
locals { manifest = yamldecode(file("snapshots.yaml")) }
resource "terraform_data" "snapshot" {
  for_each = { for snapshot in local.manifest.snapshots : snapshot.name => snapshot }
  input    = each.value
}
"""


def readers(tools: Tools, table: Table) -> dict:
    found = {}
    python = shutil.which("python3")
    has_pyyaml = subprocess.run(
        [python, "-c", "import yaml; yaml.CSafeLoader"], stderr=subprocess.DEVNULL).returncode == 0
    if has_pyyaml:
        found["PyYAML, C loader"] = lambda folder: lambda: tools.run([python, "-c", PYYAML, os.path.join(folder, "snapshots.yaml")])
    else:
        table.row("PyYAML with libyaml", "not installed: left out")
    if os.path.exists(tools.tool("yams-decoder")):
        found["Yams decoder"] = lambda folder: lambda: tools.run([tools.tool("yams-decoder"), os.path.join(folder, "snapshots.yaml")])
    else:
        table.row("Yams", "not built: left out")
    return found


def terraform(tools: Tools, table: Table, count: int) -> None:
    program = shutil.which("terraform")
    if not program:
        return table.row("Terraform", "not installed: left out")
    folder = tools.file(f"terraform{count}")
    os.makedirs(folder, exist_ok=True)
    inputs.write_manifest(os.path.join(folder, "snapshots.yaml"), count)
    with open(os.path.join(folder, "main.tf"), "w") as file:
        file.write(TERRAFORM)
    tools.run([program, f"-chdir={folder}", "init", "-input=false"])
    result = tools.run([program, f"-chdir={folder}", "plan", "-input=false"])
    table.row(f"Terraform plan of {count:,}", f"{result.wall:.1f} s", "", f"{result.cpu:.1f} s CPU", f"{result.peak:.0f} MiB")
