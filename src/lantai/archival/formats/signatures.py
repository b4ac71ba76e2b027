"""Our own signatures of the common formats: the first bytes, where needed the last, and what lies inside a container.

They are written after PRONOM's and name its identifiers; where they are not sure they answer None, and PRONOM is asked.
A file whose start is sure but whose end is missing is still named, because "a damaged PDF" says more than "unknown".
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import BinaryIO

from lantai.archival.formats.containers import identify_ole2, identify_zip
from lantai.archival.formats.content import Content
from lantai.archival.formats.model import Format
from lantai.archival.formats.ole2 import SIGNATURE as OLE2
from lantai.archival.formats.registry import named
from lantai.archival.formats.textual import identify_text

_PDF = re.compile(rb"\A(?:\xef\xbb\xbf)?.{0,1}%PDF-(1\.[0-7]|2\.0)", re.DOTALL)
_PDFA_PART = re.compile(rb"pdfaid:part(?:=[\"']|>)([1-4])")
_PDFA_LEVEL = re.compile(rb"pdfaid:conformance(?:=[\"']|>)([ABUEF])")
_EXIF_VERSIONS = {
    b"0200": "Exif 2.0",
    b"0210": "Exif 2.1",
    b"0220": "Exif 2.2",
    b"0221": "Exif 2.21",
}
_EXIF_TAG = re.compile(rb"(?:\x90\x00\x00\x07\x00\x00\x00\x04|\x00\x90\x07\x00\x04\x00\x00\x00)(02[0-9]{2})")
_BMP_VERSIONS = {12: "2.0", 108: "4.0", 124: "5.0"}
_MP4_BRAND = re.compile(rb"mp42|mp41|isom|iso2")


def identify_quickly(head: bytes, name: str = "", open_rest: Callable[[], BinaryIO] | None = None) -> Format | None:
    """Name the format of a file by our own signatures.

    Args:
        head: the start of the file, or all of it when ``open_rest`` is not given.
        name: the file's name; only asked where content cannot tell (kinds of plain text).
        open_rest: opens the whole file, seekable; the caller closes what it returns.

    Returns:
        The format, or None where no signature of ours is sure.
    """
    return identify(Content(open_rest()) if open_rest else Content(head), name)


def identify(content: Content, name: str) -> Format | None:
    """The same, over content already wrapped."""
    head = content.head
    for start, decide in _BY_START:
        if head.startswith(start):
            return decide(content)
    if head[4:8] == b"ftyp":
        return _mp4(content)
    if head[257:262] == b"ustar":
        return named("tar")
    if head[:2] == b"\xff\xfb" or head[:2] in (b"\xff\xfa", b"\xff\xf3", b"\xff\xf2"):
        return named("mp3") if mp3_frames(head, 0) >= 3 else None
    if b"%PDF-" in head[:8]:
        return _pdf(content)
    return identify_text(content, PurePosixPath(name).suffix.lower())


def _pdf(content: Content) -> Format | None:
    start = _PDF.match(content.head)
    if start is None:
        return None
    data = content.searchable()
    if data.find(b"GTS_PDFX") >= 0 or data.find(b"pdfxid") >= 0 or data.find(b"AIPrivateData") >= 0:
        return None
    level = pdfa_claim(data)
    return named("pdf", "A-" + level) if level else named("pdf", start[1].decode())


def pdfa_claim(data: bytes) -> str:
    """The PDF/A part and level the metadata claims (``1b``, ``2u`` ...), or an empty text."""
    at = data.find(b"http://www.aiim.org/pdfa/ns/id")
    if at < 0:
        return ""
    part, level = _PDFA_PART.search(data), _PDFA_LEVEL.search(data)
    if part is None or (level is None and part[1] != b"4"):
        return ""
    claim = part[1].decode() + (level[1].decode().lower() if level else "")
    known = {"1a", "1b", "2a", "2b", "2u", "3a", "3b", "3u", "4", "4e", "4f"}
    return claim if claim in known else ""


def _jpeg(content: Content) -> Format | None:
    head = content.head
    if head[3:4] == b"\xe0" and head[6:11] == b"JFIF\0" and len(head) > 12:
        version = f"{head[11]}.{head[12]:02d}"
        return named("jpeg", version) if version in ("1.00", "1.01", "1.02") else named("jpeg", "raw")
    if head[3:4] == b"\xe1" and head[6:12] == b"Exif\0\0":
        found = _EXIF_TAG.search(head)
        if found is not None:
            if found[1].startswith(b"023"):
                return named("jpeg", "Exif 2.3")
            if found[1] in _EXIF_VERSIONS:
                return named("jpeg", _EXIF_VERSIONS[found[1]])
    return named("jpeg", "raw")


def _png(content: Content) -> Format | None:
    data = content.searchable()
    if data.find(b"acTL", 8, 4096) >= 0:
        return None
    if data.find(b"iTXt") >= 0:
        return named("png", "1.2")
    if data.find(b"iCCP") >= 0 or data.find(b"sRGB") >= 0 or data.find(b"sPLT") >= 0:
        return named("png", "1.1")
    return named("png", "1.0")


def _bmp(content: Content) -> Format | None:
    head = content.head
    if len(head) < 34 or (head[6:10] != b"\0\0\0\0" and head[14:18] != b"(\0\0\0"):
        return None
    size, compression = struct.unpack_from("<I", head, 14)[0], struct.unpack_from("<I", head, 30)[0]
    if size == 40:
        return named("bmp", "3.0 NT" if compression == 3 else "3.0")
    return named("bmp", _BMP_VERSIONS[size]) if size in _BMP_VERSIONS else None


def _riff(content: Content) -> Format | None:
    head = content.head
    kind = head[8:12]
    if kind == b"AVI ":
        return named("avi")
    if kind == b"WEBP":
        chunk = head[12:16]
        return named("webp", {b"VP8 ": "", b"VP8L": "lossless"}[chunk]) if chunk in (b"VP8 ", b"VP8L") else None
    if kind == b"WAVE" and head[12:16] == b"fmt " and b"bext" not in head:
        size, tag = struct.unpack_from("<IH", head, 16) if len(head) >= 22 else (0, 0)
        if size == 16 and tag == 1:
            return named("wav", "PCM")
        return named("wav", "extended") if size == 18 else None
    return None


def _mp4(content: Content) -> Format | None:
    head = content.head
    return named("mp4") if _MP4_BRAND.search(head[8:76]) and b"moov" in content.searchable() else None


def _mpeg(content: Content) -> Format | None:
    head = content.head
    second = b"\x00\x00\x01\xb5" in head[: 8 + 65536] and b"\x00\x00\x01\xb3" in head
    return named("mpg", "2" if second else "1")


def _id3(content: Content) -> Format | None:
    head = content.head
    if len(head) < 10:
        return None
    size = (head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7 | (head[9] & 127)
    return named("mp3") if mp3_frames(content.part(10 + size, 16384), 0) >= 2 else None


_BIT_RATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BIT_RATES_LOW = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_SAMPLE_RATES = (44100, 48000, 32000)


def mp3_frame(data: bytes, at: int) -> tuple[int, int, int, int] | None:
    """The MPEG audio layer 3 frame at *at*: (bytes long, samples, samples a second, kbit a second), or None."""
    if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] & 0xE6 != 0xE2:
        return None
    version, rate, sampling = data[at + 1] >> 3 & 3, data[at + 2] >> 4, data[at + 2] >> 2 & 3
    if version == 1 or rate in (0, 15) or sampling == 3:
        return None
    first = version == 3
    samples_a_second = _SAMPLE_RATES[sampling] // (1 if first else 2 if version == 2 else 4)
    kilobits = (_BIT_RATES if first else _BIT_RATES_LOW)[rate]
    padding = data[at + 2] >> 1 & 1
    length = (144 if first else 72) * kilobits * 1000 // samples_a_second + padding
    return length, 1152 if first else 576, samples_a_second, kilobits


def mp3_frames(data: bytes, at: int) -> int:
    """How many whole frames follow each other from *at*, at most 8 are counted."""
    count = 0
    while count < 8 and (frame := mp3_frame(data, at)):
        count, at = count + 1, at + frame[0]
    return count


def _executable(content: Content) -> Format | None:
    head = content.head
    if len(head) < 64:
        return None
    at = struct.unpack_from("<I", head, 60)[0]
    if head[at : at + 4] == b"PE\0\0" and len(head) >= at + 26:
        magic = struct.unpack_from("<H", head, at + 24)[0]
        return named("exe", {0x10B: "PE32", 0x20B: "PE64"}.get(magic, "PE"))
    return named("exe", "NE") if head[at : at + 2] == b"NE" else named("exe")


def _elf(content: Content) -> Format | None:
    head = content.head
    if len(head) < 7 or head[4] not in (1, 2) or head[5] not in (1, 2):
        return None
    return named("elf", f"{32 * head[4]} {'LE' if head[5] == 1 else 'BE'}")


def _rar(content: Content) -> Format | None:
    head = content.head
    if head[6:8] == b"\x01\x00":
        return named("rar", "5.0")
    return named("rar", {20: "2.0", 29: "2.9"}[head[44]]) if len(head) > 44 and head[44] in (20, 29) else None


def _sure(key: str, version: str = "") -> Callable[[Content], Format | None]:
    found = named(key, version)
    return lambda content: found


_BY_START: tuple[tuple[bytes, Callable[[Content], Format | None]], ...] = (
    (b"%PDF-", _pdf),
    (b"PK\x03\x04", identify_zip),
    (b"PK\x05\x06", _sure("zip")),
    (b"\xff\xd8\xff", _jpeg),
    (b"\x89PNG\r\n\x1a\n", _png),
    (OLE2, identify_ole2),
    (b"II*\0", _sure("tiff")),
    (b"MM\0*", _sure("tiff")),
    (b"II+\0", _sure("tiff", "Big")),
    (b"MM\0+", _sure("tiff", "Big")),
    (b"GIF87a", _sure("gif", "87a")),
    (b"GIF89a", _sure("gif", "89a")),
    (b"BM", _bmp),
    (b"RIFF", _riff),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", lambda content: named("jp2") if content.head[20:23] == b"jp2" else None),
    (b"ID3", _id3),
    (b"\x00\x00\x01\xba", _mpeg),
    (b"FLV\x01", _sure("flv", "1")),
    (b"7z\xbc\xaf'\x1c", _sure("7z")),
    (b"Rar!\x1a\x07", _rar),
    (b"\x1f\x8b\x08", _sure("gz")),
    (b"BZh", _sure("bz2")),
    (b"\xfd7zXZ\0", _sure("xz")),
    (b"MZ", _executable),
    (b"\x7fELF", _elf),
)
