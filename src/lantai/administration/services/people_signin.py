"""Signing in and out: password, second factor, lock after failures, end of idle sessions; each leaves its entry."""

from __future__ import annotations

import hashlib
import hmac
import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from axes.utils import reset as forget_failures
from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare, salted_hmac

from lantai.administration.models import Person, Role, SecondFactor
from lantai.administration.queries.people import PolicyValues, current_policy, normal_username
from lantai.administration.services.people_access import (
    ANONYMOUS,
    Actor,
    actor_of,
    address_of,
    own_account,
    require_role,
)
from lantai.administration.services.people_evidence import FAILED, record_act, subject_of
from lantai.administration.services.people_passwords import make_one_time_password, store_password
from lantai.administration.services.people_second_factor import has_second_factor, verify_second_factor
from lantai.common.keys import secret_bytes

CODE_SECONDS = 300
"""How long a right password waits for its second factor."""
TOUCH_SECONDS = 60
"""A session in use is written at most this often; between two writes the browser keeps when it was seen last."""
SEEN_COOKIE = "lantai_seen"
"""The second in which somebody did something last, signed for this session: its idle time is exact without a write."""
_BACKEND = "django.contrib.auth.backends.ModelBackend"
_PENDING = "second-factor"


@dataclass(frozen=True, slots=True)
class SignIn:
    """How an attempt ended: signed in, a code is wanted, failed, or locked with the minutes still to wait."""

    state: Literal["done", "code", "failed", "locked"]
    minutes: int = 0


class CodeNotAsked(ValueError):
    """A code came without a right password before it, or too late after it."""


def try_password(*, request: HttpRequest, username: str, password: str, now: datetime, back: str = "") -> SignIn:
    """Try to sign in with a password; *back* is where a person with second factor goes after the code.

    Failures are counted by account and address together. An unknown account takes as long as a known one, is counted
    and locked the same way, and gets the same answer. The session gets a new key.
    """
    username = normal_username(username)
    AxesProxyHandler.update_request(request)
    request.axes_attempt_time = now  # type: ignore[attr-defined]
    person = authenticate(request=request, username=username, password=password)
    if isinstance(person, Person):
        if not has_second_factor(person=person):
            _complete(request, person, now, "password")
            return SignIn("done")
        request.session.cycle_key()
        request.session[_PENDING] = {"person": person.pk, "at": int(now.timestamp()), "back": back}
        return SignIn("code")
    just_locked = getattr(request, "axes_failures_since_start", None) is not None
    locked = bool(getattr(request, "axes_locked_out", False))
    if just_locked or not locked:
        _record_failure(request, username, now, locked=locked)
    if not locked:
        return SignIn("failed")
    return SignIn("locked", minutes_locked(username=username, address=address_of(request), now=now))


def _record_failure(request: HttpRequest, username: str, now: datetime, *, locked: bool) -> None:
    """One entry a failure, and one when the lock falls; tries against a lock are not told again and again.

    What was typed for an unknown account may be a password in the wrong field: only its keyed digest is kept.
    """
    person = Person.objects.filter(username=username).first()
    by = Actor(None, ANONYMOUS, (person and person.role) or ANONYMOUS, address_of(request))
    subject = subject_of(person=person) if person else "person:unknown"
    more: dict[str, object] = {"active": person.is_active} if person else {"typed": _typed_digest(username)}
    with transaction.atomic():
        record_act(action="sign-in-failed", by=by, subject=subject, at=now, result=FAILED, more=more)
        if locked:
            record_act(action="locked", by=by, subject=subject, at=now, result=FAILED, more=more)


def _typed_digest(username: str) -> str:
    return hmac.new(secret_bytes("sign-in"), username.encode(), hashlib.sha256).hexdigest()[:16]


def minutes_locked(*, username: str, address: str, now: datetime) -> int:
    """Whole minutes until *username* may be tried again from *address*; 0 when it may be now."""
    policy = current_policy()
    lasting = timedelta(minutes=policy.lock_minutes)
    found = AccessAttempt.objects.filter(username=username, ip_address=address or None, attempt_time__gte=now - lasting)
    attempts = list(found.order_by("attempt_time").values_list("attempt_time", "failures_since_start"))
    failures = sum(count for _at, count in attempts)
    until = now
    for at, count in attempts:  # the oldest are forgotten first; the lock ends when too few are left
        if failures < policy.tries:
            break
        failures -= count
        until = at + lasting
    return math.ceil((until - now).total_seconds() / 60)


def pending_person(*, request: HttpRequest, now: datetime) -> Person:
    """The person whose password was right and whose code is awaited. Raises CodeNotAsked."""
    pending = request.session.get(_PENDING)
    if not isinstance(pending, dict) or now.timestamp() - float(pending["at"]) > CODE_SECONDS:
        raise CodeNotAsked
    person = Person.objects.filter(pk=pending["person"], is_active=True).first()
    if person is None:
        raise CodeNotAsked
    return person


