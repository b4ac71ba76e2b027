"""The second factor: time-based one-time passwords (RFC 6238, HMAC-SHA-1, 30 s, 6 digits) and recovery codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import transaction
from django.utils.translation import gettext as _

from lantai.administration.models import Person, SecondFactor
from lantai.administration.queries.people import PolicyValues, current_policy
from lantai.administration.services.people_access import Actor
from lantai.administration.services.people_evidence import FAILED, record_act, subject_of
from lantai.common.errors import Refused
from lantai.common.keys import secret_bytes

STEP_SECONDS = 30
DIGITS = 6
RECOVERY_CODES = 10


class CodeRefused(ValueError):
    """A code is wrong, was used already, or too many were wrong; the text says which."""


def one_time_code(*, secret: bytes, step: int, digits: int = DIGITS, digest: str = "sha1") -> str:
    """The code of *secret* at time step *step*: HOTP of RFC 4226 over the counter of RFC 6238."""
    mac = hmac.new(secret, step.to_bytes(8, "big"), digest).digest()
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(*, secret: bytes, code: str, now: datetime, after: int) -> int | None:
    """The time step *code* belongs to, among the present one and its neighbours (±30 s) later than *after*; or None."""
    present = int(now.timestamp()) // STEP_SECONDS
    matched = None
    for step in (present - 1, present, present + 1):  # all three are tried, so that time tells nothing
        if hmac.compare_digest(one_time_code(secret=secret, step=step), code) and step > after:
            matched = step
    return matched


def _box() -> AESGCM:
    return AESGCM(secret_bytes("second-factor"))


def _seal(secret: bytes, person_id: int) -> bytes:
    nonce = secrets.token_bytes(12)
    return nonce + _box().encrypt(nonce, secret, str(person_id).encode())


def _open(factor: SecondFactor) -> bytes:
    sealed = bytes(factor.sealed_secret)
    return _box().decrypt(sealed[:12], sealed[12:], str(factor.person_id).encode())


def _recovery_digest(code: str) -> str:
    plain = "".join(code.upper().replace("-", "").split())
    return hmac.new(secret_bytes("second-factor"), plain.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the person types or photographs into the authenticator: the secret in groups of four, and its address."""

    secret: str
    address: str


def has_second_factor(*, person: Person) -> bool:
    """Whether *person* signs in with a code."""
    return SecondFactor.objects.filter(person=person, confirmed_at__isnull=False).exists()


def begin_second_factor(*, person: Person, issuer: str) -> Enrolment:
    """The secret for *person* to put into an authenticator; it counts for nothing until a code confirms it.

    Asked again before it is confirmed, the same secret is shown. Raises CodeRefused when a second factor is in use.
    """
    with transaction.atomic():
        factor, _made = SecondFactor.objects.select_for_update().get_or_create(
            person=person, defaults={"sealed_secret": _seal(secrets.token_bytes(20), person.pk)}
        )
    if factor.confirmed_at is not None:
        raise CodeRefused(_("已绑定第二因素。"))
    text = base64.b32encode(_open(factor)).decode("ascii")
    label = quote(f"{issuer}:{person.username}")
    address = f"otpauth://totp/{label}?secret={text}&issuer={quote(issuer)}&algorithm=SHA1&digits=6&period=30"
    return Enrolment(" ".join(text[at : at + 4] for at in range(0, len(text), 4)), address)


def enrol_second_factor(*, by: Actor, person: Person, code: str, now: datetime) -> tuple[str, ...]:
    """Confirm the second factor by a first code; returns ten recovery codes, shown once, each good for one sign-in.

    Raises Refused for somebody else's account, CodeRefused when the code is wrong or nothing was begun.
    """
    if by.person_id != person.pk:
        raise Refused(_("只能绑定本人的第二因素。"))
    codes = tuple(base64.b32encode(secrets.token_bytes(10)).decode("ascii") for _each in range(RECOVERY_CODES))
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(person=person, confirmed_at__isnull=True).first()
        step = matching_step(secret=_open(factor), code=code, now=now, after=0) if factor else None
        if factor is None or step is None:
            raise CodeRefused(_("验证码不正确。请核对手机时间后，输入当前显示的 6 位数字。"))
        factor.confirmed_at, factor.last_step = now, step
        factor.recovery_digests = [_recovery_digest(each) for each in codes]
        factor.save()
        record_act(action="second-factor-enrolled", by=by, subject=subject_of(person=person), at=now)
    return tuple("-".join(each[at : at + 4] for at in range(0, 16, 4)) for each in codes)


def locked_until(*, factor: SecondFactor, policy: PolicyValues) -> datetime | None:
    """When the codes of a person may be tried again; None when they may be tried at any time."""
    if factor.failed_at is None or factor.failures < policy.tries:
        return None
    return factor.failed_at + timedelta(minutes=policy.lock_minutes)


def verify_second_factor(*, by: Actor, person: Person, code: str, now: datetime) -> str:
    """Accept a code of the authenticator, or a recovery code, once; returns "code" or "recovery".

    Wrong codes are counted for the account from whatever address they come, and lock it as wrong passwords do; a code
    accepted once is not accepted again. Raises CodeRefused.
    """
    policy = current_policy()
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().get(person=person, confirmed_at__isnull=False)
        until = locked_until(factor=factor, policy=policy)
        if until is not None and now < until:
            raise CodeRefused(_wait(until, now))
        if until is not None:
            factor.failures = 0
        used = _use(factor, code, now)
        if used is None:
            factor.failures, factor.failed_at = factor.failures + 1, now
            locked = factor.failures >= policy.tries
            action = "locked" if locked else "second-factor-failed"
            record_act(action=action, by=by, subject=subject_of(person=person), at=now, result=FAILED)
        else:
            factor.failures, factor.failed_at = 0, None
        factor.save()
    if used is None:
        end = locked_until(factor=factor, policy=policy)
        raise CodeRefused(_wait(end, now) if end else _("验证码不正确，或已用过。"))
    return used


def _wait(until: datetime, now: datetime) -> str:
    minutes = -int((now - until).total_seconds() // 60)
    return _("验证码连续错误次数过多，请在 %(minutes)d 分钟后再试。") % {"minutes": max(minutes, 1)}


def _use(factor: SecondFactor, code: str, now: datetime) -> str | None:
    """Use *code* up: the step moves on, or the recovery code is struck out. None when it fits neither."""
    plain = "".join(code.split())
    if plain.isascii() and plain.isdigit() and len(plain) == DIGITS:
        step = matching_step(secret=_open(factor), code=plain, now=now, after=factor.last_step)
        if step is not None:
            factor.last_step = step
            return "code"
        return None
    digest = _recovery_digest(code)
    if digest in factor.recovery_digests:
        factor.recovery_digests = [each for each in factor.recovery_digests if each != digest]
        return "recovery"
    return None


def remove_second_factor(*, by: Actor, person: Person, code: str, now: datetime) -> None:
    """Sign in without codes again, by the person alone and with a last code; refused where the policy requires codes.

    Raises Refused, CodeRefused.
    """
    if by.person_id != person.pk:
        raise Refused(_("只能解除本人的第二因素。"))
    if person.role in current_policy().second_factor_roles:
        raise CodeRefused(_("安全策略要求您的角色使用第二因素，不能解除。"))
    verify_second_factor(by=by, person=person, code=code, now=now)
    with transaction.atomic():
        SecondFactor.objects.filter(person=person).delete()
        record_act(action="second-factor-removed", by=by, subject=subject_of(person=person), at=now)
