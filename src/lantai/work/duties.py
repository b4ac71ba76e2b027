"""The queue of due work as a list in which rows are selected, and what can be done with duties of every kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from django.http import QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from lantai.administration.queries.people import Reader, Role
from lantai.work import queries
from lantai.work.bulk import Acting, ActRefused, BulkAct, Doing, Foreseen, LeftOut
from lantai.work.forms import ConfirmForm, DutiesForm, PutOffForm
from lantai.work.lists import Listing, Neighbours
from lantai.work.queries import DutyFilter, DutyView
from lantai.work.sentences import Sentence
from lantai.work.services.putting_off import DueNow, DutyClosed, put_duty_off

PLACES = {"correction": "submission", "correction-late": "submission", "signature-worsened": "record"}
"""The name of the page that does a duty, where it is not the name of its kind."""
LIST = "duties"


def duty_filter(given: QueryDict) -> DutyFilter:
    """The filter in the parameters of an address; what makes no sense is left out."""
    form = DutiesForm(given)
    form.is_valid()
    asked = form.cleaned_data
    return DutyFilter(**{name: asked.get(name, "") for name in ("kind", "text", "due", "sort")})


def place_of(kind: str, subject: str) -> str:
    """The page that does a duty: its kind tells the page's name, its subject what the page is about; empty when there
    is none.
    """
    try:
        return reverse(PLACES.get(kind, kind), args=[subject])
    except NoReverseMatch:
        return ""


def _count(reader: Reader, query: str) -> int:
    return queries.count_duties(
        role=reader.role, organisation_id=reader.organisation_id, chosen=duty_filter(QueryDict(query))
    )


def _keys(reader: Reader, query: str, among: Sequence[str] | None, limit: int) -> list[str]:
    return queries.duty_keys(
        role=reader.role,
        organisation_id=reader.organisation_id,
        chosen=duty_filter(QueryDict(query)),
        today=timezone.localdate(),
        among=among,
        limit=limit,
    )


def _neighbours(reader: Reader, query: str, key: str) -> Neighbours | None:
    return queries.duty_neighbours(
        role=reader.role,
        organisation_id=reader.organisation_id,
        chosen=duty_filter(QueryDict(query)),
        today=timezone.localdate(),
        key=key,
    )


def _place(key: str) -> str:
    kind, _colon, subject = key.partition(":")
    return place_of(kind, subject)


DUTIES = Listing(
    key=LIST,
    words=gettext_lazy("我的工作"),
    address="work",
    fields=("kind", "text", "due", "sort"),
    roles=frozenset((Role.ARCHIVIST, Role.DEPARTMENT)),
    count=_count,
    keys=_keys,
    neighbours=_neighbours,
    place=_place,
)


def _foresee_putting_off(reader: Reader, keys: Sequence[str]) -> Foreseen:
    today = timezone.localdate()

    def why_not(each: DutyView) -> Sentence | None:
        return Sentence("duty-due") if each.due_on is not None and each.due_on <= today else None

    return _foreseen(reader, keys, why_not)


def _foresee_taking_up(reader: Reader, keys: Sequence[str]) -> Foreseen:
    return _foreseen(reader, keys, lambda each: None if each.put_off_until else Sentence("duty-here"))


def _foreseen(reader: Reader, keys: Sequence[str], why_not: Callable[[DutyView], Sentence | None]) -> Foreseen:
    found = {
        each.key: each
        for each in queries.duties_by_key(role=reader.role, organisation_id=reader.organisation_id, keys=keys)
    }
    doing, left_out = [], []
    for key in keys:
        each = found.get(key)
        if each is None:
            left_out.append(LeftOut(key, key.partition(":")[2], Sentence("duty-done")))
        elif why := why_not(each):
            left_out.append(LeftOut(key, each.title, why))
        else:
            doing.append(Doing(key, each.title))
    return Foreseen(doing, left_out)


def _put_off(key: str, acting: Acting) -> None:
    until = acting.values.get("until")
    kind, _colon, subject = key.partition(":")
    try:
        put_duty_off(
            kind=kind,
            subject=subject,
            until=date.fromisoformat(until) if until else None,
            reason=str(acting.values.get("reason", "")),
            actor=acting.reference,
            role=acting.role,
            address=acting.address,
            now=acting.now,
        )
    except DutyClosed:
        raise ActRefused(Sentence("duty-done")) from None
    except DueNow:
        raise ActRefused(Sentence("duty-due")) from None


PUT_OFF = BulkAct(
    key="duty-put-off",
    words=gettext_lazy("暂缓"),
    icon="clock-pause",
    job=gettext_noop("批量暂缓"),
    lists=frozenset((LIST,)),
    roles=frozenset((Role.ARCHIVIST,)),
    form=PutOffForm,
    foresee=_foresee_putting_off,
    consequence=lambda n, told: (
        ngettext(
            "%(n)s 项暂时不在待办中显示，期限不变，可以随时取消暂缓。",
            "%(n)s 项暂时不在待办中显示，期限不变，可以随时取消暂缓。",
            n,
        )
        % {"n": n}
    ),
    button=lambda n: ngettext("暂缓 %(n)s 项", "暂缓 %(n)s 项", n) % {"n": n},
    perform=_put_off,
    place=_place,
)
TAKE_UP = BulkAct(
    key="duty-take-up",
    words=gettext_lazy("取消暂缓"),
    icon="player-play",
    job=gettext_noop("批量取消暂缓"),
    lists=frozenset((LIST,)),
    roles=frozenset((Role.ARCHIVIST,)),
    form=ConfirmForm,
    foresee=_foresee_taking_up,
    consequence=lambda n, told: ngettext("%(n)s 项重新出现在待办中。", "%(n)s 项重新出现在待办中。", n) % {"n": n},
    button=lambda n: ngettext("取消暂缓 %(n)s 项", "取消暂缓 %(n)s 项", n) % {"n": n},
    perform=_put_off,
    place=_place,
)
