"""Exporting what is selected in a list of records: the way to the export page with the selection as its source."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy

from lantai.administration.queries.people import Reader, Role
from lantai.work.queries import selected_keys
from lantai.work.services import NoSuchList, OnwardAct, listing_called

LISTS = frozenset(("children", "records"))
MOST = 200_000
"""Selected records of one export."""


def _export(request: HttpRequest, reader: Reader, listing: str, keys: Sequence[str], back: str) -> str:
    return f"{reverse('export')}?{urlencode({'selection': listing})}"


def selected_codes(*, reader: Reader, listing: str) -> tuple[str, ...]:
    """The 电子文件号 selected in the list *listing*, at most MOST and one more. Raises NoSuchList when it has none."""
    found = listing_called(listing, reader=reader)
    if listing not in LISTS:
        raise NoSuchList(listing)
    return tuple(selected_keys(reader=reader, listing=found, limit=MOST))


EXPORT = OnwardAct(
    key="export-catalogue",
    words=gettext_lazy("导出目录"),
    icon="table-export",
    lists=LISTS,
    roles=frozenset((Role.ARCHIVIST,)),
    take=_export,
)
