"""One of the two clouds under comparison: sends requests byte by byte as told, and puts answers into a form that both can share."""
import http.client
import json
import re
import time
import urllib.parse

# Headers whose value a client goes by, and those of which it is enough that they are there.
VALUES = ("content-type", "openstack-api-version", "vary", "retry-after", "www-authenticate", "allow", "location")
PRESENCE = ("x-openstack-request-id", "x-compute-request-id")
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class Side:
    """`ids` maps what this side alone calls so to a word that both share, `user` is what it calls the one who asks;
    `exchanges` holds each request's label and answer."""

    def __init__(self, name, base, project, token, user, ids):
        self.name, self.base, self.project, self.token, self.user, self.ids = name, base, project, token, user, dict(ids)
        self.exchanges, self.known = {}, {}

    def ask(self, label, method, path, body=None, *, raw=None, version=None, token=True, root=False, form="application/json", accept="application/json", remember=None):
        """One request, noted under its label; the answer's JSON, or nothing.

        - `body` is sent as JSON, `raw` as it stands; `form` is the content type, None leaves it out; `accept` likewise.
        - `path` is below /v3/PROJECT unless `root`; `{name}` in it stands for an id that an earlier answer gave.
        - `token`: true for the right one, a text for another, None for none.
        - `remember`: a name for the id of what was made.
        """
        assert label not in self.exchanges, f"two requests are called {label}"
        status, headers, text = self.send(method, path, body, raw, version, token, root, form, accept)
        value = decode(headers, text)
        if status == 202 and value:
            # What was made without a name is passing.
            name, found = remember or "passing", next(iter(value.values()))["id"]
            self.known[name] = found
            self.name_id(name, found)
        self.exchanges[label] = {"status": status, **self.shared_headers(headers), **self.shared_body(status, value, text)}
        return value

    def name_id(self, name, identifier):
        """What stands for an id, and for the other ways to write it, in answers."""
        self.ids |= {identifier: f"<{name}>", identifier.upper(): f"<{name} in capitals>", identifier.replace("-", ""): f"<{name} without dashes>"}

    def send(self, method, path, body=None, raw=None, version=None, token=True, root=False, form="application/json", accept="application/json"):
        path = path.format(**self.known, project=self.project)
        headers = {"Accept": accept} if accept is not None else {}
        if token is not None:
            headers["X-Auth-Token"] = self.token if token is True else token
        if version is not None:
            headers["OpenStack-API-Version"] = version
        content = json.dumps(body).encode() if body is not None else raw
        if content is not None and form:
            headers["Content-Type"] = form
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.base).netloc, timeout=60)
        try:
            connection.request(method, path if root else f"/v3/{self.project}{path}", content, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def await_status(self, label, name, wanted, limit=60, kind="snapshot"):
        """Waits until a snapshot or a volume has a status, or is gone (404); notes what it came to."""
        end = time.monotonic() + limit
        while True:
            status, headers, text = self.send("GET", f"/{kind}s/{{{name}}}")
            seen = decode(headers, text)[kind]["status"] if status == 200 else status
            if seen == wanted or time.monotonic() > end:
                self.exchanges[label] = {"comes to": seen}
                return
            time.sleep(0.1)

    def shared_headers(self, headers):
        found = {f"header {name}": self.share(headers[name]) for name in VALUES if name in headers}
        return found | {f"header {name}": "(present)" for name in PRESENCE if name in headers}

    def shared_body(self, status, value, text):
        """An error's envelope with its sentence apart; else each value under its path, rows of a list all under one, in their order."""
        if value is None:
            return {"text": self.share(text)} if text else {}
        if status >= 400:
            top = next(iter(value), None)
            inner = value[top] if isinstance(value[top], dict) else value
            form = {key: type(part).__name__ for key, part in inner.items()}
            return {"envelope": f"{top if inner is not value else ''} {form}", "code": inner.get("code"), "message": self.share(str(inner.get("message")))}
        flat = {}

        def walk(path, part):
            if isinstance(part, dict):
                if not part:
                    flat.setdefault(path, []).append({})
                for key, inner in part.items():
                    inner = "<user>" if key == "user_id" and inner == self.user else inner
                    walk(f"{path}.{self.share(key)}" if path else self.share(key), inner)
            elif isinstance(part, list):
                flat.setdefault(f"{path}[]", []).append(f"{len(part)} rows")
                for inner in part:
                    walk(f"{path}[]", inner)
            else:
                flat.setdefault(path, []).append(self.share(part) if isinstance(part, str) else part)

        walk("", value)
        return {f"body {path}": values if any(value != values[0] for value in values) else values[0] for path, values in flat.items()}

    def share(self, text):
        """What only this side can say (ids that it gave, its address, times), as words that both share."""
        text = re.sub(r"http://[^/\"' ]+", "<address>", text)
        text = re.sub(rf"req-{UUID}", "<request>", text)
        for own, word in self.ids.items():
            text = text.replace(own, word)
        text = re.sub(UUID, "<id>", text)
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000", "<whole second>", text)
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", "<microsecond>", text)
        return text


def decode(headers, text):
    return json.loads(text) if text and headers.get("content-type", "").startswith("application/json") else None
