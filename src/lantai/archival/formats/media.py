"""The head of sound and film: WAV, MP3, MP4, AVI, FLV, MPG. Lengths and sizes, by hand; nothing is decoded."""

from __future__ import annotations

import struct

from lantai.archival.formats.content import Content
from lantai.archival.formats.reading import Reading, unreadable
from lantai.archival.formats.signatures import mp3_frame, mp3_frames


def read_wav(content: Content) -> Reading:
    """RIFF WAVE: the format chunk, and the data chunk wholly inside the file."""
    at, attributes, rate = 12, dict[str, str](), 0
    for _ in range(1000):
        header = content.part(at, 8)
        if len(header) < 8:
            break
        kind, size = header[:4], struct.unpack("<I", header[4:])[0]
        if kind == b"fmt " and size >= 16:
            body = content.part(at + 8, 16)
            if len(body) < 16:
                break
            _, channels, samples, rate, _, bits = struct.unpack("<HHIIHH", body)
            attributes = {"channels": str(channels), "sample_rate": str(samples), "bits": str(bits)}
        if kind == b"data":
            if at + 8 + size > content.size:
                return unreadable("cut-short", f"data {size} > {content.size - at - 8}")
            if not rate:
                return unreadable("damaged", "no format chunk")
            return Reading(attributes=attributes | {"seconds": f"{size / rate:.3f}"})
        at += 8 + size + (size & 1)
    return unreadable("damaged", "no data chunk")


def read_mp3(content: Content) -> Reading:
    """MPEG audio layer 3: two frames that follow each other, and from the first the rate and length."""
    head = content.part(0, 10)
    start = 0
    if head.startswith(b"ID3") and len(head) == 10:
        start = 10 + ((head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7 | (head[9] & 127))
    data = content.part(start, 65536)
    at = next((n for n in range(min(len(data), 4096)) if data[n] == 0xFF and mp3_frames(data, n) >= 2), None)
    if at is None:
        return unreadable("damaged", "no frames")
    frame = mp3_frame(data, at)
    assert frame is not None
    _, _, samples, kilobits = frame
    seconds = (content.size - start - at) * 8 / (kilobits * 1000)
    return Reading(attributes={"sample_rate": str(samples), "kilobits": str(kilobits), "seconds": f"{seconds:.3f}"})


def read_mp4(content: Content) -> Reading:
    """ISO base media: every top box inside the file, a movie header, and media data."""
    at, boxes, attributes = 0, set[bytes](), dict[str, str]()
    for _ in range(100_000):
        if at == content.size:
            break
        header = content.part(at, 16)
        if len(header) < 8:
            return unreadable("cut-short", f"box at {at}")
        size, kind = struct.unpack(">I4s", header[:8])
        if size == 1 and len(header) == 16:
            size = struct.unpack(">Q", header[8:])[0]
        elif size == 0:
            size = content.size - at
        if size < 8 or at + size > content.size:
            return unreadable("cut-short", f"box {kind.decode('latin-1')} at {at}")
        boxes.add(kind)
        if kind == b"moov":
            attributes = _movie_header(content.part(at + 8, min(size - 8, 65536)))
        at += size
    if b"moov" not in boxes:
        return unreadable("part-missing", "moov")
    return Reading(attributes=attributes)


def _movie_header(moov: bytes) -> dict[str, str]:
    at = moov.find(b"mvhd")
    if at < 0 or len(moov) < at + 36:
        return {}
    if moov[at + 4] == 1:
        scale, duration = struct.unpack_from(">IQ", moov, at + 24)
    else:
        scale, duration = struct.unpack_from(">II", moov, at + 16)
    return {"seconds": f"{duration / scale:.3f}"} if scale else {}


def read_avi(content: Content) -> Reading:
    """RIFF AVI: the main header, and the length it declares."""
    head = content.part(0, 88)
    if len(head) < 72 or head[24:28] != b"avih":
        return unreadable("damaged", "no main header")
    declared = struct.unpack_from("<I", head, 4)[0] + 8
    if declared > content.size + 1:
        return unreadable("cut-short", f"{declared} > {content.size}")
    micro, frames = struct.unpack_from("<I", head, 32)[0], struct.unpack_from("<I", head, 48)[0]
    width, height = struct.unpack_from("<II", head, 64)
    return Reading(attributes={"width": str(width), "height": str(height), "seconds": f"{micro * frames / 1e6:.3f}"})


def read_flv(content: Content) -> Reading:
    """Flash Video: the header and the first tag."""
    head = content.part(0, 24)
    if len(head) < 24 or struct.unpack_from(">I", head, 5)[0] != 9 or head[13] not in (8, 9, 18):
        return unreadable("damaged", "no first tag")
    kinds = [name for bit, name in ((4, "audio"), (1, "video")) if head[4] & bit]
    return Reading(attributes={"streams": " ".join(kinds)})


def read_mpg(content: Content) -> Reading:
    """MPEG program stream: a sequence header with its picture size."""
    at = content.head.find(b"\x00\x00\x01\xb3")
    if at < 0 or len(content.head) < at + 8:
        return unreadable("damaged", "no sequence header")
    size = content.head[at + 4 : at + 7]
    width, height = size[0] << 4 | size[1] >> 4, (size[1] & 15) << 8 | size[2]
    return Reading(attributes={"width": str(width), "height": str(height)})
