"""What can be done with records selected in a list: have normalised copies made of their files."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lantai.administration.queries.people import Reader, Role
from lantai.administration.services.people_access import actor_of
from lantai.catalog.queries import codes_of_records
from lantai.catalog.queries.arranging import ids_of
from lantai.preservation.services import MOST_BY_HAND, ask_copies
from lantai.work.services import OnwardAct


def _take(request: HttpRequest, reader: Reader, listing: str, keys: Sequence[str], back: str) -> str:
    """Ask for copies of the records the reader may know of, and go back to the list."""
    ids = ids_of(record_codes=keys, reader=reader)
    codes = list(codes_of_records(record_ids=ids, reader=reader).values())
    if ask_copies(record_codes=codes, by=actor_of(request), now=timezone.now()):
        told = ngettext("已排队为 %(n)s 件档案制作规范化副本。", "已排队为 %(n)s 件档案制作规范化副本。", len(codes))
        messages.success(request, told % {"n": len(codes)})
    else:
        messages.warning(request, _("没有选择档案。"))
    return back


COPIES = OnwardAct(
    key="copies",
    words=gettext_lazy("制作规范化副本"),
    icon="copy",
    lists=frozenset(("children", "records")),
    roles=frozenset((Role.ARCHIVIST,)),
    most=MOST_BY_HAND,
    take=_take,
)
