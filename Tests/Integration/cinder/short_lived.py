"""Stands before Keystone's log-in: the answers are Keystone's, but the first token is one that Keystone's own code made to end soon."""
import datetime
import http.server
import json
import threading
import urllib.error
import urllib.request

import cloud


class ShortLived:
    """Listens on a port of its own until it is closed.

    - `life`: seconds until the first token ends.
    - `admits`: whether the answer tells that end. Without, it tells Keystone's, and the client learns by a refusal.
    """

    def __init__(self, user, life, admits):
        self.user, self.life, self.admits, self.tokens = user, life, admits, []
        front = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                front.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v3"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        asked = urllib.request.Request(
            cloud.keystone.removesuffix("/v3") + handler.path, body, {"Content-Type": "application/json"}, method="POST")
        try:
            with urllib.request.urlopen(asked, timeout=60) as reply:
                status, told, token = reply.status, json.load(reply), reply.headers["X-Subject-Token"]
        except urllib.error.HTTPError as refusal:
            status, told, token = refusal.code, json.load(refusal), None
        if token and not self.tokens:
            token = self.user.token_expiring(self.life)
            if self.admits:
                ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.life)
                told["token"]["expires_at"] = ends.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
        handler.send_response(status)
        if token:
            self.tokens.append(token)
            handler.send_header("X-Subject-Token", token)
        answer = json.dumps(told).encode()
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        handler.wfile.write(answer)
