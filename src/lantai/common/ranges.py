"""Parts of a file over HTTP (RFC 9110, Range): one range at a time, streamed, never held whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_PIECE = 256 * 1024


def send_ranges(request: HttpRequest, *, stream: BinaryIO, size: int, name: str) -> HttpResponseBase:
    """The *size* bytes of the seekable *stream* as a download called *name*, or the part that Range asks for.

    An unsatisfiable range is answered 416; several ranges at once are answered with the whole. The stream is closed
    when all is sent.
    """
    asked = _asked(request.headers.get("Range", ""), size)
    if asked is None:
        stream.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"})
    first, last = asked
    stream.seek(first)
    response = StreamingHttpResponse(_pieces(stream, last - first + 1), content_type="application/octet-stream")
    response.headers["Content-Length"] = str(last - first + 1)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["Cache-Control"] = "no-store, private"
    if (first, last) != (0, size - 1):
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response


def _asked(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte to send; the whole when no single range is asked; None when it cannot be had."""
    match = _RANGE.fullmatch(header.replace(" ", ""))
    if match is None or match.groups() == ("", ""):
        return 0, size - 1
    first, last = match.groups()
    if not first:
        return (max(0, size - int(last)), size - 1) if int(last) and size else None
    end = min(int(last), size - 1) if last else size - 1
    return (int(first), end) if int(first) <= end else None


def _pieces(stream: BinaryIO, length: int) -> Iterator[bytes]:
    with stream:
        while length > 0 and (piece := stream.read(min(_PIECE, length))):
            length -= len(piece)
            yield piece
