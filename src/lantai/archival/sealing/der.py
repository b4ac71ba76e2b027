"""DER taken apart without a schema, for structures whose writers add tagged parts as they please (seals, GM/T 0010)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from asn1crypto import core

INTEGER, BIT_STRING, OCTET_STRING, IDENTIFIER, UTC_TIME, GENERALIZED_TIME = 0x02, 0x03, 0x04, 0x06, 0x17, 0x18
SEQUENCE = 0x30


@dataclass(frozen=True)
class Node:
    """One element: its tag byte, its contents, and the whole of it as it stands in the file."""

    tag: int
    contents: bytes
    whole: bytes

    @cached_property
    def parts(self) -> list[Node]:
        """The elements inside a constructed one.

        Raises:
            ValueError: they do not fit.
        """
        return list(_nodes(self.contents))

    @property
    def identifier(self) -> str:
        """The dotted form of an OBJECT IDENTIFIER; empty for anything else."""
        return str(core.ObjectIdentifier.load(self.whole).dotted) if self.tag == IDENTIFIER else ""

    @property
    def number(self) -> int:
        """The value of an INTEGER."""
        return int.from_bytes(self.contents, "big", signed=True)

    @property
    def octets(self) -> bytes:
        """The bytes of an OCTET STRING, or of a BIT STRING without its count of unused bits."""
        return self.contents[1:] if self.tag == BIT_STRING else self.contents

    @property
    def time(self) -> str:
        """A GeneralizedTime or UTCTime as ISO 8601; the digits as they stand where it is neither; else empty."""
        kind = {UTC_TIME: core.UTCTime, GENERALIZED_TIME: core.GeneralizedTime}.get(self.tag)
        if kind is not None:
            return str(kind.load(self.whole).native.isoformat())
        text = self.octets.decode("ascii", "ignore").strip()
        return text if text[:12].isdigit() else ""


def parse_der(data: bytes) -> Node:
    """The first element of the bytes; what follows it is left aside.

    Raises:
        ValueError: the length does not fit the bytes, or there are none.
    """
    for node in _nodes(data):
        return node
    raise ValueError("no element")


def _nodes(data: bytes) -> Iterator[Node]:
    at = 0
    while at < len(data):
        tag = data[at]
        if tag & 31 == 31 or at + 2 > len(data):
            raise ValueError(f"unexpected tag at {at}")
        length, start = data[at + 1], at + 2
        if length & 128:
            count = length & 127
            if not 1 <= count <= 4 or start + count > len(data):
                raise ValueError(f"unexpected length at {at}")
            length, start = int.from_bytes(data[start : start + count], "big"), start + count
        if start + length > len(data):
            raise ValueError(f"cut short at {at}")
        yield Node(tag, data[start : start + length], data[at : start + length])
        at = start + length
