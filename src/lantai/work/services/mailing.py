"""Mail (邮件): kept in the outbox in the caller's transaction, sent by the steward where a mail server is named."""

from __future__ import annotations

import smtplib
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from lantai.work.models import Mail

TRIES = 12


def queue_mail(*, address: str, subject: str, body: str, about: str, now: datetime) -> None:
    """Keep one mail for sending, in the caller's transaction; *about* says what it is about, such as ``handover``."""
    Mail.objects.create(
        about=about,
        address=address,
        subject=" ".join(subject.split())[:200],
        body=body,
        queued_at=now,
        next_try_at=now,
    )


def send_mails(*, now: datetime, limit: int = 20, seconds: int = 10) -> int:
    """Send up to *limit* mails that are due; returns how many went out, 0 where no mail server is named.

    What a server refuses is tried again after 1, 2, 4 ... minutes, at most TRIES times; then it is given up and stays
    to be seen.
    """
    if not settings.EMAIL_HOST:
        return 0
    sent = 0
    due = Mail.objects.filter(state=Mail.State.WAITING, next_try_at__lte=now).order_by("next_try_at")[:limit]
    for each in due:
        each.tries += 1
        each.last_answer = _send(each, seconds)
        if not each.last_answer:
            each.state, each.sent_at = Mail.State.SENT, now
            sent += 1
        elif each.tries >= TRIES:
            each.state = Mail.State.GIVEN_UP
        else:
            each.next_try_at = now + timedelta(minutes=2 ** (each.tries - 1))
        each.save(update_fields=["tries", "state", "sent_at", "next_try_at", "last_answer"])
    return sent


def _send(mail: Mail, seconds: int) -> str:
    """Hand one mail to the server; what went wrong, or empty."""
    connection = get_connection(timeout=seconds)
    message = EmailMessage(mail.subject, mail.body, settings.DEFAULT_FROM_EMAIL, [mail.address], connection=connection)
    try:
        message.send()
    except (OSError, smtplib.SMTPException) as error:
        return f"{type(error).__name__}: {error}"[:300]
    return ""
