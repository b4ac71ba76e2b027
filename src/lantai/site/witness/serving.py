"""The witness's addresses (C2SP tlog-witness): add-checkpoint, the monitoring checkpoint, and a page for people."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from lantai.archival import tlog
from lantai.site.witness.page import written_page
from lantai.site.witness.state import WitnessState

TEXT = "text/plain; charset=utf-8"
SILENCE_SECONDS = 15.0
"""So long may a client say nothing on an open connection."""
_MONITORING = re.compile(r"/([0-9a-f]{64})/checkpoint", re.ASCII)
_EVIDENCE = re.compile(r"/evidence/([0-9]{1,9})/(held|shown)", re.ASCII)


class WitnessServer(ThreadingHTTPServer):
    """Answers for one witness. ``serve_forever`` until ``shutdown``."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self, address: tuple[str, int], state: WitnessState, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.state, self.clock = state, clock
        super().__init__(address, _Answering)


class _Answering(BaseHTTPRequestHandler):
    """One connection, kept open between requests."""

    server: WitnessServer
    protocol_version = "HTTP/1.1"
    server_version = "lantai-witness"
    sys_version = ""
    timeout: ClassVar[float] = SILENCE_SECONDS
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != "/add-checkpoint":
            self._refuse_unread(404, "not found\n")
        elif not length.isascii() or not length.isdecimal():
            self._refuse_unread(411, "say how long the request is\n")
        elif int(length) > tlog.MAX_REQUEST_BYTES:
            self._refuse_unread(413, f"a request has at most {tlog.MAX_REQUEST_BYTES} bytes\n")
        else:
            self._add_checkpoint(self.rfile.read(int(length)))

    def _add_checkpoint(self, body: bytes) -> None:
        try:
            lines = self.server.state.cosign(body, time=int(self.server.clock()))
        except tlog.CheckpointRefused as refused:
            self._answer(refused.status, refused.answer, refused.content_type)
        except sqlite3.Error as error:
            self.log_error("not kept, therefore not signed: %s", error)
            self._answer(503, "the witness cannot write its state\n")
        else:
            self._answer(200, "".join(each.line() for each in lines))

    def do_GET(self) -> None:
        state, path = self.server.state, self.path.partition("?")[0]
        if path == "/":
            self._answer(200, written_page(state), "text/html; charset=utf-8")
        elif path == "/vkey":
            self._answer(200, "".join(f"{each.verifier().vkey()}\n" for each in state.signers))
        elif (asked := _MONITORING.fullmatch(path)) and (note := state.note_of(asked[1])):
            self._answer(200, note)
        elif asked := _EVIDENCE.fullmatch(path):
            found = next((each for each in state.evidence() if each.id == int(asked[1])), None)
            note = getattr(found, asked[2], "")
            self._answer(200, note) if note else self._answer(404, "not found\n")
        else:
            self._answer(404, "not found\n")

    def do_HEAD(self) -> None:
        self.do_GET()

    def _answer(self, status: int, text: str, content_type: str = TEXT) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", content_type),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
        ):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _refuse_unread(self, status: int, text: str) -> None:
        """Refuse without reading the body; the connection ends, as what follows on it is that body."""
        self.close_connection = True
        self._answer(status, text)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Requests are not logged: each cosignature tells of itself."""
