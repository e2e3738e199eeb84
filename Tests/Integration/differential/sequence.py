"""The requests, in the order in which both clouds get them. `free` is an available volume of 1 GiB, `busy` one in use, `third` another free one.

Snapshots may hold up to the quota of 12; a page has at most 5 rows.
"""
import time
import urllib.parse

ABSENT = "3b241101-e2bb-4255-8caf-4136c566a962"
LATEST = "volume latest"


def play(side):
    side.ids[ABSENT] = "<absent>"
    for part in (discovery, access, creation, creation_refused, force, reading, lists, lists_refused, updates, metadata, volumes, volume_life, quotas,
                 microversions, forms, deletion, over_quota):
        part(side)


def discovery(side):
    for label, path in (("versions", "/"), ("version 3", "/v3/"), ("version 3 without slash", "/v3")):
        side.ask(label, "GET", path, root=True)
        side.ask(f"{label}, no token", "GET", path, root=True, token=None)
    side.ask("version 2", "GET", "/v2/", root=True)
    side.ask("snapshots of version 2", "GET", "/v2/{project}/snapshots", root=True)
    side.ask("version 9", "GET", "/v9/", root=True)
    side.ask("version 9, no token", "GET", "/v9/", root=True, token=None)
    side.ask("version 3 at 3.999", "GET", "/v3/", root=True, version="volume 3.999")
    side.ask("POST on version 3", "POST", "/v3/", {}, root=True)


def access(side):
    for label, token in (("no token", None), ("bad token", "wrong"), ("empty token", "")):
        side.ask(label, "GET", "/snapshots", token=token)
        side.ask(f"create with {label}", "POST", "/snapshots", {"snapshot": {"volume_id": side.known["free"]}}, token=token)
    side.ask("another project", "GET", f"/v3/{'0' * 32}/snapshots", root=True)
    side.ask("create in another project", "POST", f"/v3/{'0' * 32}/snapshots", {"snapshot": {"volume_id": side.known["free"]}}, root=True)
    side.ask("no project at 3.0", "GET", "/v3/snapshots", root=True)
    side.ask("no project at 3.67", "GET", "/v3/snapshots?name=none", root=True, version="volume 3.67")
    side.ask("no project, no token", "GET", "/v3/snapshots", root=True, token=None)
    side.ask("no such resource", "GET", "/nothing")
    side.ask("no such path", "GET", "/snapshots/a/b/c/d")
    for accept in (None, "*/*", "text/plain", "application/json, text/html", "application/*", "text/html;q=0.1,application/json;q=0.5"):
        side.ask(f"no such path to who accepts {accept}", "GET", "/nothing", accept=accept)


def creation(side):
    free = side.known["free"]
    made = (
        ("one", "create minimal", {"volume_id": free}, None),
        ("two", "create with all fields", {
            "volume_id": free, "name": "été 每日", "description": "Vor dem Umzug – größer", "force": True,
            "metadata": {"team": "a", "pace.create": "3", "sandbox.delay": "3"}}, None),
        ("three", "create at the newest microversion", {"volume_id": side.known["third"], "name": " trimmed ", "description": " also "}, LATEST),
    )
    for name, label, body, version in made:
        next_second()
        side.ask(label, "POST", "/snapshots", {"snapshot": body}, version=version, remember=name)
        if name == "two":
            side.ask("show while creating", "GET", "/snapshots/{two}")
            side.ask("delete while creating", "DELETE", "/snapshots/{two}")
            side.ask("update while creating", "PUT", "/snapshots/{two}", {"snapshot": {"name": "été 每日"}})
            side.ask("list by status creating", "GET", "/snapshots?status=creating")
    for name in ("one", "two", "three"):
        side.await_status(f"{name} after creation", name, "available")
    good = {
        "name of 255 characters": {"name": "n" * 255}, "name of 255 wide characters": {"name": "日" * 255}, "empty name": {"name": ""},
        "null name": {"name": None}, "description of 255 characters": {"description": "d" * 255}, "null description": {"description": None},
        "empty description": {"description": ""}, "null metadata": {"metadata": None}, "empty metadata": {"metadata": {}},
        "force false": {"force": False}, "force as a word": {"force": "yes"}, "name with a newline": {"name": "a\nb"},
        "name with an emoji": {"name": "a😀"}, "blank name": {"name": "   "}, "volume id without dashes": {"volume_id": free.replace("-", "")},
        "volume id in capitals": {"volume_id": free.upper()}, "metadata key with a slash": {"metadata": {"a/b": "1"}},
        "metadata of 255 characters": {"metadata": {"k" * 255: "v" * 255}}, "metadata value empty": {"metadata": {"k": ""}},
        "metadata value wide": {"metadata": {"k": "日" * 255}},
        "metadata value with an emoji and a newline": {"metadata": {"k": "😀\n"}},
        "display_name": {"display_name": " old "}, "display_name and name": {"display_name": "old", "name": "new"},
    }
    for label, body in good.items():
        made = side.ask(f"create: {label}", "POST", "/snapshots", {"snapshot": {"volume_id": free, **body}})
        gone(side, label, made)


