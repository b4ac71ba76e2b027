"""Calls to a witness: one connection each, kept open, limited in time and size; no address but the configured."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from urllib.parse import urlsplit

SECONDS = 5.0
MOST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came back: a *status* with its body, or an *error* in words. *held* is the note the witness holds of us,
    asked for after 409 and 422.
    """

    status: int = 0
    content_type: str = ""
    body: bytes = b""
    held: str = ""
    error: str = ""


def post_once(*, address: str, body: bytes, content_type: str) -> tuple[int, str, bytes]:
    """POST *body* to *address*: status, content type and body of the answer. Raises OSError, http.client.HTTPException,
    ValueError for an answer that is too long.
    """
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=SECONDS * 4)
    try:
        headers = {"Content-Type": content_type, "User-Agent": "lantai"}
        connection.request("POST", parts.path or "/", body=body, headers=headers)
        answer = connection.getresponse()
        read = answer.read(MOST_BYTES + 1)
        if len(read) > MOST_BYTES:
            raise ValueError(f"the answer is longer than {MOST_BYTES} bytes")
        return answer.status, answer.headers.get("Content-Type", ""), read
    finally:
        connection.close()


class WitnessLine:
    """The connection to one witness. Used by one thread at a time; redirects are not followed."""

    def __init__(self, address: str) -> None:
        self.address = address
        parts = urlsplit(address)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.netloc, timeout=SECONDS)
        self._prefix = parts.path.rstrip("/")

    def add_checkpoint(self, body: bytes, *, origin_hash: str) -> Exchange:
        """Post *body* to add-checkpoint; where the witness objects, also ask what it holds of our log."""
        try:
            status, content_type, answer = self._ask("POST", "/add-checkpoint", body)
            held = b""
            if status in (409, 422):
                found, _, note = self._ask("GET", f"/{origin_hash}/checkpoint", None)
                held = note if found == 200 else b""
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            return Exchange(error=f"{type(error).__name__}: {error}"[:300])
        return Exchange(status, content_type, answer, held.decode("utf-8", "replace"))

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, str, bytes]:
        """One request. A connection that the other side has closed meanwhile is opened again, once."""
        fresh = self._connection.sock is None
        try:
            return self._once(method, path, body)
        except (http.client.RemoteDisconnected, ConnectionError, BrokenPipeError):
            self.close()
            if fresh:
                raise
            return self._once(method, path, body)

    def _once(self, method: str, path: str, body: bytes | None) -> tuple[int, str, bytes]:
        headers = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "lantai"}
        self._connection.request(method, self._prefix + path, body=body, headers=headers)
        answer = self._connection.getresponse()
        read = answer.read(MOST_BYTES + 1)
        if len(read) > MOST_BYTES:
            raise ValueError(f"the answer is longer than {MOST_BYTES} bytes")
        return answer.status, answer.headers.get("Content-Type", ""), read