def try_code(*, request: HttpRequest, code: str, now: datetime) -> str:
    """Finish signing in with a code or recovery code; returns where to go. Raises CodeNotAsked, CodeRefused."""
    person = pending_person(request=request, now=now)
    by = Actor(person.pk, person.username, person.role, address_of(request))
    used = verify_second_factor(by=by, person=person, code=code, now=now)
    back = str(request.session.pop(_PENDING)["back"])
    _complete(request, person, now, f"password+{used}")
    return back


def _complete(request: HttpRequest, person: Person, now: datetime, means: str) -> None:
    with transaction.atomic():
        login(request, person, backend=_BACKEND)  # the session gets a new key here
        request.session["seen"] = int(now.timestamp())
        request.session["role"] = person.role
        record_act(
            action="signed-in", by=actor_of(request), subject=subject_of(person=person), at=now, more={"means": means}
        )


def sign_out(*, request: HttpRequest, now: datetime, reason: str = "asked") -> None:
    """End the session; *reason* is "asked", "idle" or "role". Does nothing for somebody who has not signed in."""
    if isinstance(request.user, Person):
        with transaction.atomic():
            subject = subject_of(person=request.user)
            record_act(action="signed-out", by=actor_of(request), subject=subject, at=now, more={"reason": reason})
    logout(request)


def keep_session(*, request: HttpRequest, person: Person, policy: PolicyValues, now: datetime, active: bool) -> str:
    """Look after the session of a request: "" when it goes on, else why it is over ("idle", "role").

    *active* is whether the person did something, or a page asked by itself. The session is written at most once a
    minute; a mark in the browser (``mark_seen``) tells of what was done since. A session of an earlier role does not
    go on in a later one.
    """
    session = request.session
    present = int(now.timestamp())
    if session.setdefault("role", person.role) != person.role:
        return "role"
    written = int(session.setdefault("seen", present))
    if present - max(written, _marked(request)) >= policy.idle_minutes * 60:
        return "idle"
    if active and present - written >= TOUCH_SECONDS:
        session["seen"] = present
    return ""


def mark_seen(*, request: HttpRequest, response: HttpResponseBase, now: datetime) -> None:
    """Let the browser keep that somebody did something just now; nothing when the session has ended meanwhile."""
    present = int(now.timestamp())
    if request.session.session_key and _marked(request) < present:
        secure = settings.SESSION_COOKIE_SECURE
        mark = f"{present}.{_mark(request, present)}"
        response.set_cookie(SEEN_COOKIE, mark, httponly=True, samesite="Lax", secure=secure)


def _mark(request: HttpRequest, seconds: int) -> str:
    return salted_hmac(SEEN_COOKIE, f"{request.session.session_key}:{seconds}", algorithm="sha256").hexdigest()


def _marked(request: HttpRequest) -> int:
    """The second that the browser's mark tells, 0 where there is none or it is not of this session."""
    told, _dot, mark = request.COOKIES.get(SEEN_COOKIE, "").partition(".")
    if not re.fullmatch(r"[0-9]{1,12}", told) or not constant_time_compare(mark, _mark(request, int(told))):
        return 0
    return int(told)


def unlock_account(*, by: Actor, person_id: int, now: datetime) -> Person:
    """Forget the failures of an account, so that it may be tried again at once, by the security administrator.

    Raises Refused for another role or the own account.
    """
    require_role(by=by, among=(Role.SECURITY,))
    if by.person_id == person_id:
        raise own_account(who_may=Role.SECURITY)
    person = Person.objects.get(pk=person_id)
    with transaction.atomic():
        forget_failures(username=person.username)
        SecondFactor.objects.filter(person=person).update(failures=0, failed_at=None)
        record_act(action="unlocked", by=by, subject=subject_of(person=person), at=now)
    return person


class UnknownAccount(LookupError):
    """There is no account of this name."""


def recover_account(*, by: Actor, username: str, now: datetime) -> str:
    """Let somebody in again, at the machine itself, when no administrator can: returns a one-time password.

    The second factor and the lock go; the account stays as active as it was. The ledger says that it was done at the
    console. Raises UnknownAccount.
    """
    one_time = make_one_time_password()
    hashed = make_password(one_time)
    with transaction.atomic():
        person = Person.objects.select_for_update().filter(username=normal_username(username)).first()
        if person is None:
            raise UnknownAccount(username)
        SecondFactor.objects.filter(person=person).delete()
        forget_failures(username=person.username)
        store_password(person=person, hashed=hashed, one_time=True, now=now)
        record_act(action="password-reset", by=by, subject=subject_of(person=person), at=now)
    return one_time


def record_refusal(*, request: HttpRequest, page: str, now: datetime) -> None:
    """Tell the ledger that a signed-in person asked for what the role may not have."""
    with transaction.atomic():
        by = actor_of(request)
        more = {"method": request.method or ""}
        record_act(action="refused", by=by, subject=f"page:{page[:200]}", at=now, result="refused", more=more)