def gone(side, label, answer):
    """Takes a snapshot away that was only made to see whether it can be."""
    if not answer or "snapshot" not in answer:
        return
    side.known["passing"] = answer["snapshot"]["id"]
    side.name_id("passing", side.known["passing"])
    side.await_status(f"{label}: after creation", "passing", "available")
    side.send("DELETE", "/snapshots/{passing}")
    side.await_status(f"{label}: after deletion", "passing", 404)


def creation_refused(side):
    free = side.known["free"]
    bad = {
        "unknown field": {"colour": "red"}, "two unknown fields": {"colour": "red", "size": 1}, "volume not found": {"volume_id": ABSENT},
        "volume id no UUID": {"volume_id": "orders"}, "volume id a number": {"volume_id": 7}, "volume id null": {"volume_id": None},
        "name of 256 characters": {"name": "n" * 256}, "name a number": {"name": 7}, "description of 256 characters": {"description": "d" * 256},
        "description with a newline": {"description": "a\nb"}, "description with an emoji": {"description": "a😀"},
        "description with a tab": {"description": "a\tb"}, "description with a zero-width space": {"description": "a\u200bb"},
        "description a list": {"description": ["a"]}, "force a number": {"force": 1}, "force another word": {"force": "perhaps"},
        "force null": {"force": None}, "metadata a list": {"metadata": ["a"]}, "metadata a text": {"metadata": "a"},
        "metadata value a number": {"metadata": {"k": 1}}, "metadata value true": {"metadata": {"k": True}},
        "metadata value null": {"metadata": {"k": None}}, "metadata value of 256 characters": {"metadata": {"k": "v" * 256}},
        "metadata key empty": {"metadata": {"": "v"}}, "metadata key of 256 characters": {"metadata": {"k" * 256: "v"}},
        "metadata key with an umlaut": {"metadata": {"ä": "v"}}, "metadata key with a plus": {"metadata": {"a+b": "v"}},
        "two bad metadata keys": {"metadata": {"a+b": "v", "ä": "v"}},
    }
    for label, body in bad.items():
        answer = side.ask(f"create: {label}", "POST", "/snapshots", {"snapshot": {"volume_id": free, **body}})
        gone(side, label, answer)
    whole = {
        "no volume id": {"snapshot": {"name": "a"}}, "empty snapshot": {"snapshot": {}}, "empty object": {}, "snapshot null": {"snapshot": None},
        "snapshot a list": {"snapshot": []}, "snapshot a text": {"snapshot": "a"}, "a list": [], "a text": "a", "null": None,
        "another top field": {"volume": {"size": 1}}, "a second top field": {"snapshot": {"volume_id": free}, "more": 1},
    }
    for label, body in whole.items():
        raw = b"null" if body is None else None
        gone(side, label, side.ask(f"create from {label}", "POST", "/snapshots", body, raw=raw))


def force(side):
    for volume in ("free", "busy"):
        for version in (None, "volume 3.65", "volume 3.66"):
            for word, body in (("absent", {}), ("true", {"force": True}), ("false", {"force": False})):
                label = f"force {word} on a {volume} volume" + (f" at {version.split()[1]}" if version else "")
                answer = side.ask(label, "POST", "/snapshots", {"snapshot": {"volume_id": side.known[volume], **body}}, version=version)
                gone(side, label, answer)


def reading(side):
    side.ask("show", "GET", "/snapshots/{two}")
    for version in ("3.14", "3.41", "3.65", "3.66", "3.71"):
        side.ask(f"show at {version}", "GET", "/snapshots/{two}", version=f"volume {version}")
    side.ask("show missing", "GET", f"/snapshots/{ABSENT}")
    side.ask("show no UUID", "GET", "/snapshots/orders")
    side.ask("show id in capitals", "GET", f"/snapshots/{side.known['two'].upper()}")
    side.ask("show with a slash", "GET", "/snapshots/{two}/")
    side.ask("show with a query", "GET", "/snapshots/{two}?colour=red")


