"""Accounts from creation to deactivation, with three separated administrators (三员分立).

The system administrator creates an account, inactive and without role, and hands over its one-time password. The
security administrator gives the role and activates. Nobody acts on the own account; the auditor changes nothing. An
account holds one role and a person one account, so that no person can hold two of the three, nor one of the three
beside a business role.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lantai.administration.models import PasswordHistory, Person, Role
from lantai.administration.models.people import ADMINISTRATOR_ROLES, Clearance
from lantai.administration.queries.people import normal_person_number, normal_username
from lantai.administration.services.people_access import Actor, own_account, require_role
from lantai.administration.services.people_evidence import describe_account, record_act, subject_of
from lantai.administration.services.people_passwords import make_one_time_password

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")
RESERVED_USERNAMES = ("anonymous", "console", "system")
"""Names that stand for no person in the ledger."""


class AccountRefused(ValueError):
    """A rule of accounts forbids the act; the text says which one and what to do instead."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A created account and its one-time password, which is shown once and kept nowhere."""

    person: Person
    one_time_password: str


@dataclass(frozen=True, slots=True)
class Named:
    """A natural person as an account names him or her."""

    username: str
    person_number: str
    name: str
    position: str = ""


def _prepare(who: Named, hashed: str, now: datetime) -> Person:
    username, number = normal_username(who.username), normal_person_number(who.person_number)
    name = " ".join(who.name.split())
    if not _USERNAME.fullmatch(username) or username in RESERVED_USERNAMES:
        raise AccountRefused(_("账号须为 3 至 64 个小写字母、数字、点、横线或下划线，以字母或数字开头。"))
    if not number or len(number) > 64:
        raise AccountRefused(_("请填写人员编号（至多 64 个字符）。"))
    if not name or len(name) > 64:
        raise AccountRefused(_("请填写姓名（至多 64 个字符）。"))
    if Person.objects.filter(username=username).exists():
        raise AccountRefused(_("账号 %(username)s 已被使用；账号停用后也不再分配给他人。") % {"username": username})
    held = Person.objects.filter(person_number=number).first()
    if held is not None:
        raise AccountRefused(
            _("人员编号 %(number)s 已有账号 %(username)s。一人只能有一个账号，三员不得兼任，也不得办理业务。")
            % {"number": number, "username": held.username}
        )
    return Person(
        username=username,
        person_number=number,
        name=name,
        position=" ".join(who.position.split())[:64],
        password=hashed,
        password_changed_at=now,
        must_change_password=True,
        created_at=now,
    )


def _insert(person: Person) -> None:
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError as error:  # somebody created the same account since we looked
        raise AccountRefused(_("账号或人员编号刚刚被他人使用，请刷新后重试。")) from error
    PasswordHistory.objects.create(person=person, hash=person.password, set_at=person.created_at)


def _refuse_own(by: Actor, person: Person, who_may: Role) -> None:
    if by.person_id == person.pk:
        raise own_account(who_may=who_may)


def _refuse_last(person: Person) -> None:
    """One of each administrator must stay, or the archive could no longer be governed or watched."""
    if person.role not in ADMINISTRATOR_ROLES or not person.is_active:
        return
    # The rows are locked, so that two administrators who remove one another are decided one after the other.
    active = Person.objects.select_for_update().filter(role=person.role, is_active=True).order_by("pk")
    if [each.pk for each in active] == [person.pk]:
        raise AccountRefused(
            _("%(role)s只剩此人启用。请先为接任者授予该角色并启用，再停用此账号。") % {"role": Role(person.role).label}
        )


def create_account(*, by: Actor, who: Named, now: datetime) -> NewAccount:
    """Create an inactive account without role, by the system administrator, with a one-time password to hand over.

    Raises Refused for another role, AccountRefused for a name or number that is wrong or taken.
    """
    require_role(by=by, among=(Role.SYSTEM,))
    one_time = make_one_time_password()
    person = _prepare(who, make_password(one_time), now)
    with transaction.atomic():
        _insert(person)
        record_act(
            action="account-created",
            by=by,
            subject=subject_of(person=person),
            at=now,
            after=describe_account(person=person),
        )
    return NewAccount(person, one_time)


