"""Send what is to be sent outside: webhook calls, signed, retried, given up after a day."""

from __future__ import annotations

import hashlib
import hmac
import http.client
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from lantai.work.models import Dispatch

TRIES = 12


def queue_dispatch(*, subject: str, address: str, body: str, secret: str, now: datetime) -> None:
    """Keep one message for sending, in the caller's transaction, signed with HMAC-SHA-256 of *secret*."""
    signature = "sha256=" + hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    Dispatch.objects.create(subject=subject, address=address, body=body, signature=signature, next_try_at=now)


def send_dispatches(*, now: datetime, limit: int = 50, seconds: float = 10.0) -> int:
    """Send up to *limit* messages that are due; returns how many went out.

    An answer 2xx counts as sent. Otherwise it is tried again after 1, 2, 4 ... minutes, at most TRIES times; then it is
    given up and stays to be seen.
    """
    sent = 0
    for each in Dispatch.objects.filter(state=Dispatch.State.WAITING, next_try_at__lte=now).order_by("next_try_at")[
        :limit
    ]:
        each.tries += 1
        good, each.last_answer = _post(each.address, each.body, each.signature, seconds)
        if good:
            each.state = Dispatch.State.SENT
            sent += 1
        elif each.tries >= TRIES:
            each.state = Dispatch.State.GIVEN_UP
        else:
            each.next_try_at = now + timedelta(minutes=2 ** (each.tries - 1))
        each.save(update_fields=["tries", "state", "next_try_at", "last_answer"])
    return sent


def _post(address: str, body: str, signature: str, seconds: float) -> tuple[bool, str]:
    """POST *body* as JSON; whether the answer was 2xx, and what it was."""
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    caller = kind(parts.netloc, timeout=seconds)
    try:
        caller.request(
            "POST",
            (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            body=body.encode(),
            headers={"Content-Type": "application/json", "X-Lantai-Signature": signature},
        )
        answer = caller.getresponse()
        return 200 <= answer.status < 300, f"{answer.status} {answer.reason}"[:300]
    except (OSError, http.client.HTTPException) as error:
        return False, f"{type(error).__name__}: {error}"[:300]
    finally:
        caller.close()
