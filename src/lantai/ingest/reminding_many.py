"""Reminding departments of many things at once, as an act of the lists of cases owed and of corrections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from lantai.administration.queries import organisations_by_id
from lantai.administration.queries.people import Reader, Role
from lantai.ingest.asking_forms import ReminderForm
from lantai.ingest.services.reminding import (
    CASE,
    PACKAGE,
    AlreadyReminded,
    Owed,
    messages_for,
    not_yet_reminded,
    owed_by,
    remind_departments,
)
from lantai.work.services import Acting, BulkAct, Doing, Foreseen, LeftOut, Letter, Sentence

_PART = 5000


def _owed(keys: Sequence[str]) -> dict[str, Owed]:
    """What is still owed, by key; what has come meanwhile is not in it."""
    found: dict[str, Owed] = {}
    for start in range(0, len(keys), _PART):
        part = keys[start : start + _PART]
        numbers = [key.removeprefix(CASE) for key in part if key.startswith(CASE)]
        cases = [int(each) for each in numbers if each.isascii() and each.isdecimal() and len(each) < 19]
        packages = [key.removeprefix(PACKAGE) for key in part if key.startswith(PACKAGE)]
        found |= {each.key: each for each in owed_by(cases=cases, packages=packages)}
    return found


def _left(owed: Iterable[Owed]) -> set[str]:
    """The keys of what nobody reminded of today."""
    return {each.key for each in not_yet_reminded(owed=list(owed), now=timezone.now())}


def _foresee(reader: Reader, keys: Sequence[str]) -> Foreseen:
    """What is owed and was not reminded of today is reminded of, all of a body together."""
    owed = _owed(keys)
    left = _left(owed.values())
    doing, left_out = [], []
    for key in keys:
        each = owed.get(key)
        if each is None:
            left_out.append(LeftOut(key, key.partition(":")[2], Sentence("nothing-owed")))
        elif key not in left:
            left_out.append(LeftOut(key, each.title or each.subject, Sentence("reminded-today")))
        else:
            doing.append(Doing(key, each.title or each.subject, part=str(each.organisation_id)))
    bodies = organisations_by_id(ids={int(each.part) for each in doing})
    return Foreseen(doing, left_out, sorted(each.name for each in bodies.values()))


def _letters(keys: Sequence[str]) -> list[Letter]:
    """One message a body, as its readers will read it; what is typed on the page is added below the list."""
    owed = _owed(keys)
    left = _left(owed.values())
    found = messages_for(owed=[owed[key] for key in keys if key in left], today=timezone.localdate())
    return [Letter(each.body, each.address, each.subject, each.words) for each in found]


def _remind(keys: Sequence[str], acting: Acting) -> Mapping[str, Sentence]:
    """Send one message about all of these, which one body owes; what has come meanwhile is refused."""
    owed = _owed(keys)
    left = _left(owed.values())
    refused = {key: Sentence("reminded-today" if key in owed else "nothing-owed") for key in keys if key not in left}
    try:
        remind_departments(
            owed=[owed[key] for key in keys if key in left],
            note=str(acting.values.get("note", "")),
            by=acting.reference,
            role=acting.role,
            now=acting.now,
        )
    except AlreadyReminded:
        return refused
    return refused


def _place(key: str) -> str:
    return reverse("submission", args=[key.removeprefix(PACKAGE)]) if key.startswith(PACKAGE) else ""


REMIND = BulkAct(
    key="handover-remind",
    words=gettext_lazy("催办"),
    icon="bell",
    kind="primary",
    job=gettext_noop("批量催办"),
    lists=frozenset(("cases", "corrections")),
    roles=frozenset((Role.ARCHIVIST,)),
    form=ReminderForm,
    foresee=_foresee,
    consequence=lambda n, told: (
        ngettext(
            "催办 %(n)s 件：每个单位收到一条通知和一封邮件；发出后不能撤回，催办记录会保留。",
            "催办 %(n)s 件：每个单位收到一条通知和一封邮件；发出后不能撤回，催办记录会保留。",
            n,
        )
        % {"n": n}
    ),
    button=lambda n: ngettext("催办 %(n)s 件", "催办 %(n)s 件", n) % {"n": n},
    perform_part=_remind,
    letters=_letters,
    place=_place,
)
