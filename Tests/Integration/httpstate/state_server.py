"""A server of states over HTTP that follows GitLab's rules (lib/api/terraform/state.rb, app/services/terraform/remote_state_handler.rb), or those of
a plain server of Terraform's `http` backend. Faults are switched on by tests."""
import base64
import http.server
import json
import re
import threading
import urllib.parse


class StateServer:
    """Serves on a free port of the loopback address until it is closed."""

    def __init__(self, kind="gitlab", users=None):
        self.kind = kind
        #: Users and passwords, each with a role: "maintainer" or "developer".
        self.users = users or {}
        self.size_limit = 0
        #: Whether a plain server looks whose lock is given back.
        self.compares = True
        self.versions, self.lock, self.exists = {}, None, False
        self.requests = []
        #: Called with each request's number and "before" or "after"; returns a status, "drop", or nothing.
        self.fault = lambda number, moment, request: None
        self.mutex = threading.RLock()
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                pass

            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                server.handle(self, self.rfile.read(length))

            do_GET = do_POST = do_PUT = do_DELETE = do_LOCK = do_UNLOCK = answer

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()

    @property
    def root(self):
        return f"http://127.0.0.1:{self.http.server_port}"

    @property
    def path(self):
        return "/api/v4/projects/42/terraform/state/nightly" if self.kind == "gitlab" else "/states/nightly"

    @property
    def address(self):
        return self.root + self.path

    @property
    def document(self):
        return self.versions[max(self.versions)] if self.versions else None

    def handle(self, handler, body):
        with self.mutex:
            self.requests.append((handler.command, handler.path))
            number = len(self.requests)
            fault = self.fault(number, "before", handler)
            status, answer = (fault, b"") if fault else self.act(handler, body)
            if not fault:
                fault = self.fault(number, "after", handler)
        if fault == "drop":
            handler.close_connection = True
            handler.connection.shutdown(2)
            return
        if isinstance(fault, int):
            status, answer = fault, b""
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        if status != 204:
            handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        handler.wfile.write(answer)

    @staticmethod
    def said(status, words):
        return status, json.dumps({"message": words}).encode()

    def act(self, handler, body):
        if self.users:
            kind, _, login = (handler.headers.get("Authorization") or "").partition(" ")
            role = self.users.get(base64.b64decode(login).decode() if kind == "Basic" else "")
            if role is None:
                return self.said(401, "401 Unauthorized")
            if role != "maintainer" and handler.command != "GET":
                return self.said(403, "403 Forbidden")
        parts = urllib.parse.urlsplit(handler.path)
        parameters = {name: values[0] for name, values in urllib.parse.parse_qs(parts.query).items()}
        try:
            sent = json.loads(body) if body else {}
        except ValueError:
            sent = None
        rules = self.gitlab if self.kind == "gitlab" else self.plain
        return rules(handler.command, parts.path, parameters, sent, body)

    def gitlab(self, method, path, parameters, sent, body):
        if path == self.path and method == "GET":
            if not self.exists:
                return self.said(404, "404 Not found")
            return (200, self.document) if self.document else (204, b"")
        if path == self.path and method == "POST":
            if not body:
                return 204, b""
            if self.size_limit and len(body) > self.size_limit:
                return self.said(413, "413 Request Entity Too Large")
            if not isinstance(sent, dict):
                return self.said(422, "invalid JSON")
            serial = sent.get("serial")
            if not isinstance(serial, int):
                return self.said(422, "No serial in payload")
            self.exists = True
            if parameters.get("ID", "") != (self.lock["ID"] if self.lock else ""):
                return 409, b""
            if serial in self.versions:
                return self.said(422, "PG::UniqueViolation: ERROR: duplicate key value violates unique constraint")
            self.versions[serial] = body
            return 200, b""
        if path == self.path + "/lock" and method == "POST":
            fields = ["ID", "Operation", "Info", "Who", "Version", "Created", "Path"]
            missing = [name for name in fields if name not in (sent or {})]
            if missing:
                return self.said(400, f"{missing[0]} is missing")
            if len(sent["ID"]) > 255:
                return self.said(400, "ID is too long")
            self.exists = True
            taken = self.lock is not None
            self.lock = self.lock or {"ID": sent["ID"], "Who": "ci-bot", "Created": "2026-11-23T09:12:00.081Z"}
            return 409 if taken else 200, json.dumps({**sent, **self.lock}).encode()
        if path == self.path + "/lock" and method == "DELETE":
            given = {**(sent or {}), **parameters}.get("ID")
            self.exists = True
            if given is not None and given != (self.lock["ID"] if self.lock else ""):
                return 409, b""
            self.lock = None
            return 200, b""
        return self.said(404, "404 Not Found")

    def plain(self, method, path, parameters, sent, body):
        if method == "GET":
            return (200, self.document) if self.document else (404, b"")
        if method == "POST":
            if self.lock and parameters.get("ID") != self.lock["ID"]:
                return 423, json.dumps(self.lock).encode()
            self.versions = {0: body}
            return 200, b""
        if method == "LOCK":
            if self.lock:
                return 423, json.dumps(self.lock).encode()
            self.lock = sent
            return 200, b""
        if method == "UNLOCK":
            if self.compares and self.lock and sent.get("ID") != self.lock["ID"]:
                return 423, json.dumps(self.lock).encode()
            self.lock = None
            return 200, b""
        return 405, b""


def holder_of(words):
    """The token that a message shows."""
    return re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", words).group()
