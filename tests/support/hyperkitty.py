"""What HyperKitty's `/api/mailman/` does, over a real socket."""

from __future__ import annotations

import json
import threading
import time
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mmcore.message.headers import message_id_hash
from tests.support.ports import free_port

TOKEN = "SecretKey"


class FakeHyperKitty:
    """Keeps each message once by its Message-ID, as the real one does.

    `mood` says what it does with requests: `well`, or `error` (status 500), `nonsense` (no
    JSON), `slow` (after `delay` seconds), `large` (status 413), `deaf` (no answer at all).
    """

    def __init__(self, port: int = 0) -> None:
        self.mood = "well"
        self.delay = 2.0
        #: (list, message) of each POST that was answered well, in order.
        self.posts: list[tuple[str, bytes]] = []
        #: Messages by list, each once.
        self.archive: dict[str, dict[str, bytes]] = {}
        #: (method, path with query, Authorization) of every request.
        self.requests: list[tuple[str, str, str | None]] = []
        #: Fails for messages with this text in them, whatever the mood.
        self.poison = b""
        self.lock = threading.Lock()
        self.closing = threading.Event()
        kitty = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kitty.handle(self, b"")

            def do_POST(self) -> None:
                kitty.handle(self, self.rfile.read(int(self.headers["Content-Length"])))

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port or free_port()), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hk"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    @property
    def options(self) -> dict[str, str]:
        """What the archiver has to know."""
        return {"base_url": self.url, "api_key": TOKEN}

    def handle(self, handler: Any, body: bytes) -> None:
        """Answer a request."""
        self.requests.append((handler.command, handler.path, handler.headers.get("Authorization")))
        mood = "error" if self.poison and self.poison in body else self.mood
        if mood == "deaf":
            self.closing.wait(60)
            return
        if mood == "slow":
            time.sleep(self.delay)
        status, answer = 200, b""
        if handler.headers.get("Authorization") != f"Token {TOKEN}":
            status, answer = 401, b"The api key is wrong"
        elif mood == "error":
            status, answer = 500, b"Sorry"
        elif mood == "nonsense":
            answer = b"<html>Please wait</html>"
        elif mood == "large":
            status, answer = 413, b"Too large"
        else:
            status, answer = self.answer(handler, body)
        try:
            handler.send_response(status)
            handler.send_header("Content-Length", str(len(answer)))
            handler.end_headers()
            handler.wfile.write(answer)
        except (BrokenPipeError, ConnectionResetError):
            # Nobody waits for the answer any more.
            return

    def answer(self, handler: Any, body: bytes) -> tuple[int, bytes]:
        """What a healthy one says."""
        parts = urlsplit(handler.path)
        if handler.command == "GET" and parts.path == "/hk/api/mailman/urls":
            query = parse_qs(parts.query)
            return 200, self._url(query["mlist"][0], query.get("msgid", [""])[0])
        if handler.command == "POST" and parts.path == "/hk/api/mailman/archive":
            form = _form(handler.headers["Content-Type"], body)
            mlist, (file_name, data) = form["mlist"][1].decode(), form["message"]
            assert file_name == "message.txt"
            message_id = str(message_from_bytes(data)["Message-ID"] or "").strip().strip("<>")
            with self.lock:
                self.posts.append((mlist, data))
                self.archive.setdefault(mlist, {}).setdefault(message_id, data)
            return 200, self._url(mlist, message_id)
        return 404, b"no such page"

    def _url(self, mlist: str, message_id: str) -> bytes:
        url = f"{self.url}/list/{mlist}/"
        if message_id:
            url += f"message/{message_id_hash(f'<{message_id}>')}/"
        return json.dumps({"url": url}).encode()

    def close(self) -> None:
        """Stop answering; the port is free then."""
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def _form(content_type: str, body: bytes) -> dict[str, tuple[str | None, bytes]]:
    """(file name, content) of the fields of a multipart/form-data (RFC 7578)."""
    parameters = dict(
        item.strip().split("=", 1) for item in content_type.split(";")[1:] if "=" in item
    )
    assert content_type.startswith("multipart/form-data")
    found = {}
    for part in body.split(b"--" + parameters["boundary"].encode())[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        fields = message_from_bytes(head + b"\r\n\r\n")
        name = fields.get_param("name", header="Content-Disposition")
        found[str(name)] = (fields.get_filename(), content.removesuffix(b"\r\n"))
    return found
