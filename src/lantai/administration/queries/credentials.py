"""Who calls: a credential found by its secret with one indexed query, remembered for some seconds."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from lantai.administration.models import Credential
from lantai.archival.vault import VaultKey, open_fields
from lantai.common.keys import secret_bytes

REMEMBERED_SECONDS = 5
_REMEMBERED_MOST = 1000


@dataclass(frozen=True, slots=True)
class CredentialView:
    """A valid credential: whose it is, how often it may call, where its receipts are pushed."""

    id: int
    prefix: str
    name: str
    organisation_id: int
    organisation_code: str
    calls_per_minute: int
    webhook: str


_remembered: dict[bytes, tuple[float, CredentialView]] = {}
_remembering = threading.Lock()


def credential_of(*, secret: str) -> CredentialView | None:
    """The credential *secret* (`lt_<prefix>_...`) belongs to; None when there is none, it is revoked, its last day has
    passed, or its body ended.

    A found one is remembered for 5 seconds by the SHA-256 of the secret, so a revocation in another process tells
    within that time.
    """
    mark, _, rest = secret.partition("_")
    prefix, _, token = rest.partition("_")
    if mark != "lt" or not token or len(secret) > 200 or not (secret.isascii() and prefix.isalnum()):
        return None
    digest = hashlib.sha256(secret.encode("ascii")).digest()
    now = time.monotonic()
    with _remembering:
        until, found = _remembered.get(digest, (0.0, None))
    if found is not None and until > now:
        return found
    row = (
        Credential.objects.filter(
            Q(organisation__active_to__isnull=True) | Q(organisation__active_to__gte=timezone.localdate()),
            Q(valid_to__isnull=True) | Q(valid_to__gte=timezone.localdate()),
            prefix=prefix,
            revoked_at__isnull=True,
        )
        .values_list(
            "digest", "id", "prefix", "name", "organisation_id", "organisation__code", "calls_per_minute", "webhook"
        )
        .first()
    )
    if row is None or not hmac.compare_digest(bytes(row[0]), digest):
        return None
    view = CredentialView(*row[1:])
    with _remembering:
        if len(_remembered) >= _REMEMBERED_MOST:
            _remembered.clear()
        _remembered[digest] = (now + REMEMBERED_SECONDS, view)
    return view


def forget_credentials() -> None:
    """Forget what this process remembers of credentials."""
    with _remembering:
        _remembered.clear()


def webhook_key() -> VaultKey:
    """The key webhook secrets are sealed under."""
    return VaultKey("webhooks", secret_bytes("webhooks"))


def webhook_secrets(*, credential_ids: Collection[int]) -> dict[int, str]:
    """The secret each of these credentials' webhook calls are signed with, by id; revoked ones are left out."""
    key = webhook_key()
    rows = Credential.objects.filter(pk__in=credential_ids, revoked_at__isnull=True)
    return {
        pk: open_fields(key, bytes(sealed), prefix.encode())["secret"]
        for pk, prefix, sealed in rows.values_list("pk", "prefix", "sealed_webhook_secret")
    }


def list_credentials(*, organisation_id: int | None = None) -> list[Credential]:
    """All credentials, or those of one body, the newest first; never a secret."""
    rows = (
        Credential.objects.select_related("organisation")
        .order_by("-issued_at", "-pk")
        .defer("digest", "sealed_webhook_secret")
    )
    return list(rows if organisation_id is None else rows.filter(organisation_id=organisation_id))
