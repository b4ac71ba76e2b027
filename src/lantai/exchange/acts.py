"""Exporting as packages what is selected in a list of records."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy

from lantai.administration.queries.people import Reader, Role
from lantai.exchange.services import MOST
from lantai.work.queries import selected_keys
from lantai.work.services import NoSuchList, OnwardAct, listing_called

LISTS = frozenset(("children", "records"))


def _export(request: HttpRequest, reader: Reader, listing: str, keys: Sequence[str], back: str) -> str:
    return f"{reverse('export-packages')}?{urlencode({'selection': listing})}"


def selected_codes(*, reader: Reader, listing: str) -> tuple[str, ...]:
    """The 电子文件号 selected in the list *listing*, at most MOST and one more. Raises NoSuchList when it has none."""
    found = listing_called(listing, reader=reader)
    if listing not in LISTS:
        raise NoSuchList(listing)
    return tuple(selected_keys(reader=reader, listing=found, limit=MOST))


PACKAGES = OnwardAct(
    key="export-packages",
    words=gettext_lazy("导出封装包"),
    icon="package-export",
    lists=LISTS,
    roles=frozenset((Role.ARCHIVIST, Role.DEPARTMENT)),
    take=_export,
)