def lists(side):
    # Three more, a second apart: enough for two pages, in an order that both share.
    for number, (name, volume) in enumerate((("b-1", "free"), ("b-2", "third"), ("b-1", "third"))):
        next_second()
        side.ask(f"create {name}, {volume}", "POST", "/snapshots", {
            "snapshot": {"volume_id": side.known[volume], "name": name, "metadata": {"n": str(number), "both": "x"}}}, remember=f"row-{number}")
        side.await_status(f"row-{number} after creation", f"row-{number}", "available")
    free, third = side.known["free"], side.known["third"]
    queries = (
        "", "limit=2", "limit=5", "limit=0", "limit=1000", "limit=2&offset=1", "offset=4", "offset=100", "limit=2&marker={two}", "marker={row-0}",
        "marker={one}", "limit=3&marker={row-2}&sort_key=created_at&sort_dir=asc", "sort_key=created_at&sort_dir=asc", "sort=created_at:asc",
        "sort=status,created_at:asc", "sort=volume_id:asc,created_at:asc", "sort_key=id&limit=0", "name=b-1", "name=none", "name=",
        "status=available", "status=error", "status=nonsense", f"volume_id={third}", f"volume_id={ABSENT}", "volume_id=orders",
        f"volume_id={third}&name=b-1&status=available", "colour=red", "limit=2&name=b-1", "limit=1&name=b-1", "limit=2&colour=red&name=b-1",
        "all_tenants=1", "with_count=true", "limit=1&limit=2", "name=%C3%A9t%C3%A9%20%E6%AF%8F%E6%97%A5", "name=%C3%A9t%C3%A9+%E6%AF%8F%E6%97%A5",
        f"id={side.known['one']}", "project_id={project}", "availability_zone=nova", "limit=+2", "limit=02", "limit=", "sort_dir=asc",
        "status=error&status=available", "status=available&status=error", "name=b-1&name=b-2", "offset=1&offset=0", "sort=status", "sort=volume_size:asc",
        "sort_key=display_name", "limit=%2B2&name=b-1",
    )
    for query in queries:
        for kind in ("snapshots", "snapshots/detail"):
            side.ask(f"{kind}?{in_common(side, query)}", "GET", f"/{kind}?{query}" if query else f"/{kind}")
    at = (
        ("3.22", "metadata=" + urllib.parse.quote("{'n':'1'}")), ("3.22", "metadata=" + urllib.parse.quote("{'both':'x','n':'2'}")),
        ("3.22", "metadata=" + urllib.parse.quote('{"n":"1"}')), ("3.22", "metadata=" + urllib.parse.quote("{'n':'none'}")),
        ("3.22", "metadata=n"), ("3.22", "metadata="), ("3.22", "metadata=" + urllib.parse.quote("{'n':1}")), ("3.21", "metadata=" + urllib.parse.quote("{'n':'1'}")),
        ("3.29", "sort_key=name&sort_dir=asc"), ("3.30", "sort_key=name&sort_dir=asc&name=b-2"), ("3.30", "sort=name:asc,created_at:asc"), ("3.30", "colour=red"), ("3.31", "colour=red"),
        ("3.31", "colour=red&shape=round"), ("3.31", "name=b-1"), ("3.33", "name~=b-"), ("3.34", "name~=b-"), ("3.34", "status~=avail"),
        ("3.34", "volume_id~=" + third[:8]), ("3.34", "name~="), ("3.44", "with_count=true"), ("3.45", "with_count=true"), ("3.45", "with_count=true&limit=1"),
        ("3.45", "with_count=false"), ("3.45", "with_count=perhaps"), ("3.45", "with_count=true&name=b-1"), ("3.65", "consumes_quota=true"),
        ("3.65", "consumes_quota=false"), ("3.65", "consumes_quota=perhaps"), ("3.64", "consumes_quota=true"), ("3.71", "limit=2"), ("3.31", "marker={two}&limit=1"),
        ("3.31", "project_id={project}"), ("3.31", "availability_zone=nova"), ("3.31", f"id={side.known['one']}"),
        ("3.31", "limit=1&limit=2"), ("3.31", "with_count=perhaps"), ("3.31", "consumes_quota=perhaps"), ("3.31", "consumes_quota=false"),
        ("3.30", "consumes_quota=false"), ("3.30", "availability_zone=x"), ("3.31", "availability_zone=x"), ("3.31", "all_tenants=1&shape=round&colour=red"),
        ("3.30", "sort=+name+:+asc+,created_at"), ("3.30", "sort=name"),
    )
    for version, query in at:
        side.ask(f"snapshots/detail?{in_common(side, query)} at {version}", "GET", f"/snapshots/detail?{query}", version=f"volume {version}")


