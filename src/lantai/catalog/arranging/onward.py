"""What can be done with records selected in a list on a page of its own: arranging them, printing them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantai.administration.queries.people import Reader, Role
from lantai.administration.services.people_access import actor_of
from lantai.catalog.queries.arranging import draft_of, ids_of
from lantai.catalog.services.arranging import MOST, choose_records, drop_choice
from lantai.work.services import OnwardAct

LISTS = frozenset(("children", "records"))
FROM, SELECTED_IN = "arranging-from", "arranging-list"
"""Where in the session stand the page one came from, and the list whose selection is arranged."""


def _arrange(kind: str) -> Callable[[HttpRequest, Reader, str, Sequence[str], str], str]:
    def take(request: HttpRequest, reader: Reader, listing: str, keys: Sequence[str], back: str) -> str:
        by = actor_of(request)
        ids = ids_of(record_codes=keys, reader=reader)
        if not ids:
            messages.warning(request, _("没有选择档案。"))
            return back
        drop_choice(by=by)
        choose_records(record_ids=ids, by=by, now=timezone.now())
        request.session[FROM], request.session[SELECTED_IN] = back, listing
        draft = draft_of(person=by.reference)
        return f"{reverse('arrangement-plan', args=[draft.id])}?kind={kind}" if draft is not None else back

    return take


def _print(request: HttpRequest, reader: Reader, listing: str, keys: Sequence[str], back: str) -> str:
    return f"{reverse('arrangement-printing')}?{urlencode({'selection': listing})}"


MOVE = OnwardAct(
    key="arrange-move",
    words=gettext_lazy("移动…"),
    icon="arrows-move-horizontal",
    lists=LISTS,
    roles=frozenset((Role.ARCHIVIST,)),
    most=MOST,
    take=_arrange("move"),
)
VOLUME = OnwardAct(
    key="arrange-volume",
    words=gettext_lazy("组成案卷…"),
    icon="folder-plus",
    lists=LISTS,
    roles=frozenset((Role.ARCHIVIST,)),
    most=MOST,
    take=_arrange("volume"),
)
NUMBER = OnwardAct(
    key="arrange-number",
    words=gettext_lazy("编号…"),
    icon="list-numbers",
    lists=LISTS,
    roles=frozenset((Role.ARCHIVIST,)),
    most=MOST,
    take=_arrange("number"),
)
PRINT = OnwardAct(
    key="print-forms",
    words=gettext_lazy("打印目录与盒签"),
    icon="printer",
    lists=LISTS,
    roles=frozenset((Role.ARCHIVIST,)),
    take=_print,
)
