"""Passwords: the rules they obey, their change by their owner, their replacement by a one-time password."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from lantai.administration.models import PasswordHistory, Person, Role, SecondFactor
from lantai.administration.queries.people import PolicyValues, current_policy
from lantai.administration.services.people_access import Actor, own_account, require_role
from lantai.administration.services.people_evidence import describe_account, record_act, subject_of
from lantai.common.errors import Refused

LONGEST_PASSWORD = 128
"""Longer input is refused before it is hashed, so that nobody makes the server hash megabytes."""
_ALPHABETS = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789", "-+=@#%")
_COMMON = CommonPasswordValidator()


class PasswordRefused(ValueError):
    """A new password breaks rules; `problems` says all of them at once."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class WrongPassword(ValueError):
    """The present password was not given rightly."""


def make_one_time_password() -> str:
    """A random password of 16 characters of all four classes, without characters that look alike (about 90 bits)."""
    everything = "".join(_ALPHABETS)
    picked = [secrets.choice(each) for each in _ALPHABETS]
    picked += [secrets.choice(everything) for _count in range(16 - len(picked))]
    secrets.SystemRandom().shuffle(picked)
    return "".join(picked)


def _classes(password: str) -> int:
    kinds = {unicodedata.category(each) for each in password}
    return sum(("Lu" in kinds, "Ll" in kinds, "Nd" in kinds, bool(kinds - {"Lu", "Ll", "Nd"})))


def password_problems(*, person: Person, password: str, policy: PolicyValues) -> list[str]:
    """Every rule *password* breaks as the next password of *person*, in the reader's language; empty when it is good.

    The last passwords, the present one among them, are compared only when all else is right: each costs a hash.
    """
    problems = []
    if len(password) < policy.password_length:
        problems.append(_("口令至少 %(count)d 个字符。") % {"count": policy.password_length})
    if len(password) > LONGEST_PASSWORD:
        problems.append(_("口令至多 %(count)d 个字符。") % {"count": LONGEST_PASSWORD})
    if _classes(password) < policy.password_classes:
        problems.append(
            _("口令须含大写字母、小写字母、数字、符号四类中的至少 %(count)d 类。") % {"count": policy.password_classes}
        )
    folded = password.casefold()
    if any(len(each) >= 3 and each.casefold() in folded for each in (person.username, person.person_number)):
        problems.append(_("口令不得包含账号或人员编号。"))
    try:
        _COMMON.validate(password)
    except ValidationError:
        problems.append(_("此口令过于常见，容易被猜中。"))
    if not problems and _was_used(person, password, policy.password_history):
        problems.append(_("不得使用最近 %(count)d 次用过的口令。") % {"count": policy.password_history})
    return problems


def _was_used(person: Person, password: str, last: int) -> bool:
    hashes = person.passwords.values_list("hash", flat=True)[:last]
    return any(check_password(password, each) for each in hashes)


def store_password(*, person: Person, hashed: str, one_time: bool, now: datetime) -> None:
    """Give *person* the hashed password and remember it; the caller saves nothing and writes the ledger entry."""
    person.password = hashed
    person.password_changed_at = now
    person.must_change_password = one_time
    person.save(update_fields=["password", "password_changed_at", "must_change_password"])
    PasswordHistory.objects.create(person=person, hash=hashed, set_at=now)
    kept = person.passwords.values_list("pk", flat=True)[:24]
    person.passwords.exclude(pk__in=list(kept)).delete()


def change_password(*, by: Actor, person: Person, present: str, new: str, now: datetime) -> None:
    """Change one's own password. All rules of the current policy hold for *new*.

    Raises Refused for somebody else's account, WrongPassword, PasswordRefused.
    """
    if by.person_id != person.pk:
        raise Refused(_("只能修改本人的口令。"), advice=_("他人忘记口令时，由系统管理员重置。"))
    if not person.check_password(present):
        with transaction.atomic():
            record_act(action="password-changed", by=by, subject=subject_of(person=person), at=now, result="failed")
        raise WrongPassword(_("当前口令不正确。"))
    problems = password_problems(person=person, password=new, policy=current_policy())
    if problems:
        raise PasswordRefused(problems)
    hashed = make_password(new)  # a third of a second: before the transaction, not inside it
    with transaction.atomic():
        store_password(person=person, hashed=hashed, one_time=False, now=now)
        record_act(action="password-changed", by=by, subject=subject_of(person=person), at=now)


class LastSecurityAdministrator(ValueError):
    """A reset would leave nobody who can activate the account again."""


def reset_password(*, by: Actor, person: Person, now: datetime) -> str:
    """Replace a lost password by a one-time password, which is returned once and kept nowhere.

    Two people are needed: the system administrator resets and hands the password over, which also ends the account's
    sessions, removes its second factor and makes it inactive; the security administrator activates it again. So
    neither can slip into an account alone. Raises Refused for one's own account or another role, and
    LastSecurityAdministrator when no other security administrator is active.
    """
    require_role(by=by, among=(Role.SYSTEM,))
    if by.person_id == person.pk:
        raise own_account(who_may=Role.SYSTEM)
    one_time = make_one_time_password()
    hashed = make_password(one_time)
    with transaction.atomic():
        others = Person.objects.select_for_update().filter(role=Role.SECURITY, is_active=True).exclude(pk=person.pk)
        if person.role == Role.SECURITY and not others.exists():
            raise LastSecurityAdministrator(
                _("这是唯一启用的安全保密管理员，重置后无人能重新启用。请在服务器上用命令 lantai people reset 重置。")
            )
        before = describe_account(person=person)
        person.is_active = False
        person.save(update_fields=["is_active"])
        SecondFactor.objects.filter(person=person).delete()
        store_password(person=person, hashed=hashed, one_time=True, now=now)
        record_act(
            action="password-reset",
            by=by,
            subject=subject_of(person=person),
            at=now,
            before=before,
            after=describe_account(person=person),
        )
    return one_time