def lists_refused(side):
    queries = (
        "limit=-1", "limit=x", "limit=1.5", "offset=-1", "offset=x", "offset=99999999999", "marker=" + ABSENT, "marker=orders", "marker=", "sort_key=colour",
        "sort_key=name", "sort_dir=up", "sort=created_at:up", "sort=colour", "sort=created_at:asc:asc", "sort=", "sort=created_at&sort_key=id",
        "sort=id,", "sort=:asc", "sort_key=description", "sort_key=", "sort_dir=", "offset=99999999999999999999",
        "sort=created_at&sort_dir=asc", "sort_key=created_at&sort_key=colour", "limit=99999999999999999999",
    )
    for query in queries:
        side.ask(f"snapshots/detail?{query}", "GET", f"/snapshots/detail?{query}")


def updates(side):
    good = {
        "name": {"name": "renamed"}, "description": {"description": "new"}, "both": {"name": "two", "description": "again"},
        "description empty": {"description": ""}, "description null": {"description": None}, "name null": {"name": None}, "name empty": {"name": ""},
        "name blank": {"name": " x "}, "the same": {"name": "x"}, "name of 255 characters": {"name": "n" * 255},
    }
    for label, body in good.items():
        side.ask(f"update: {label}", "PUT", "/snapshots/{two}", {"snapshot": body})
        side.ask(f"shown after update: {label}", "GET", "/snapshots/{two}")
    side.ask("update at the newest microversion", "PUT", "/snapshots/{two}", {"snapshot": {"name": "two"}}, version=LATEST)
    bad = {
        "unknown field": {"name": "a", "colour": "red"}, "metadata": {"metadata": {"a": "b"}}, "nothing": {}, "name of 256 characters": {"name": "n" * 256},
        "name a number": {"name": 7}, "description with a newline": {"description": "a\nb"}, "description of 256 characters": {"description": "d" * 256},
        "volume id": {"volume_id": side.known["third"]}, "force": {"force": True, "name": "a"}, "display_name": {"display_name": "a"},
        "display_name and display_description": {"display_name": "a", "display_description": "b"},
    }
    for label, body in bad.items():
        side.ask(f"update: {label}", "PUT", "/snapshots/{two}", {"snapshot": body})
    for label, body in {"empty object": {}, "snapshot null": {"snapshot": None}, "a list": []}.items():
        side.ask(f"update from {label}", "PUT", "/snapshots/{two}", body)
    side.ask("update without a body", "PUT", "/snapshots/{two}")
    side.ask("update missing", "PUT", f"/snapshots/{ABSENT}", {"snapshot": {"name": "a"}})
    side.ask("update no UUID", "PUT", "/snapshots/orders", {"snapshot": {"name": "a"}})
    side.ask("update missing with a bad body", "PUT", f"/snapshots/{ABSENT}", {"snapshot": {"colour": "red"}})
    # Where one of them took what the other refused, they part; from here they are alike again.
    side.ask("update back", "PUT", "/snapshots/{two}", {"snapshot": {"name": "two", "description": None}})
    side.ask("shown after the updates", "GET", "/snapshots/{two}")