def grant_role(
    *,
    by: Actor,
    person_id: int,
    role: Role,
    organisation_id: int | None = None,
    clearance: Clearance = Clearance.OPEN,
    now: datetime,
) -> Person:
    """Give an account without role its one role, with organisation and clearance, by the security administrator.

    Raises Refused for another role or the own account; AccountRefused when the account holds a role already, when an
    administrator would get an organisation or clearance, when a department's account would have no organisation, or
    when the clearance reaches 秘密 in an installation that may not hold state secrets.
    """
    require_role(by=by, among=(Role.SECURITY,))
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person_id)
        _refuse_own(by, person, Role.SECURITY)
        if person.role:
            raise AccountRefused(
                _("此账号已是%(role)s，一个账号只能有一个角色。请先收回原角色。") % {"role": Role(person.role).label}
            )
        if role in ADMINISTRATOR_ROLES and (organisation_id is not None or clearance > Clearance.OPEN):
            raise AccountRefused(_("三员不办理业务，不得归属单位或持有涉密等级。"))
        if role == Role.PUBLIC and (organisation_id is not None or clearance > Clearance.OPEN):
            raise AccountRefused(_("公众账号不得归属单位或持有涉密等级。"))
        if role == Role.DEPARTMENT and organisation_id is None:
            raise AccountRefused(_("立档单位的账号须指明单位。"))
        if clearance >= Clearance.SECRET and not settings.LANTAI_CLASSIFIED:
            raise AccountRefused(_("本系统未部署在涉密网络，不得授予秘密及以上等级。"))
        before = describe_account(person=person)
        person.role, person.organisation_id, person.clearance = role, organisation_id, clearance
        person.save(update_fields=["role", "organisation", "clearance"])
        after = describe_account(person=person)
        record_act(action="role-granted", by=by, subject=subject_of(person=person), at=now, before=before, after=after)
    return person


def revoke_role(*, by: Actor, person_id: int, now: datetime) -> Person:
    """Take an account's role, organisation and clearance away, by the security administrator; it becomes inactive.

    Its sessions end with the next request. Raises Refused, AccountRefused (no role; last of an administrator role).
    """
    require_role(by=by, among=(Role.SECURITY,))
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person_id)
        _refuse_own(by, person, Role.SECURITY)
        if not person.role:
            raise AccountRefused(_("此账号没有角色。"))
        _refuse_last(person)
        before = describe_account(person=person)
        person.role, person.organisation_id, person.clearance = "", None, Clearance.OPEN
        person.is_active = False
        person.save(update_fields=["role", "organisation", "clearance", "is_active"])
        after = describe_account(person=person)
        record_act(action="role-revoked", by=by, subject=subject_of(person=person), at=now, before=before, after=after)
    return person


def activate_account(*, by: Actor, person_id: int, now: datetime) -> Person:
    """Let an account with a role sign in, by the security administrator.

    Raises Refused, AccountRefused (no role yet, already active).
    """
    require_role(by=by, among=(Role.SECURITY,))
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person_id)
        _refuse_own(by, person, Role.SECURITY)
        if not person.role:
            raise AccountRefused(_("请先授予角色，再启用账号。"))
        if person.is_active:
            raise AccountRefused(_("此账号已经启用。"))
        before = describe_account(person=person)
        person.is_active, person.activated_at = True, now
        person.save(update_fields=["is_active", "activated_at"])
        after = describe_account(person=person)
        record_act(action="activated", by=by, subject=subject_of(person=person), at=now, before=before, after=after)
    return person


