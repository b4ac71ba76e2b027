"""The read door of exchange: everybody reads his own exports only."""

from __future__ import annotations

from lantai.administration.queries.people import Reader
from lantai.exchange.models import Export


class NoSuchExport(LookupError):
    """There is no such export, or it is somebody else's."""


def exports_of(*, reader: Reader, offset: int, limit: int) -> tuple[list[Export], int]:
    """The exports *reader* asked for, the newest first, and how many there are."""
    rows = Export.objects.filter(person_id=reader.person_id or 0).defer("codes", "left_out")
    return list(rows.order_by("-asked_at", "-pk")[offset : offset + limit]), rows.count()


def export_of(*, export_id: int, reader: Reader) -> Export:
    """One export. Raises NoSuchExport."""
    found = Export.objects.filter(pk=export_id, person_id=reader.person_id or 0).first()
    if found is None:
        raise NoSuchExport(export_id)
    return found