def metadata(side):
    whole, one = "/snapshots/{two}/metadata", "/snapshots/{two}/metadata/"
    absent = f"/snapshots/{ABSENT}/metadata"
    side.ask("metadata", "GET", whole)
    for verb, word in (("POST", "merge"), ("PUT", "replace")):
        good = {"two keys": {"a": "1", "b": "2"}, "change and add": {"b": "3", "c c": "ü"}, "nothing": {}, "after nothing": {"k": "v", "l": ""}}
        for label, body in good.items():
            side.ask(f"{word}: {label}", verb, whole, {"metadata": body})
            side.ask(f"metadata after {word}: {label}", "GET", whole)
        bad = {
            "value a number": {"a": 1}, "value true": {"a": True}, "value null": {"a": None}, "value of 256 characters": {"a": "v" * 256}, "key empty": {"": "v"},
            "key of 256 characters": {"k" * 256: "v"}, "key with an umlaut": {"ä": "v"}, "key with a slash": {"a/b": "v"}, "good and bad": {"good": "v", "a+b": "v"},
        }
        for label, body in bad.items():
            side.ask(f"{word}: {label}", verb, whole, {"metadata": body})
        for label, body in {"null": {"metadata": None}, "a list": {"metadata": []}, "empty object": {}, "two top fields": {"metadata": {"k": "v", "l": ""}, "x": 1}}.items():
            side.ask(f"{word} from {label}", verb, whole, body)
        side.ask(f"{word} without a body", verb, whole)
        side.ask(f"{word} on missing", verb, absent, {"metadata": {"a": "1"}})
        side.ask(f"metadata after {word}", "GET", whole)
    side.ask("metadata of missing", "GET", absent)
    side.ask("metadata of no UUID", "GET", "/snapshots/orders/metadata")
    side.ask("replaced for single keys", "PUT", whole, {"metadata": {"a": "1", "b c": "2"}})
    for label, key in (("key", "a"), ("key with a blank", "b%20c"), ("missing key", "none"), ("key with an umlaut", "%C3%A4"), ("key with a slash", "a%2Fb")):
        side.ask(f"get {label}", "GET", one + key)
    side.ask("get key of missing", "GET", absent + "/a")
    good = {"key": ("a", {"a": "9"}), "new key": ("new", {"new": "1"}), "key with a blank": ("b%20c", {"b c": "8"})}
    for label, (key, body) in good.items():
        side.ask(f"put {label}", "PUT", one + key, {"meta": body})
    bad = {
        "key of another name": ("a", {"b": "1"}), "two keys": ("a", {"a": "1", "b": "2"}), "no key": ("a", {}), "value a number": ("a", {"a": 1}),
        "value of 256 characters": ("a", {"a": "v" * 256}), "key with an umlaut": ("%C3%A4", {"ä": "1"}), "key with a slash": ("a%2Fb", {"a/b": "1"}),
        "key too long": ("k" * 256, {"k" * 256: "v"}), "key and a bad one": ("a", {"a": "1", "+": "2"}), "other two keys": ("a", {"b": "1", "c": "2"}),
    }
    for label, (key, body) in bad.items():
        side.ask(f"put {label}", "PUT", one + key, {"meta": body})
    side.ask("put from metadata", "PUT", one + "a", {"metadata": {"a": "1"}})
    side.ask("put from two top fields", "PUT", one + "a", {"meta": {"a": "9"}, "x": 1})
    side.ask("put without a body", "PUT", one + "a")
    side.ask("put key on missing", "PUT", absent + "/a", {"meta": {"a": "1"}})
    side.ask("metadata after puts", "GET", whole)
    side.ask("delete key", "DELETE", one + "a")
    side.ask("delete key twice", "DELETE", one + "a")
    side.ask("delete key with a blank", "DELETE", one + "b%20c")
    side.ask("delete key of missing", "DELETE", absent + "/a")
    side.ask("metadata at last", "GET", whole)
    side.ask("post one key", "POST", one + "a", {"meta": {"a": "1"}})
    side.ask("delete all metadata", "DELETE", whole)
    side.ask("show after the metadata", "GET", "/snapshots/{two}")


def volumes(side):
    side.ask("volumes", "GET", "/volumes?sort=name:asc")
    side.ask("volumes in detail", "GET", "/volumes/detail?sort=name:asc")
    for query in ("name=third", "name=none", "status=in-use", "status=in-use&name=third", "limit=1&name=third", "limit=0", "limit=-1", "marker=" + ABSENT,
                  "marker={third}&sort=name:asc", "limit=1&sort=name:asc", "limit=1&marker={busy}&sort=name:asc", "offset=2&sort=name:asc", "colour=red&name=third",
                  "metadata=%7B%7D&name=third", "sort_key=name", "sort_key=status&sort_dir=asc&limit=0", "sort=status:asc,name:asc", "sort=", "sort_key=colour", "sort_dir=up",
                  "metadata=%7B%27readonly%27:%27False%27%7D", "metadata=none", "size=1&sort=name:asc", "size=2", "size=x", "bootable=true", "bootable=perhaps",
                  "bootable=false&sort=name:asc", "availability_zone=none", "name=free&name=busy", "with_count=true&sort=name:asc"):
        side.ask(f"volumes?{in_common(side, query)}", "GET", f"/volumes?{query}")
    for query in ("colour=red", "name~=re", "volume_type=none", "consumes_quota=false", "bootable=perhaps", "migration_status=none", "with_count=true"):
        side.ask(f"volumes at 3.31 by {query.split('=')[0]}", "GET", f"/volumes?{query}", version="volume 3.31")
    side.ask("volumes at 3.45 with count", "GET", "/volumes?with_count=true&limit=1&sort=name:asc", version="volume 3.45")
    for name in ("free", "busy"):
        side.ask(f"show {name} volume", "GET", f"/volumes/{{{name}}}")
    side.ask("show free volume at the newest microversion", "GET", "/volumes/{free}", version=LATEST)
    side.ask("show volume in capitals", "GET", f"/volumes/{side.known['free'].upper()}")
    side.ask("show missing volume", "GET", f"/volumes/{ABSENT}")
    side.ask("show volume no UUID", "GET", "/volumes/orders")


