"""Taking in and returning many submissions at once, as acts of the work queue and of the list of submissions.

A key is "submission:" and the 电子文件号 in the queue, the 电子文件号 alone in the list of submissions.
"""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from lantai.administration.queries import organisations_by_id
from lantai.administration.queries.people import Reader, Role
from lantai.ingest import queries
from lantai.ingest.bulk_queries import states_now
from lantai.ingest.services import NotOpen, decide_submissions
from lantai.work.services import Acting, ActRefused, BulkAct, Doing, Foreseen, LeftOut, Sentence

LISTS = frozenset(("duties", "submissions"))
_PART = 5000


class TakeInForm(forms.Form):
    """Taking in needs no word."""


class ReturnManyForm(forms.Form):
    """Why all of them go back; every department reads it."""

    reason = forms.CharField(
        label=gettext_lazy("退回理由"),
        max_length=500,
        help_text=gettext_lazy("写明问题和补正要求；写入每一件的回执和补正通知，移交单位可以看到。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _code(key: str) -> str:
    """The 电子文件号 in a key; empty when the key is about something else."""
    kind, colon, code = key.partition(":")
    return (code if kind == "submission" else "") if colon else key


def _foresee(reader: Reader, keys: Sequence[str]) -> Foreseen:
    """Those that wait are decided; others are left out, with the state they are in."""
    codes = [code for key in keys if (code := _code(key))]
    waiting: dict[str, queries.SubmissionRow] = {}
    states: dict[str, str] = {}
    for start in range(0, len(codes), _PART):
        part = codes[start : start + _PART]
        waiting |= {each.record_code: each for each in queries.waiting_submissions(reader=reader, record_codes=part)}
        states |= states_now(record_codes=part)
    doing, left_out = [], []
    for key in keys:
        code = _code(key)
        if code in waiting:
            doing.append(Doing(key, waiting[code].title or waiting[code].name))
        elif not code:
            left_out.append(LeftOut(key, key.partition(":")[2], Sentence("act-elsewhere")))
        elif code in states:
            left_out.append(LeftOut(key, code, Sentence("act-decided", {"state": states[code]})))
        else:
            left_out.append(LeftOut(key, code, Sentence("act-gone")))
    bodies = organisations_by_id(ids={each.organisation_id for each in waiting.values()})
    return Foreseen(doing, left_out, sorted({each.name for each in bodies.values()}))


def _decide(key: str, acting: Acting, *, approve: bool) -> None:
    """Decide one. Raises ActRefused when it does not wait any more."""
    code = _code(key)
    try:
        decide_submissions(
            record_codes=[code],
            approve=approve,
            reason=str(acting.values.get("reason", "")),
            by=acting.reference,
            role=acting.role,
            now=acting.now,
        )
    except NotOpen:
        state = states_now(record_codes=[code]).get(code)
        raise ActRefused(Sentence("act-decided", {"state": state}) if state else Sentence("act-gone")) from None


def _take_in(key: str, acting: Acting) -> None:
    _decide(key, acting, approve=True)


def _return(key: str, acting: Acting) -> None:
    _decide(key, acting, approve=False)


def _place(key: str) -> str:
    code = _code(key)
    return reverse("submission", args=[code]) if code else ""


def _taken_in(n: int, told: Sequence[str]) -> str:
    words = ngettext(
        "将赋予档号并进馆 %(n)s 件，通知%(bodies)s；进馆后不能直接删除，只能走销毁程序。",
        "将赋予档号并进馆 %(n)s 件，通知%(bodies)s；进馆后不能直接删除，只能走销毁程序。",
        n,
    )
    return words % {"n": n, "bodies": _bodies(told)}


def _returned(n: int, told: Sequence[str]) -> str:
    words = ngettext(
        "将退回 %(n)s 件，理由写入回执并通知%(bodies)s；补正后可以重新移交。",
        "将退回 %(n)s 件，理由写入回执并通知%(bodies)s；补正后可以重新移交。",
        n,
    )
    return words % {"n": n, "bodies": _bodies(told)}


def _bodies(told: Sequence[str]) -> str:
    """The first of the bodies by name, and how many there are."""
    named = _("、").join(told[:3])
    return _("%(bodies)s等 %(n)s 个单位") % {"bodies": named, "n": len(told)} if len(told) > 3 else named


TAKE_IN = BulkAct(
    key="submission-approve",
    words=gettext_lazy("批量接收"),
    icon="checks",
    kind="primary",
    job=gettext_noop("批量接收"),
    lists=LISTS,
    roles=frozenset((Role.ARCHIVIST,)),
    form=TakeInForm,
    foresee=_foresee,
    consequence=_taken_in,
    button=lambda n: ngettext("接收 %(n)s 件", "接收 %(n)s 件", n) % {"n": n},
    perform=_take_in,
    place=_place,
)
RETURN = BulkAct(
    key="submission-return",
    words=gettext_lazy("批量退回"),
    icon="arrow-back-up",
    job=gettext_noop("批量退回"),
    lists=LISTS,
    roles=frozenset((Role.ARCHIVIST,)),
    form=ReturnManyForm,
    foresee=_foresee,
    consequence=_returned,
    button=lambda n: ngettext("退回 %(n)s 件", "退回 %(n)s 件", n) % {"n": n},
    perform=_return,
    place=_place,
)