def request_deactivation(*, by: Actor, person_id: int, reason: str, now: datetime) -> Person:
    """Ask the security administrator to deactivate an account, by the system administrator, with the reason.

    Raises Refused, AccountRefused (no reason, not active, asked already).
    """
    require_role(by=by, among=(Role.SYSTEM,))
    reason = " ".join(reason.replace("\x00", "").split())
    if not reason or len(reason) > 200:
        raise AccountRefused(_("请填写停用理由（至多 200 字）。"))
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person_id)
        _refuse_own(by, person, Role.SYSTEM)
        if not person.is_active:
            raise AccountRefused(_("此账号尚未启用，无须停用。"))
        if person.deactivation_asked_at is not None:
            raise AccountRefused(_("已申请停用，等待安全保密管理员办理。"))
        person.deactivation_asked_at, person.deactivation_reason = now, reason
        person.save(update_fields=["deactivation_asked_at", "deactivation_reason"])
        record_act(
            action="deactivation-asked", by=by, subject=subject_of(person=person), at=now, more={"reason": reason}
        )
    return person


def decline_deactivation(*, by: Actor, person_id: int, now: datetime) -> Person:
    """Leave an account active although its deactivation was asked for, by the security administrator.

    Raises Refused, AccountRefused when nobody asked.
    """
    require_role(by=by, among=(Role.SECURITY,))
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person_id)
        _refuse_own(by, person, Role.SECURITY)
        if person.deactivation_asked_at is None:
            raise AccountRefused(_("没有待办理的停用申请。"))
        reason = person.deactivation_reason
        person.deactivation_asked_at, person.deactivation_reason = None, ""
        person.save(update_fields=["deactivation_asked_at", "deactivation_reason"])
        record_act(
            action="deactivation-declined", by=by, subject=subject_of(person=person), at=now, more={"reason": reason}
        )
    return person


def deactivate_account(*, by: Actor, person_id: int, now: datetime) -> Person:
    """End an account's right to sign in, by the security administrator; it keeps its role and may be activated again.

    Its sessions end with the next request. Raises Refused, AccountRefused (not active, last of an administrator role).
    """
    require_role(by=by, among=(Role.SECURITY,))
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person_id)
        _refuse_own(by, person, Role.SECURITY)
        if not person.is_active:
            raise AccountRefused(_("此账号没有启用。"))
        _refuse_last(person)
        before = describe_account(person=person)
        person.is_active = False
        person.deactivation_asked_at, person.deactivation_reason = None, ""
        person.save(update_fields=["is_active", "deactivation_asked_at", "deactivation_reason"])
        after = describe_account(person=person)
        record_act(action="deactivated", by=by, subject=subject_of(person=person), at=now, before=before, after=after)
    return person


def create_first_administrators(
    *, by: Actor, system: Named, security: Named, audit: Named, now: datetime
) -> tuple[NewAccount, NewAccount, NewAccount]:
    """Make the three administrators of a new archive: three different people, active, with one-time passwords.

    The only accounts that come into being without the two steps; everything later needs two people. Raises
    AccountRefused when administrators exist already, or when two of the three are one person.
    """
    made = []
    one_times = [make_one_time_password() for _each in range(3)]
    hashes = [make_password(each) for each in one_times]
    with transaction.atomic():
        if Person.objects.select_for_update().filter(role__in=ADMINISTRATOR_ROLES).exists():
            raise AccountRefused(_("三员已经设立。请由现任管理员办理，或用 lantai people reset 重置口令。"))
        people = zip(ADMINISTRATOR_ROLES, (system, security, audit), one_times, hashes, strict=True)
        for role, who, one_time, hashed in people:
            person = _prepare(who, hashed, now)
            person.role, person.is_active, person.activated_at = role, True, now
            _insert(person)
            after = describe_account(person=person)
            record_act(action="account-created", by=by, subject=subject_of(person=person), at=now, after=after)
            made.append(NewAccount(person, one_time))
    return made[0], made[1], made[2]
