"""Speaks to a language server as an editor does: JSON-RPC over its standard input and output."""
import json
import queue
import subprocess
import threading


class LanguageServer:
    """One server, ended with its test."""

    def __init__(self, test, command, folder, settings):
        self.folder = folder
        self.settings = settings
        self.log = open(folder / "server.log", "w+")
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        test.addCleanup(self.stop)
        self.messages = queue.Queue()
        threading.Thread(target=self.listen, daemon=True).start()
        self.last = 0
        self.ask("initialize", {
            "processId": None, "rootUri": folder.as_uri(),
            "workspaceFolders": [{"uri": folder.as_uri(), "name": "manifests"}],
            "capabilities": {"textDocument": {
                "completion": {"completionItem": {"documentationFormat": ["markdown", "plaintext"], "snippetSupport": True}},
                "hover": {"contentFormat": ["markdown"]}, "publishDiagnostics": {"relatedInformation": True}}},
        })
        self.tell("initialized", {})
        self.tell("workspace/didChangeConfiguration", {"settings": settings})

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(30)
        self.process.stdin.close()
        self.process.stdout.close()
        self.log.close()

    def listen(self):
        """Reads messages until the server's output ends; `None` stands for that end."""
        try:
            while header := self.process.stdout.readline():
                length = 0
                while header.strip():
                    name, _, value = header.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                    header = self.process.stdout.readline()
                self.messages.put(json.loads(self.process.stdout.read(length)))
        except ValueError:
            pass   # Closed by `stop`, or cut off.
        self.messages.put(None)

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def tell(self, method, parameters):
        self.send({"method": method, "params": parameters})

    def ask(self, method, parameters):
        self.last += 1
        self.send({"id": self.last, "method": method, "params": parameters})
        answer = self.wait(lambda message: message.get("id") == self.last and "method" not in message, method)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def wait(self, wanted, what):
        """The first message that is wanted. What the server asks meanwhile is answered."""
        while True:
            try:
                message = self.messages.get(timeout=60)
            except queue.Empty:
                message = None
            if message is None:
                self.log.seek(0)
                raise AssertionError(f"no answer to {what}: {self.log.read()[-2000:]}")
            if "method" in message and "id" in message:
                asked = message["params"].get("items", []) if message["method"] == "workspace/configuration" else None
                result = None if asked is None else [self.settings.get(item.get("section")) for item in asked]
                self.send({"id": message["id"], "result": result})
            if wanted(message):
                return message

    # What an editor does

    def open(self, name, text):
        """Opens a file with that text. Answers what the server finds in it."""
        uri = (self.folder / name).as_uri()
        self.tell("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}})
        told = self.wait(
            lambda message: message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == uri, f"opening {name}")
        return told["params"]["diagnostics"]

    def at(self, method, name, line, character):
        place = {"textDocument": {"uri": (self.folder / name).as_uri()}, "position": {"line": line, "character": character}}
        return self.ask(f"textDocument/{method}", place)

    def completions(self, name, line, character):
        """The labels that are offered there, with what is said of each."""
        found = self.at("completion", name, line, character)
        items = found["items"] if isinstance(found, dict) else found or []
        return {item["label"]: item for item in items}

    def hover(self, name, line, character):
        """What is said of the place, as one text."""
        found = self.at("hover", name, line, character)
        if not found:
            return ""
        contents = found["contents"]
        parts = contents if isinstance(contents, list) else [contents]
        return "\n".join(part if isinstance(part, str) else part["value"] for part in parts)
