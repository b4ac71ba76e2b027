"""Sign and end agreements (移交协议) with the bodies that send packages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from lantai.administration.models import AccessionPolicy, Agreement, Fonds, Organisation
from lantai.administration.services.evidence import ReferenceRefused, change_entry, require_steward, state_of
from lantai.administration.services.people_access import Actor
from lantai.ledger.services import append_entries


@dataclass(frozen=True, slots=True)
class NewAgreement:
    """An agreement to be signed with the body of the code `organisation`, into the fonds of that number."""

    number: str
    organisation: str
    fonds: str
    profile: str
    valid_from: date
    policy: str = AccessionPolicy.MANUAL
    formats: Sequence[str] = ()
    items: Sequence[str] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    valid_to: date | None = None


def sign_agreement(*, agreement: NewAgreement, by: Actor, now: datetime) -> Agreement:
    """Sign an agreement. Raises ReferenceRefused for a number that is taken, an unknown body or fonds, or while another
    agreement on the same fonds and profile holds."""
    require_steward(by=by)
    with transaction.atomic():
        organisation = Organisation.objects.filter(code=agreement.organisation).first()
        fonds = Fonds.objects.filter(code=agreement.fonds).first()
        if organisation is None or fonds is None:
            raise ReferenceRefused(_("移交单位或全宗未登记。"))
        if Agreement.objects.filter(number=agreement.number).exists():
            raise ReferenceRefused(_("协议编号 %(number)s 已被使用。") % {"number": agreement.number})
        same = Agreement.objects.filter(organisation=organisation, fonds=fonds, profile=agreement.profile)
        if same.filter(valid_to__isnull=True).exists():
            raise ReferenceRefused(_("同一单位、全宗和包方案已有生效的协议，请先终止。"))
        row = Agreement.objects.create(
            number=agreement.number,
            organisation=organisation,
            fonds=fonds,
            profile=agreement.profile,
            policy=agreement.policy,
            formats=list(agreement.formats),
            items=list(agreement.items),
            limits=dict(agreement.limits),
            valid_from=agreement.valid_from,
            valid_to=agreement.valid_to,
        )
        append_entries(
            entries=[
                change_entry(
                    kind="agreement-signed", subject=f"agreement:{row.number}", by=by, now=now, after=state_of(row=row)
                )
            ]
        )
    return row


def end_agreement(*, number: str, last_day: date, by: Actor, now: datetime, reason: str) -> Agreement:
    """Let an agreement end with *last_day*. Raises ReferenceRefused for an unknown number, or a day before it began."""
    require_steward(by=by)
    with transaction.atomic():
        row = Agreement.objects.select_for_update().filter(number=number).first()
        if row is None or last_day < row.valid_from:
            raise ReferenceRefused(_("没有编号为 %(number)s 的协议，或终止日期早于生效日期。") % {"number": number})
        before = state_of(row=row)
        row.valid_to = last_day
        row.save(update_fields=["valid_to"])
        append_entries(
            entries=[
                change_entry(
                    kind="agreement-ended",
                    subject=f"agreement:{number}",
                    by=by,
                    now=now,
                    before=before,
                    after=state_of(row=row),
                    reason=reason,
                )
            ]
        )
    return row


def replace_agreement(*, number: str, agreement: NewAgreement, by: Actor, now: datetime, reason: str) -> Agreement:
    """Put *agreement* in the place of the one called *number*, which ends on the day before the new one begins.

    Raises ReferenceRefused for an unknown number, or a new one that begins no later than the old.
    """
    require_steward(by=by)
    with transaction.atomic():
        last = agreement.valid_from - timedelta(days=1)
        end_agreement(number=number, last_day=last, by=by, now=now, reason=reason)
        return sign_agreement(agreement=agreement, by=by, now=now)
