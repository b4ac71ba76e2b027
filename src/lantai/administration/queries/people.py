"""Read door of people: who asks (Reader), the rules of signing in that hold now, the lists of accounts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.administration.models import Organisation, Person, Role, SecurityPolicy
from lantai.administration.models.people import ADMINISTRATOR_ROLES, Clearance
from lantai.administration.queries.bodies import standing_on
from lantai.common.navigation import Preferences

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

__all__ = [
    "ADMINISTRATOR_ROLES",
    "NOBODY",
    "POLICY_RULES",
    "Clearance",
    "PeoplePage",
    "PersonRow",
    "PolicyRule",
    "PolicyValues",
    "PolicyVersion",
    "Reader",
    "Role",
    "administrators_exist",
    "current_policy",
    "display_of",
    "list_people",
    "names_of",
    "organisation_choices",
    "password_has_expired",
    "policy_history",
    "reader_of",
    "reader_of_person",
    "show_person",
]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks to read: what the access rule decides by. Without account it is the public."""

    person_id: int | None
    username: str
    name: str
    role: Role
    organisation_id: int | None = None
    organisation_code: str = ""
    clearance: Clearance = Clearance.OPEN
    purpose: str = ""

    @property
    def reference(self) -> str:
        """The reader as the ledger names it: `person:<number>`, or "anonymous"."""
        return "anonymous" if self.person_id is None else f"person:{self.person_id}"


NOBODY = Reader(person_id=None, username="", name="", role=Role.PUBLIC)
"""The reader who has not signed in: the public."""


def reader_of(request: HttpRequest) -> Reader:
    """The reader behind *request*; one who has not signed in reads as the public does.

    The purpose (利用目的) is what the person declared for this session, empty when none was declared.
    """
    person = request.user
    if not isinstance(person, Person):
        return NOBODY
    return _reader(person, str(request.session.get("purpose", "")))


def reader_of_person(*, person_id: int, purpose: str = "") -> Reader | None:
    """The reader that a person is now, for what is done for him in the background; None when the account is off."""
    person = Person.objects.select_related("organisation").filter(pk=person_id, is_active=True).first()
    return None if person is None else _reader(person, purpose)


def _reader(person: Person, purpose: str) -> Reader:
    organisation = person.organisation
    return Reader(
        person_id=person.pk,
        username=person.username,
        name=person.name,
        role=Role(person.role),
        organisation_id=person.organisation_id,
        organisation_code=organisation.code if organisation else "",
        clearance=Clearance(person.clearance),
        purpose=purpose,
    )


def display_of(person: Person) -> Preferences:
    """How *person* wants to see the pages, for the frame around them."""
    return Preferences(
        size=person.text_size,
        contrast=person.contrast,
        keys="" if person.single_keys else "off",
        density=person.density,
    )


@dataclass(frozen=True, slots=True)
class PolicyValues:
    """The rules of signing in. The defaults are the baseline of GB/T 22239 practice; nothing weaker is accepted."""

    tries: int = 5
    lock_minutes: int = 10
    idle_minutes: int = 30
    password_length: int = 8
    password_classes: int = 3
    password_days: int = 90
    password_history: int = 5
    second_factor_roles: tuple[str, ...] = ()
    version: int = 0


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One number of the policy: between `least` and `most`, one of which is the baseline, the other the strictest."""

    name: str
    label: _StrOrPromise
    unit: _StrOrPromise
    least: int
    most: int
    stricter: str  # "higher" or "lower"

    @property
    def baseline(self) -> int:
        """The weakest value allowed, which is also the default."""
        return self.least if self.stricter == "higher" else self.most


POLICY_RULES = (
    PolicyRule("tries", _("允许连续失败次数"), _("次"), 3, 5, "lower"),
    PolicyRule("lock_minutes", _("锁定时长"), _("分钟"), 10, 1440, "higher"),
    PolicyRule("idle_minutes", _("无操作自动退出"), _("分钟"), 5, 30, "lower"),
    PolicyRule("password_length", _("口令最小长度"), _("个字符"), 8, 64, "higher"),
    PolicyRule("password_classes", _("口令字符种类（大写、小写、数字、符号）"), _("类"), 3, 4, "higher"),
    PolicyRule("password_days", _("口令有效期"), _("天"), 7, 90, "lower"),
    PolicyRule("password_history", _("不得重复的历次口令数"), _("个口令"), 5, 24, "higher"),
)


def _values(row: SecurityPolicy) -> PolicyValues:
    numbers = {rule.name: getattr(row, rule.name) for rule in POLICY_RULES}
    return PolicyValues(**numbers, second_factor_roles=tuple(row.second_factor_roles), version=row.version)


def current_policy() -> PolicyValues:
    """The rules of signing in that hold now: the newest version, or the baseline while none was decided."""
    row = SecurityPolicy.objects.first()
    return _values(row) if row else PolicyValues()


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One decided version of the policy, with who decided it, when and why."""

    values: PolicyValues
    decided_by: str
    decided_at: datetime
    reason: str


