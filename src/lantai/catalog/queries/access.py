"""Who may do what with which record: one definition in three forms (U1, architecture "Access, decided once").

A ``Clause`` is a list of conditions on the rule fields of a record. A reader may do an act when one of the clauses that
his role gives him for it holds. The same clauses answer for one record (``decide``), filter a queryset (``visible``)
and filter the search index (``clauses``, ``granted_by_act``); no other code knows the rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader, Role
from lantai.catalog.models import Grant, OpenState, Record, RecordState, Secrecy


class Act(StrEnum):
    """What one may want to do, from knowing that it exists to certifying a copy."""

    EXIST = "exist"
    DESCRIBE = "describe"
    READ = "read"
    PERSONAL = "personal"
    COPY = "copy"
    CERTIFY = "certify"


RuleField = Literal["fonds_code", "organisation_id", "open_state", "secrecy", "sharing", "personal", "state"]


@dataclass(frozen=True, slots=True)
class Condition:
    """A rule field must be one of *values* (``in``), or at most ``values[0]`` (``at-most``, for ranks)."""

    field: RuleField
    values: tuple[str | int | bool, ...]
    how: Literal["in", "at-most"] = "in"

    def holds(self, record: Record) -> bool:
        """Whether *record* meets it."""
        found = getattr(record, self.field)
        return found in self.values if self.how == "in" else bool(found <= self.values[0])

    def as_q(self, prefix: str = "") -> Q:
        """The same as a queryset condition."""
        if self.how == "at-most":
            return Q(**{f"{prefix}{self.field}__lte": self.values[0]})
        return Q(**{f"{prefix}{self.field}__in": self.values})


Clause = tuple[Condition, ...]

_HELD = Condition("state", (RecordState.HELD,))
_NO_SECRET = Condition("secrecy", (Secrecy.RESTRICTED,), "at-most")
_OPEN = (_HELD, Condition("open_state", (OpenState.OPEN,)), Condition("secrecy", (Secrecy.PUBLIC,), "at-most"))
_SHARED = (_HELD, Condition("sharing", ("01",)), Condition("secrecy", (Secrecy.PUBLIC,), "at-most"))


def clauses(reader: Reader, act: Act) -> tuple[Clause, ...]:
    """The clauses by which *reader* may do *act*; none means never."""
    match reader.role:
        case Role.ARCHIVIST:
            rank = Condition("secrecy", (min(reader.clearance, Secrecy.RESTRICTED),), "at-most")
            return ((rank,),)
        case Role.DEPARTMENT:
            own: Clause = (Condition("organisation_id", (reader.organisation_id or 0,)), _NO_SECRET)
            if act in (Act.EXIST, Act.DESCRIBE):
                return (own, _SHARED, _OPEN)
            if act is Act.CERTIFY:
                return ()
            return (own,) if act in (Act.PERSONAL, Act.COPY) else (own, _OPEN)
        case Role.LEADER | Role.SUPERVISOR:
            seen: Clause = (_HELD, _NO_SECRET)
            return (seen,) if act in (Act.EXIST, Act.DESCRIBE) else ((_OPEN,) if act is Act.READ else ())
        case Role.PUBLIC:
            return (_OPEN,) if act in (Act.EXIST, Act.DESCRIBE, Act.READ) else ()
    return ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether it is allowed, and the sentence that says why or why not and what to do."""

    allowed: bool
    reason: str
    remedy: str = ""


def decide(reader: Reader, act: Act, record: Record, *, granted: Sequence[str] = ()) -> Decision:
    """Whether *reader* may do *act* with *record*; ``granted`` are acts a grant gives him for this record."""
    if act in granted:
        return Decision(True, _("依据单独授权"))
    for clause in clauses(reader, act):
        if all(each.holds(record) for each in clause):
            return Decision(True, _("依据角色与档案的开放、共享和密级"))
    if reader.role in (Role.SYSTEM, Role.SECURITY, Role.AUDIT):
        return Decision(False, _("管理员账号不接触档案内容"), _("请使用业务账号登录"))
    if record.secrecy > Secrecy.RESTRICTED or record.secrecy > reader.clearance:
        return Decision(False, _("档案密级高于您的权限"), _("如确有需要，请向档案馆申请"))
    if record.open_state in (OpenState.CONTROLLED, OpenState.DEFERRED):
        return Decision(False, _("档案经开放审核暂不开放"), _("可凭合法理由向档案馆提出利用申请"))
    return Decision(False, _("档案不在您的查阅范围内"), _("可向档案馆或形成单位提出利用申请"))


def visible(reader: Reader, act: Act = Act.EXIST) -> Q:
    """The queryset form: the records with which *reader* may do *act* (grants beside the rule included)."""
    found = Q(pk__in=[])
    for clause in clauses(reader, act):
        every = Q()
        for each in clause:
            every &= each.as_q()
        found |= every
    if reader.person_id:
        found |= Q(pk__in=_grants(reader, act).values("record_id"))
    return found


def granted_by_act(reader: Reader, acts: Sequence[Act]) -> dict[Act, list[int]]:
    """The records that grants open to *reader* for each of *acts* today: the search form's exceptions to the rule."""
    if not reader.person_id:
        return {act: [] for act in acts}
    rows = Grant.objects.filter(person_id=reader.person_id, until__gte=timezone.localdate())
    held = [(record_id, allowed.split()) for record_id, allowed in rows.values_list("record_id", "acts")[:2000]]
    return {act: [each for each, allowed in held if act.value in allowed][:1000] for act in acts}


def _grants(reader: Reader, act: Act) -> QuerySet[Grant]:
    return Grant.objects.filter(
        person_id=reader.person_id, until__gte=timezone.localdate(), acts__contains=f" {act.value} "
    )
