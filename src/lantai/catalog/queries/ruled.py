"""Records as rules about packages judge them: what their packages said, and the files they came with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from lantai.administration.queries.people import Reader
from lantai.catalog.components import StoredComponent, unpack_components
from lantai.catalog.models import Record, RecordState, Representation
from lantai.catalog.queries.access import Act, visible

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class RuledRecord:
    """One record that came as a package: its profile, the item its case belongs to, and what the package said, by tag.

    Numbers that are kept sealed are not among it.
    """

    record_code: str
    title: str
    profile: str
    item_code: str
    fonds_code: str
    said: Mapping[str, Any]
    packed: bytes = b""

    def files(self) -> tuple[StoredComponent, ...]:
        """The files of the package; only of records asked for with their files."""
        return unpack_components(self.packed)


def count_ruled_records(*, reader: Reader, item: str = "", fonds: str = "") -> int:
    """How many records ``ruled_records`` has for *reader*."""
    return _ruled(reader, item, fonds).count()


def ruled_records(
    *, reader: Reader, item: str = "", fonds: str = "", with_files: bool = False
) -> Iterator[RuledRecord]:
    """The records in the archive that came as packages and that *reader* may see described, the newest first; of one
    item or fonds where it is named. One query, read in pieces.
    """
    columns = ["record_code", "title", "profile", "item_code", "fonds_code", "description"]
    found = _ruled(reader, item, fonds).order_by("-pk")
    if with_files:
        found = found.filter(representations__kind=Representation.Kind.RECEIVED)
        columns.append("representations__components")
    for code, title, profile, of_item, of_fonds, said, *packed in found.values_list(*columns).iterator(
        chunk_size=_AT_ONCE
    ):
        yield RuledRecord(code, title, profile, of_item, of_fonds, said, bytes(packed[0]) if packed else b"")


def _ruled(reader: Reader, item: str, fonds: str) -> QuerySet[Record]:
    found = Record.objects.filter(visible(reader, Act.DESCRIBE), state=RecordState.HELD).exclude(profile="")
    if item:
        found = found.filter(item_code=item)
    return found.filter(fonds_code=fonds) if fonds else found