def policy_history() -> list[PolicyVersion]:
    """All decided versions, newest first."""
    rows = SecurityPolicy.objects.select_related("decided_by")
    return [PolicyVersion(_values(row), row.decided_by.name, row.decided_at, row.reason) for row in rows]


def password_has_expired(*, person: Person, policy: PolicyValues, now: datetime) -> bool:
    """Whether *person* must change the password before anything else: it is a one-time one, or too old."""
    if person.must_change_password or person.password_changed_at is None:
        return True
    return now - person.password_changed_at >= timedelta(days=policy.password_days)


def administrators_exist() -> bool:
    """Whether the first start is over: some account holds an administrator role."""
    return Person.objects.filter(role__in=ADMINISTRATOR_ROLES).exists()


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One account in the list of accounts."""

    id: int
    username: str
    person_number: str
    name: str
    role: str
    role_label: str
    organisation: str
    position: str
    clearance: int
    clearance_label: str
    active: bool
    deactivation_asked_at: datetime | None
    deactivation_reason: str
    second_factor: bool
    last_sign_in: datetime | None


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of the list of accounts, and how many accounts match."""

    rows: tuple[PersonRow, ...]
    total: int


def _row(person: Person) -> PersonRow:
    factor = getattr(person, "second_factor", None)
    return PersonRow(
        id=person.pk,
        username=person.username,
        person_number=person.person_number,
        name=person.name,
        role=person.role,
        role_label=str(person.get_role_display()),
        organisation=person.organisation.name if person.organisation else "",
        position=person.position,
        clearance=person.clearance,
        clearance_label=str(Clearance(person.clearance).label),
        active=person.is_active,
        deactivation_asked_at=person.deactivation_asked_at,
        deactivation_reason=person.deactivation_reason,
        second_factor=factor is not None and factor.confirmed_at is not None,
        last_sign_in=person.last_login,
    )


def list_people(*, words: str = "", role: str = "", state: str = "", offset: int = 0, limit: int = 50) -> PeoplePage:
    """Accounts by account name; *words* in account, name or person number.

    *role* is a role or "none" (no role yet); *state* is "active", "inactive" or "asked" (deactivation asked for).
    """
    found = Person.objects.select_related("organisation", "second_factor")
    if words:
        found = found.filter(
            Q(username__icontains=words) | Q(name__icontains=words) | Q(person_number__icontains=words)
        )
    if role:
        found = found.filter(role="" if role == "none" else role)
    if state in ("active", "inactive"):
        found = found.filter(is_active=state == "active")
    elif state == "asked":
        found = found.filter(deactivation_asked_at__isnull=False)
    total = found.count()
    return PeoplePage(tuple(_row(each) for each in found[offset : offset + limit]), total)


def show_person(*, person_id: int) -> PersonRow | None:
    """One account, or None when there is none of this number."""
    person = Person.objects.select_related("organisation", "second_factor").filter(pk=person_id).first()
    return _row(person) if person else None


def names_of(*, references: Collection[str]) -> dict[str, str]:
    """Name and account of each person named in the ledger as `person:<number>`; others are left out."""
    numbers = [int(each[7:]) for each in references if each.startswith("person:") and each[7:].isdecimal()]
    rows = Person.objects.filter(pk__in=numbers).values_list("pk", "name", "username")
    return {f"person:{number}": f"{name}（{username}）" for number, name, username in rows}


def organisation_choices() -> list[tuple[int, str]]:
    """The organisations an account may be given to, those that stand today, as number and "code name"."""
    today = standing_on(timezone.localdate())
    rows = Organisation.objects.filter(today).order_by("code").values_list("pk", "code", "name")
    return [(number, f"{code} {name}") for number, code, name in rows]


def normal_username(text: str) -> str:
    """The normal form of an account name: full-width letters made plain, lower case, no space around."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def normal_person_number(text: str) -> str:
    """The normal form of a person number, so that one person is not two by a space, a dash or a full-width letter."""
    return re.sub(r"[\s\-_./]+", "", unicodedata.normalize("NFKC", text)).upper()


def failure_limit(request: HttpRequest, credentials: object) -> int:
    """How many failures lock an account for an address (asked by django-axes)."""
    return current_policy().tries


def lock_duration(request: HttpRequest | None = None) -> timedelta:
    """How long a lock lasts (asked by django-axes)."""
    return timedelta(minutes=current_policy().lock_minutes)
