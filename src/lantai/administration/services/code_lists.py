"""Publish versions of the standards' code lists (代码表) in the place of what was delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from lantai.administration.models import CodeListVersion
from lantai.administration.queries.lists import NoSuchList, code_list
from lantai.administration.services.evidence import ReferenceRefused, change_entry, require_registrar, state_of
from lantai.administration.services.people_access import Actor
from lantai.ledger.services import append_entries

ONE_DAY = timedelta(days=1)


def publish_code_list(
    *,
    key: str,
    version: str,
    valid_from: date,
    basis: str,
    codes: Sequence[Mapping[str, str]],
    by: Actor,
    now: datetime,
) -> CodeListVersion:
    """Publish a version of a code list from a day on, by an archivist or the system administrator; the one before it
    ends on the day before. `codes` have code, zh, en and note.

    A version that begins before the first one known is the list of former days (旧版): it holds until the day before
    that one, for records of its time. Raises ReferenceRefused for an unknown list, a version named before, or one that
    begins between those that are known.
    """
    require_registrar(by=by)
    with transaction.atomic():
        last = CodeListVersion.objects.select_for_update().filter(key=key).order_by("valid_from").last()
        try:
            known = code_list(key=key)
        except NoSuchList as unknown:
            raise ReferenceRefused(_("没有代码表 %(key)s。") % {"key": key}) from unknown
        newest, oldest = known.versions[0], known.versions[-1]
        former = valid_from < oldest.valid_from
        if (not former and newest.valid_from >= valid_from) or version in {each.version for each in known.versions}:
            told = {"day": newest.valid_from.isoformat(), "first": oldest.valid_from.isoformat()}
            raise ReferenceRefused(
                _("新版本须换版本号，并在 %(day)s 之后生效；补录的旧版须在 %(first)s 之前生效。") % told
            )
        if last is not None and not former:
            last.valid_to = valid_from - ONE_DAY
            last.save(update_fields=["valid_to"])
        row = CodeListVersion.objects.create(
            key=key,
            version=version,
            valid_from=valid_from,
            valid_to=oldest.valid_from - ONE_DAY if former else None,
            basis=basis,
            codes=[dict(each) for each in codes],
            recorded_at=now,
            recorded_by=by.reference,
        )
        beside = oldest if former else newest
        before = {"version": beside.version, "codes": [each.code for each in beside.codes]}
        append_entries(
            entries=[
                change_entry(
                    kind="code-list-published",
                    subject=f"code-list:{key}",
                    by=by,
                    now=now,
                    before=before,
                    after=state_of(row=row),
                )
            ]
        )
    return row
