"""What lies in the outbox of mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from lantai.common.components import Notice
from lantai.work.models import Mail


@dataclass(frozen=True, slots=True)
class MailView:
    """One mail of the outbox."""

    id: int
    address: str
    subject: str
    body: str
    state: str
    queued_at: datetime
    sent_at: datetime | None
    tries: int
    last_answer: str


def list_mails(*, state: str = "", limit: int, offset: int) -> tuple[list[MailView], int]:
    """The mails of the outbox, the newest first, and how many; those in *state* when one is given."""
    found = Mail.objects.all()
    if state:
        found = found.filter(state=state)
    rows = [
        MailView(
            each.pk,
            each.address,
            each.subject,
            each.body,
            each.state,
            each.queued_at,
            each.sent_at,
            each.tries,
            each.last_answer,
        )
        for each in found.order_by("-pk")[offset : offset + limit]
    ]
    return rows, found.count()


def mail_notice() -> Notice | None:
    """That mails stay in the outbox, where no mail server is named."""
    if settings.EMAIL_HOST:
        return None
    return Notice("warn", _("没有设置邮件服务器，邮件留在发件箱。"), _("系统管理员设置 LANTAI_MAIL_HOST 后自动发出。"))
