"""Credentials of departments' systems (接口凭据): issue, revoke, and count calls against the rate that was agreed."""

from __future__ import annotations

import hashlib
import secrets
import string
import threading
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.administration.models import Credential, Organisation
from lantai.administration.queries.credentials import CredentialView, forget_credentials, webhook_key
from lantai.administration.services.evidence import ReferenceRefused, change_entry, require_channel_keeper, state_of
from lantai.administration.services.people_access import Actor
from lantai.archival.vault import seal_fields
from lantai.ledger.services import append_entries

MINUTE = 60
_LETTERS = string.ascii_lowercase + string.digits
_UNTOLD = ("window", "window_calls", "last_used_at")


@dataclass(frozen=True, slots=True)
class IssuedCredential:
    """A new credential with its two secrets, which are shown once and kept nowhere in clear."""

    credential: Credential
    secret: str
    webhook_secret: str


class CallsExceeded(Exception):
    """A credential called more often than agreed: at most `limit` a minute, again in `seconds`."""

    def __init__(self, limit: int, seconds: int) -> None:
        super().__init__(f"at most {limit} calls a minute; again in {seconds} s")
        self.limit = limit
        self.seconds = seconds


def issue_credential(
    *,
    organisation: str,
    name: str,
    by: Actor,
    now: datetime,
    calls_per_minute: int = 600,
    webhook: str = "",
    valid_to: date | None = None,
) -> IssuedCredential:
    """Issue a credential to the body of the code *organisation* for the system *name*, valid up to the day *valid_to*.

    The secret is `lt_<prefix>_<43 characters>`: 256 random bits, of which only the SHA-256 is kept. Raises
    ReferenceRefused for an unknown body or one that has ended, and for a last day that has passed.
    """
    require_channel_keeper(by=by)
    if valid_to is not None and valid_to < timezone.localdate(now):
        raise ReferenceRefused(_("有效期不能早于今天。"))
    prefix = "".join(secrets.choice(_LETTERS) for _place in range(10))
    secret = f"lt_{prefix}_{secrets.token_urlsafe(32)}"
    webhook_secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        body = Organisation.objects.filter(code=organisation).first()
        if body is None or (body.active_to is not None and body.active_to < timezone.localdate(now)):
            raise ReferenceRefused(_("没有代码为 %(code)s 的现行机构。") % {"code": organisation})
        row = Credential.objects.create(
            organisation=body,
            name=name,
            prefix=prefix,
            digest=hashlib.sha256(secret.encode()).digest(),
            calls_per_minute=calls_per_minute,
            webhook=webhook,
            sealed_webhook_secret=seal_fields(webhook_key(), {"secret": webhook_secret}, prefix.encode()),
            issued_at=now,
            valid_to=valid_to,
        )
        append_entries(
            entries=[
                change_entry(
                    kind="credential-issued",
                    subject=f"credential:{prefix}",
                    by=by,
                    now=now,
                    after=state_of(row=row, without=_UNTOLD),
                )
            ]
        )
    return IssuedCredential(row, secret, webhook_secret)


def revoke_credential(*, prefix: str, by: Actor, now: datetime, reason: str) -> Credential:
    """Revoke a credential; calls with it are refused at once here and within seconds in every other process.

    Does nothing when it is revoked already. Raises ReferenceRefused for an unknown one.
    """
    require_channel_keeper(by=by)
    with transaction.atomic():
        row = Credential.objects.select_for_update().filter(prefix=prefix).first()
        if row is None:
            raise ReferenceRefused(_("没有标识为 %(prefix)s 的凭据。") % {"prefix": prefix})
        if row.revoked_at is None:
            before = state_of(row=row, without=_UNTOLD)
            row.revoked_at, row.revoked_reason = now, reason
            row.save(update_fields=["revoked_at", "revoked_reason"])
            append_entries(
                entries=[
                    change_entry(
                        kind="credential-revoked",
                        subject=f"credential:{prefix}",
                        by=by,
                        now=now,
                        before=before,
                        after=state_of(row=row, without=_UNTOLD),
                        reason=reason,
                    )
                ]
            )
    forget_credentials()
    return row


# Calls this process may still make without asking the database: credential -> (minute, calls left).
_granted: dict[int, tuple[int, int]] = {}
_granting = threading.Lock()


def count_call(*, credential: CredentialView, now: datetime) -> None:
    """Count one call of *credential* at *now*. Raises CallsExceeded when the minute's calls are used up.

    Processes draw calls from the credential's row in portions of a twentieth of the limit, so that one call in many
    writes; what a process has drawn and does not use lapses with the minute, so the limit is never exceeded.
    """
    minute = int(now.timestamp()) // MINUTE
    with _granting:
        held, left = _granted.get(credential.id, (minute, 0))
        if held != minute or left < 1:
            left = _draw(credential, minute, now)
        if left < 1:
            raise CallsExceeded(credential.calls_per_minute, MINUTE - int(now.timestamp()) % MINUTE)
        _granted[credential.id] = (minute, left - 1)


def forget_granted_calls() -> None:
    """Let go of the calls this process has drawn; they lapse."""
    with _granting:
        _granted.clear()


def _draw(credential: CredentialView, minute: int, now: datetime) -> int:
    """Take a portion of the minute's calls from the credential's row; returns how many, none when used up."""
    with transaction.atomic():
        row = (
            Credential.objects.select_for_update()
            .only("window", "window_calls", "calls_per_minute")
            .get(pk=credential.id)
        )
        used = row.window_calls if row.window == minute else 0
        portion = min(max(1, row.calls_per_minute // 20), row.calls_per_minute - used)
        if portion > 0:
            row.window, row.window_calls, row.last_used_at = minute, used + portion, now
            row.save(update_fields=["window", "window_calls", "last_used_at"])
    return portion