def volume_life(side):
    side.ask("create volume", "POST", "/volumes", {"volume": {
        "size": 2, "name": " made ", "description": " by\nhand ", "metadata": {"team": "a", "pace.create": "4", "sandbox.delay": "4"}}}, remember="made")
    # One that has not yet been given to a host Cinder deletes at once.
    time.sleep(1)
    side.ask("delete volume while creating", "DELETE", "/volumes/{made}")
    side.ask("snapshot of a volume while creating", "POST", "/snapshots", {"snapshot": {"volume_id": side.known["made"]}})
    side.await_status("volume after creation", "made", "available", kind="volume")
    side.ask("show made volume", "GET", "/volumes/{made}")
    side.ask("made volume by name", "GET", "/volumes?name=made")
    side.ask("create volume of a size in digits and no name", "POST", "/volumes", {"volume": {"size": "1", "colour": "red"}}, remember="nameless")
    side.await_status("nameless volume after creation", "nameless", "available", kind="volume")
    bad = {
        "no size": {}, "size null": {"size": None}, "size 0": {"size": 0}, "size -1": {"size": -1}, "size 0 in digits": {"size": "0"},
        "size a word": {"size": "x"}, "size empty": {"size": ""}, "size 1.5": {"size": 1.5}, "size true": {"size": True},
        "size beyond the limit": {"size": 2147483648}, "another zone": {"size": 1, "availability_zone": "x"},
        "zone a number": {"size": 1, "availability_zone": 7}, "another type": {"size": 1, "volume_type": "nosuch"},
        "name a number": {"size": 1, "name": 7}, "name of 256 characters": {"size": 1, "name": "n" * 256},
        "metadata value a number": {"size": 1, "metadata": {"a": 1}}, "metadata key with a plus": {"size": 1, "metadata": {"a+b": "1"}},
        "snapshot missing": {"size": 1, "snapshot_id": ABSENT}, "snapshot no UUID": {"size": 1, "snapshot_id": "x"},
    }
    for label, body in bad.items():
        side.ask(f"create volume: {label}", "POST", "/volumes", {"volume": body})
    for label, body in {"empty object": {}, "volume null": {"volume": None}, "a second top field": {"volume": {"size": 1}, "more": 1}}.items():
        side.ask(f"create volume from {label}", "POST", "/volumes", body)
    side.ask("create volume: unknown field at 3.53", "POST", "/volumes", {"volume": {"size": 1, "colour": "red"}}, version="volume 3.53")
    side.ask("snapshot of made volume", "POST", "/snapshots", {"snapshot": {
        "volume_id": side.known["made"], "metadata": {"pace.create": "2", "sandbox.delay": "2"}}}, remember="source")
    side.ask("create volume from a snapshot while creating", "POST", "/volumes", {"volume": {"snapshot_id": side.known["source"]}})
    side.await_status("source after creation", "source", "available")
    side.ask("delete volume with snapshots", "DELETE", "/volumes/{made}")
    side.ask("create volume smaller than its snapshot", "POST", "/volumes", {"volume": {"size": 1, "snapshot_id": side.known["source"]}})
    side.ask("create volume from snapshot", "POST", "/volumes", {"volume": {"snapshot_id": side.known["source"], "name": "restored"}}, remember="restored")
    side.await_status("restored volume after creation", "restored", "available", kind="volume")
    side.ask("show restored volume", "GET", "/volumes/{restored}")
    side.ask("delete attached volume", "DELETE", "/volumes/{busy}")
    side.ask("delete volume, cascade perhaps", "DELETE", "/volumes/{made}?cascade=perhaps")
    side.ask("delete volume with all its snapshots", "DELETE", "/volumes/{made}?cascade=true")
    side.ask("delete restored volume", "DELETE", "/volumes/{restored}")
    side.ask("delete nameless volume", "DELETE", "/volumes/{nameless}")
    for name in ("made", "restored", "nameless"):
        side.await_status(f"{name} volume after deletion", name, 404, kind="volume")
    side.await_status("source after deletion of its volume", "source", 404)
    side.ask("delete volume twice", "DELETE", "/volumes/{made}")
    side.ask("delete missing volume", "DELETE", f"/volumes/{ABSENT}")
    side.ask("delete volume no UUID", "DELETE", "/volumes/orders")
    for method, path in (("PUT", "/volumes"), ("DELETE", "/volumes"), ("POST", "/volumes/detail"), ("POST", "/volumes/{free}")):
        side.ask(f"{method} on {path}", method, path, None if method == "DELETE" else {"volume": {}})


