"""Lines of DBF tables (dBASE III to FoxPro), whose field names, widths and code page stand in their head.

Memo fields (备注) lie in a file of their own, DBT or FPT; it stands beside the table under the table's name and MEMO.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from lantai.archival.tables.cleaning import clean_text
from lantai.archival.tables.model import Line, TableForm, TableRefused

_HEAD = struct.Struct("<B3sLHH")
_VERSIONS = frozenset((0x02, 0x03, 0x04, 0x05, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0x8C, 0xCB, 0xF5, 0xFB))
_PAGES = {0x4D: "gb18030", 0x7A: "gb18030", 0x78: "big5", 0x4F: "big5", 0x03: "cp1252", 0x57: "cp1252", 0x01: "cp437"}
_MOST_FIELDS = 255
MEMO = ".memo"
"""What follows the name of a table in the name of its memo file."""
_LONGEST_MEMO = 1 << 20
_DBASE4 = b"\xff\xff\x08\x00"


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    kind: str
    offset: int
    width: int


def looks_like_dbf(path: Path) -> bool:
    """Whether the head of the file at *path* is that of a DBF table."""
    with path.open("rb") as stream:
        data = stream.read(32)
    if len(data) < 32 or data[0] not in _VERSIONS:
        return False
    _version, day, _count, head, width = _HEAD.unpack_from(data)
    return bool(
        33 <= head <= 32 * (_MOST_FIELDS + 10) and 1 < width <= 65_535 and 1 <= day[1] <= 12 and 1 <= day[2] <= 31
    )


def dbf_form(path: Path) -> TableForm:
    """The fields of the table, in its code page (one not told is read as GB 18030). Raises TableRefused."""
    with path.open("rb") as stream:
        data = stream.read(32)
        encoding = _PAGES.get(data[29], "gb18030")
        fields, _head, _width, _count = _read_head(path, encoding)
    return TableForm("dbf", encoding=encoding, columns=tuple(each.name for each in fields))


def _read_head(path: Path, encoding: str) -> tuple[list[_Field], int, int, int]:
    with path.open("rb") as stream:
        data = stream.read(32)
        if len(data) < 32:
            raise TableRefused("broken")
        _version, _day, count, head, width = _HEAD.unpack_from(data)
        data += stream.read(head - 32)
    fields: list[_Field] = []
    position, offset = 32, 1
    while position + 32 <= len(data) and data[position] not in (0x0D, 0x00):
        name = data[position : position + 11].partition(b"\0")[0].decode(encoding, "replace").strip()
        kind, size = chr(data[position + 11]), data[position + 16]
        if kind == "C":
            size += data[position + 17] << 8
        fields.append(_Field(name or f"F{len(fields) + 1}", kind, offset, size))
        offset += size
        position += 32
    if not fields or len(fields) > _MOST_FIELDS or offset > width:
        raise TableRefused("broken")
    return fields, head, width, count


def dbf_lines(path: Path, form: TableForm, after: int) -> Iterator[Line]:
    """The records behind record *after*, those marked as deleted left out. Raises TableRefused."""
    fields, head, width, count = _read_head(path, form.encoding)
    beside = path.with_name(path.name + MEMO)
    with path.open("rb") as stream, ExitStack() as held:
        memo = _Memo(held.enter_context(beside.open("rb")), path) if beside.is_file() else None
        stream.seek(head + after * width)
        for number in range(after + 1, count + 1):
            data = stream.read(width)
            if data[:1] == b"\x1a" or not data:
                return
            if len(data) < width:
                raise TableRefused("broken", f"record {number} of {count}")
            if data[:1] != b"*":
                troubles: list[str] = []
                cells = tuple(_value(each, data, form.encoding, memo, troubles) for each in fields)
                yield Line(number, cells, tuple(dict.fromkeys(troubles)))


class _Memo:
    """The memo file of a table: dBASE III (blocks to a mark), dBASE IV and FoxPro (with lengths)."""

    def __init__(self, stream: BinaryIO, table: Path) -> None:
        self._stream = stream
        stream.seek(0)
        head = stream.read(512)
        with table.open("rb") as dbf:
            version = dbf.read(1)[0]
        self._fox = version in (0x30, 0x31, 0x32, 0xF5, 0xFB)
        if self._fox:
            size = int.from_bytes(head[6:8], "big")
        else:
            size = int.from_bytes(head[20:22], "little") if version in (0x8B, 0x8C, 0xCB) else 0
        self._block = size or 512

    def text(self, block: int) -> bytes | None:
        """The bytes of the memo that begins with *block*; None when there is none, or it is broken."""
        self._stream.seek(block * self._block)
        head = self._stream.read(8)
        if self._fox:
            kind, size = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big")
            whole = self._stream.read(size) if kind == 1 and size <= _LONGEST_MEMO else b""
            return whole if len(head) == 8 and len(whole) == size else None
        if head[:4] == _DBASE4:
            size = int.from_bytes(head[4:8], "little") - 8
            return self._stream.read(size) if 0 <= size <= _LONGEST_MEMO else None
        found = bytearray(head)
        while b"\x1a" not in found and len(found) < _LONGEST_MEMO:
            piece = self._stream.read(512)
            if not piece:
                break
            found += piece
        return bytes(found.partition(b"\x1a")[0]) if head else None


def _memo_text(raw: bytes, encoding: str, memo: _Memo | None, troubles: list[str]) -> str:
    """What a memo field refers to: a block number, of four bytes or written in digits."""
    if len(raw) == 4:
        block = int.from_bytes(raw, "little")
    else:
        digits = raw.decode("ascii", "replace").strip()
        block = int(digits) if digits.isdecimal() else 0
    if not block:
        return ""
    found = memo.text(block) if memo is not None else None
    if found is None:
        troubles.append("memo")
        return ""
    text = found.decode(encoding, "replace").replace("\0", " ").replace("\r\n", " ").replace("\x8d\n", "")
    if "\ufffd" in text:
        troubles.append("encoding")
    return clean_text(text.strip(), troubles)


def _value(field: _Field, data: bytes, encoding: str, memo: _Memo | None, troubles: list[str]) -> str:
    raw = data[field.offset : field.offset + field.width]
    if field.kind == "I" and field.width == 4:
        return str(struct.unpack("<i", raw)[0])
    if field.kind == "T" and field.width == 8:
        day, milliseconds = struct.unpack("<ii", raw)
        return _moment(day, milliseconds) if day > 0 else ""
    if field.kind in "BO" and field.width == 8:
        return format(struct.unpack("<d", raw)[0], ".15g")
    if field.kind == "M":
        return _memo_text(raw, encoding, memo, troubles)
    if field.kind in "GP":
        return ""
    text = raw.decode(encoding, "replace").replace("\0", " ")
    if "\ufffd" in text:
        troubles.append("encoding")
    text = clean_text(text, troubles)
    if field.kind == "D":
        return text if text.isdigit() else ""
    if field.kind == "L":
        return {"T": "是", "Y": "是", "F": "否", "N": "否"}.get(text.upper(), "")
    if field.kind in "NF" and "." in text:
        return text.rstrip("0").rstrip(".")
    return text


def _moment(day: int, milliseconds: int) -> str:
    """Julian day and milliseconds as a date, with the time where there is one."""
    try:
        at = datetime.fromordinal(day - 1_721_425) + timedelta(milliseconds=milliseconds)
    except (ValueError, OverflowError):
        return ""
    return at.date().isoformat() if not milliseconds else at.isoformat(" ", "seconds")
