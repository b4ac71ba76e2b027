"""Which values the catalogue holds already: what an examination asks for a whole batch at once."""

from __future__ import annotations

from collections.abc import Collection

from lantai.catalog.models import Record


def held_values(*, column: str, values: Collection[str], fonds: str | None = None) -> set[str]:
    """Those of *values* that stand in *column* (source_code, document_number, archive_code, title), in a fonds if
    given.
    """
    wanted = [each for each in values if each]
    if not wanted:
        return set()
    found = Record.objects.filter(**{f"{column}__in": wanted})
    if fonds:
        found = found.filter(fonds_code=fonds)
    return set(found.values_list(column, flat=True))