def quotas(side):
    for query in ("", "?usage=True", "?usage=true", "?usage=1", "?usage=False", "?usage=perhaps", "?usage=", "?usage=True&usage=False"):
        side.ask(f"quota{query}", "GET", f"/os-quota-sets/{{project}}{query}")
    side.ask("quota of another project", "GET", f"/os-quota-sets/{'0' * 32}")
    side.ask("quota of no project", "GET", "/os-quota-sets")
    side.ask("limits", "GET", "/limits")


def microversions(side):
    for version in ("volume 3.0", "volume 3.22", "volume 3.71", LATEST, "volume 3.72", "volume 3.999", "volume 2.0", "volume 4.0", "volume 3", "volume 3.x",
                    "volume", "3.22", "compute 2.1", "volume 3.22,compute 2.1", "compute 2.1, volume 3.22", "volume 3.22 3.23", "volume 03.22", "volume 3.022",
                    "Volume 3.22", "volume  3.22", ""):
        side.ask(f"microversion '{version}'", "GET", "/snapshots?name=none", version=version)
    side.ask("microversion out of range on a missing snapshot", "GET", f"/snapshots/{ABSENT}", version="volume 3.999")
    side.ask("microversion on an error", "GET", f"/snapshots/{ABSENT}", version="volume 3.22")
    side.ask("microversion out of range without a token", "GET", "/snapshots", version="volume 3.999", token=None)


def forms(side):
    good = {"snapshot": {"name": "two"}}
    for label, method, path in (
            ("snapshots", "PUT", "/snapshots"), ("snapshots", "DELETE", "/snapshots"), ("snapshots", "PATCH", "/snapshots"), ("a snapshot", "POST", "/snapshots/{two}"),
            ("a snapshot", "PATCH", "/snapshots/{two}"), ("detail", "POST", "/snapshots/detail"), ("detail", "DELETE", "/snapshots/detail"),
            ("detail", "PUT", "/snapshots/detail"), ("limits", "DELETE", "/limits"), ("detail of limits", "GET", "/limits/detail"),
            ("metadata", "PATCH", "/snapshots/{two}/metadata"), ("a snapshot", "HEAD", "/snapshots/{two}"), ("snapshots", "OPTIONS", "/snapshots"),
            ("limits", "POST", "/limits"), ("versions", "POST", "/")):
        side.ask(f"{method} on {label}", method, path, None if method in ("DELETE", "GET", "HEAD", "OPTIONS") else good, root=path == "/")
    for label, raw in {"cut JSON": b'{"snapshot": ', "no JSON": b"name=two", "JSON not UTF-8": b'{"snapshot": {"name": "\xff"}}', "empty": b"",
                       "two documents": b"{} {}", "NaN": b'{"snapshot": {"name": NaN}}', "a key twice": b'{"snapshot": {"name": "a", "name": "two"}}',
                       "deep": b"[" * 50 + b"]" * 50, "a byte-order mark": b'\xef\xbb\xbf{"snapshot": {"name": "two"}}'}.items():
        side.ask(f"{label} as a body", "PUT", "/snapshots/{two}", raw=raw)
    content = b'{"snapshot": {"name": "two"}}'
    for form in ("text/plain", "application/xml", "application/json; charset=utf-8", "application/json;charset=utf8", "application/vnd.openstack.volume+json",
                 "APPLICATION/JSON", "application/x-www-form-urlencoded", "nonsense", None):
        side.ask(f"body as {form}", "PUT", "/snapshots/{two}", raw=content, form=form)
    side.ask("list with a body as text/plain", "GET", "/snapshots?name=none", raw=b"none", form="text/plain")
    side.ask("list with a body of no JSON", "GET", "/snapshots?name=none", raw=b"none")
    side.ask("list with a body of JSON", "GET", "/snapshots?name=none", raw=b"{}")
    side.ask("text/plain in another project", "POST", f"/v3/{'0' * 32}/snapshots", raw=b"none", form="text/plain", root=True)
    side.ask("a body beyond the limit without a token", "PUT", "/snapshots/{two}", raw=b" " * 120_000, token=None)
    side.ask("a body beyond the limit", "PUT", "/snapshots/{two}", raw=b" " * 120_000 + content)


