"""Plays one sequence of requests to the real Cinder and to the sandbox, and compares each answer with the other's.

Differences are those of differences.toml and no others; what is listed there must occur. --list prints what is not listed, in the form of
that file.
"""
import json
import os
import pathlib
import re
import sys
import tomllib

import cloud
import sequence
from sandbox import Sandbox
from side import Side

table = pathlib.Path(__file__).with_name("differences.toml")
ABSENT = "(absent)"
KINDS = ("wanted", "set-up", "to mend")
ROWS = ("body snapshots[]", "body snapshots[].id", "body volumes[]", "body volumes[].id")


def prepare():
    """An empty project with a quota of 12, and its volumes; what both sides call by the same id."""
    team, admin = cloud.Cloud("team"), cloud.administrator_of("team")
    admin.clean()
    admin.set_quota(snapshots=12, gigabytes=-1)
    # Lists may fall back on the order of ids; so that of the names is always the same.
    volumes = dict(zip(("busy", "free", "third"), sorted(team.volume(f"volume {number}") for number in range(3))))
    for name, identifier in volumes.items():
        team.api.update_volume(identifier, name=name)
    team.attach(volumes["busy"])
    return team, admin, volumes


def play(side, volumes):
    side.known.update(volumes)
    for name, identifier in volumes.items():
        side.name_id(name, identifier)
        side.ids[identifier[:8]] = f"<{name}, beginning>"
    sequence.play(side)
    return side.exchanges


def differences(real, sandbox):
    """(request, facet, Cinder's value, the sandbox's value) of each place in which they differ."""
    for label in real:
        theirs, ours = as_on_mysql(real[label]), sandbox[label]
        differing = [facet for facet in sorted(theirs.keys() | ours.keys()) if theirs.get(facet, ABSENT) != ours.get(facet, ABSENT)]
        # Where one refuses what the other does, or lists other rows, the rest of the body differs by itself.
        apart = next((facet for facet in ("status", "envelope", "text", *ROWS) if facet in differing), None)
        for facet in differing:
            if apart == facet == "status":
                yield (label, facet, *(f"{side['status']} {text(side.get('message', ''))}".strip() for side in (theirs, ours)))
            elif apart in (None, facet) or facet.startswith("header "):
                for pair in pairs(theirs.get(facet, ABSENT), ours.get(facet, ABSENT)):
                    yield (label, facet, *map(text, pair))


def as_on_mysql(answer):
    """Cinder's answer as a cloud gives it: its database is MySQL, which keeps whole seconds (CloudAPI#times); SQLite keeps the fraction.

    What is made just now (202) has not come from the database yet: there the fraction is compared as it stands.
    """
    if answer.get("status") == 202:
        return answer
    return {facet: whole_seconds(value) if facet.startswith("body ") else value for facet, value in answer.items()}


def whole_seconds(value):
    if isinstance(value, list):
        values = [whole_seconds(part) for part in value]
        return values if any(part != values[0] for part in values) else values[0]
    return "<whole second>" if value == "<microsecond>" else value


def pairs(theirs, ours):
    """Of lists that are equally long, only the elements that differ; each pair once."""
    if isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        return {text(pair): pair for pair in zip(theirs, ours) if pair[0] != pair[1]}.values()
    return [(theirs, ours)]


def text(value):
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    shown = re.sub(r"(.)\1{20,}", lambda run: f"{run[1]}…{len(run[0])}", shown)
    # The pattern of printable characters lists a thousand ranges.
    return re.sub(r"(does not match '\^\[.{12}).{20,}", r"\1…", shown, flags=re.DOTALL)


class Entry:
    """One entry of the table. A star stands for any text; values that it leaves out may be any."""

    def __init__(self, fields):
        self.fields = fields
        self.requests = {pattern: 0 for pattern in fields["requests"]}
        self.facets = {pattern: 0 for pattern in fields["facets"]}
        self.kind = fields["reason"].partition(":")[0]
        assert self.kind in KINDS, f"a reason begins with one of {KINDS}: {fields}"

    def covers(self, label, facet, cinder, ours):
        request = next((pattern for pattern in self.requests if matches(pattern, label)), None)
        place = next((pattern for pattern in self.facets if matches(pattern, facet)), None)
        if request is None or place is None:
            return False
        if not matches(self.fields.get("cinder", "*"), cinder) or not matches(self.fields.get("sandbox", "*"), ours):
            return False
        self.requests[request] += 1
        self.facets[place] += 1
        return True

    def unused(self):
        return [pattern for patterns in (self.requests, self.facets) for pattern, count in patterns.items() if not count]


def matches(pattern, value):
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), value, re.DOTALL) is not None


def unlisted(found, entries):
    return [difference for difference in found if not any(entry.covers(*difference) for entry in entries)]


def as_table(found):
    """Differences of the same facet and values together."""
    groups = {}
    for label, facet, cinder, ours in found:
        groups.setdefault((cinder, ours), ({}, {}))
        groups[cinder, ours][0][label] = groups[cinder, ours][1][facet] = True
    for (cinder, ours), (labels, facets) in groups.items():
        print("[[difference]]")
        for name, value in (("requests", list(labels)), ("facets", list(facets)), ("cinder", cinder), ("sandbox", ours)):
            print(f"{name} = {json.dumps(value, ensure_ascii=False)}")
        print('reason = ""\n')


def main():
    team, admin, volumes = prepare()
    common = {team.project: "<project>"}
    token = team.token()
    try:
        real = play(Side("Cinder", cloud.endpoint.removesuffix("/v3"), team.project, token, team.connection.current_user_id, common), volumes)
    finally:
        admin.set_quota(snapshots=1000, gigabytes=-1)
        admin.clean()
    with Sandbox(team.project, token, volumes) as address:
        sandbox = play(Side("sandbox", address, team.project, token, "sandbox", common), volumes)
    if "--show" in sys.argv:
        print(json.dumps({"cinder": real, "sandbox": sandbox}, indent=1, ensure_ascii=False))
    entries = [Entry(fields) for fields in tomllib.loads(table.read_text())["difference"]]
    found = list(differences(real, sandbox))
    new = unlisted(found, entries)
    if "--list" in sys.argv:
        as_table(new)
        return
    for label, facet, cinder, ours in new:
        print(f"not listed: {label}: {facet}\n  Cinder:  {cinder}\n  sandbox: {ours}")
    gone = [(pattern, entry) for entry in entries for pattern in entry.unused()]
    for pattern, entry in gone:
        print(f"listed, but does not occur: '{pattern}' of the entry {entry.fields['requests']}, {entry.fields['facets']}")
    print("listed: " + ", ".join(f"{sum(entry.kind == kind for entry in entries)} {kind}" for kind in KINDS))
    differing = {label for label, *_ in found}
    told = "differ as listed" if not new else f"differ, {len({label for label, *_ in new})} of them not as listed"
    print(f"{len(real)} requests, {len(real) - len(differing)} agree, {len(differing)} {told}")
    sys.exit(bool(new or gone))


if __name__ == "__main__":
    main()
