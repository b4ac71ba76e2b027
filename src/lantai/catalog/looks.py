"""A look at a record: allowed or refused by the access rule, and told to the ledger before anything is shown."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader
from lantai.administration.services.people_access import actor_of
from lantai.catalog.queries import Act, NotForReader, RecordView, record_by_code
from lantai.catalog.services.looking import REFUSED, note_look
from lantai.common.errors import Refused

HOUR = 3600


def record_or_refusal(code: str, reader: Reader, *, act: Act = Act.DESCRIBE) -> RecordView:
    """The record, when the reader may do *act*. Raises NoSuchRecord, common's Refused with the rule's reason."""
    try:
        return record_by_code(code=code, reader=reader, act=act)
    except NotForReader as refused:
        decision = refused.decision
        raise Refused(
            decision.reason, who_may=[_("档案员"), _("档案的形成单位"), _("经授权的人员")], advice=decision.remedy
        ) from None


def tell_look(request: HttpRequest, record: RecordView, reader: Reader, *, kind: str, what: str, now: datetime) -> None:
    """Tell the ledger of a look that is about to be shown."""
    tell_look_at(request, record.summary.record_code, reader, kind=kind, what=what, now=now)


def tell_look_at(
    request: HttpRequest, record_code: str, reader: Reader, *, kind: str, what: str, now: datetime
) -> None:
    """The same by 电子文件号, where the record was read for describing."""
    note_look(
        record_code=record_code,
        kind=kind,
        by=actor_of(request),
        purpose=reader.purpose,
        what=what,
        result="done",
        now=now,
    )


def noted_record(
    request: HttpRequest, code: str, reader: Reader, *, act: Act, kind: str, what: str, now: datetime
) -> RecordView:
    """The record, when the reader may do *act*, and the entry that tells of it; a refusal is told too.

    Raises NoSuchRecord, common's Refused.
    """
    try:
        record = record_or_refusal(code, reader, act=act)
    except Refused:
        by = actor_of(request)
        note_look(
            record_code=code[:40],
            kind=REFUSED,
            by=by,
            purpose=reader.purpose,
            what=f"{kind} {what}",
            result="refused",
            now=now,
        )
        raise
    tell_look(request, record, reader, kind=kind, what=what, now=now)
    return record


def look_token(*, reader: Reader, code: str, file: int, now: datetime) -> str:
    """What the images of a page carry, so that one look at a file is one entry and not one for each of its pages."""
    return _token(reader, code, file, int(now.timestamp()) // HOUR)


def is_of_a_look(token: str, *, reader: Reader, code: str, file: int, now: datetime) -> bool:
    """Whether *token* belongs to a look that this reader had at this file in this hour or the one before."""
    hour = int(now.timestamp()) // HOUR
    return any(constant_time_compare(token, _token(reader, code, file, each)) for each in (hour, hour - 1))


def _token(reader: Reader, code: str, file: int, hour: int) -> str:
    said = f"{reader.reference} {code} {file} {hour}"
    return salted_hmac("lantai.catalog.looks", said, algorithm="sha256").hexdigest()[:32]