def deletion(side):
    side.ask("create slow to go", "POST", "/snapshots", {
        "snapshot": {"volume_id": side.known["free"], "metadata": {"pace.delete": "3"}}}, remember="slow")
    side.await_status("slow after creation", "slow", "available")
    side.ask("sandbox's own pace", "POST", "/snapshots/{slow}/metadata", {"metadata": {"sandbox.delay": "3"}})
    side.ask("delete", "DELETE", "/snapshots/{slow}")
    side.ask("show while deleting", "GET", "/snapshots/{slow}")
    side.ask("delete while deleting", "DELETE", "/snapshots/{slow}")
    side.ask("update while deleting", "PUT", "/snapshots/{slow}", {"snapshot": {"name": "late"}})
    side.ask("metadata while deleting", "POST", "/snapshots/{slow}/metadata", {"metadata": {"late": "1"}})
    side.await_status("slow after deletion", "slow", 404)
    side.ask("show after deletion", "GET", "/snapshots/{slow}")
    side.ask("delete twice", "DELETE", "/snapshots/{slow}")
    side.ask("update after deletion", "PUT", "/snapshots/{slow}", {"snapshot": {"name": "late"}})
    side.ask("metadata after deletion", "GET", "/snapshots/{slow}/metadata")
    side.ask("deleted as a marker", "GET", "/snapshots?marker={slow}")
    side.ask("delete missing", "DELETE", f"/snapshots/{ABSENT}")
    side.ask("delete no UUID", "DELETE", "/snapshots/orders")
    side.ask("create that fails", "POST", "/snapshots", {"snapshot": {
        "volume_id": side.known["free"], "metadata": {"pace.fail": "create", "sandbox.fail": "create"}}}, remember="failed")
    side.await_status("failed after creation", "failed", "error")
    side.ask("show in error", "GET", "/snapshots/{failed}")
    side.ask("update in error", "PUT", "/snapshots/{failed}", {"snapshot": {"name": "in error"}})
    side.ask("delete in error", "DELETE", "/snapshots/{failed}")
    side.await_status("failed after deletion", "failed", 404)
    side.ask("create that will not go", "POST", "/snapshots", {"snapshot": {
        "volume_id": side.known["free"], "metadata": {"pace.fail": "delete", "sandbox.fail": "delete"}}}, remember="stuck")
    side.await_status("stuck after creation", "stuck", "available")
    side.ask("delete that fails", "DELETE", "/snapshots/{stuck}")
    side.await_status("stuck after deletion", "stuck", "error_deleting")
    side.ask("show in error_deleting", "GET", "/snapshots/{stuck}")
    side.ask("delete in error_deleting", "DELETE", "/snapshots/{stuck}")
    side.ask("update in error_deleting", "PUT", "/snapshots/{stuck}", {"snapshot": {"name": "stuck"}})


def over_quota(side):
    side.ask("quota before", "GET", "/os-quota-sets/{project}?usage=true")
    for number in range(5):
        side.ask(f"fill {number}", "POST", "/snapshots", {"snapshot": {"volume_id": side.known["third"], "name": f"fill-{number}"}}, remember=f"fill-{number}")
        side.await_status(f"fill {number} after creation", f"fill-{number}", "available")
    side.ask("beyond the quota", "POST", "/snapshots", {"snapshot": {"volume_id": side.known["free"]}})
    side.ask("beyond the quota, volume missing", "POST", "/snapshots", {"snapshot": {"volume_id": ABSENT}})
    side.ask("beyond the quota, volume busy", "POST", "/snapshots", {"snapshot": {"volume_id": side.known["busy"]}})
    side.ask("quota at the end", "GET", "/os-quota-sets/{project}?usage=true")
    side.ask("limits at the end", "GET", "/limits")


def in_common(side, query):
    return side.share(query.format(**{name: f"<{name}>" for name in side.known}, project="<project>"))


def next_second():
    """Cinder's table holds whole seconds: what is to have an order is made in different ones."""
    time.sleep(1.05 - time.time() % 1)
