"""Keep the trust list (信任列表): take certificates in, take them out, each with who, why and a ledger entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from asn1crypto import x509
from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from lantai.administration.models import Role, TrustedIssuer
from lantai.administration.services.evidence import ReferenceRefused, change_entry, state_of
from lantai.administration.services.people_access import CONSOLE, Actor, require_role
from lantai.archival.formats import CertificateFact
from lantai.archival.sealing import certificate_fact
from lantai.ledger.services import append_entries


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIssuer:
    """A certificate (DER) to be trusted: as an anchor (信任起点) or only to complete chains, for signatures made from
    and until a day (None: that side is open), on what basis."""

    der: bytes
    anchor: bool
    basis: str
    valid_from: date | None = None
    valid_until: date | None = None


def trust_issuers(*, issuers: Sequence[NewIssuer], by: Actor, now: datetime) -> list[TrustedIssuer]:
    """Take certificates into the trust list, in one transaction with their ledger entries.

    Raises:
        ReferenceRefused: one is on the list already, or no certificate.
        common.errors.Refused: only the security administrator keeps the list.
    """
    _require_keeper(by)
    facts = [certificate_fact(x509.Certificate.load(each.der)) for each in issuers]
    with transaction.atomic():
        known = set(
            TrustedIssuer.objects.filter(
                removed_at__isnull=True, fingerprint__in=[each.sha256 for each in facts]
            ).values_list("fingerprint", flat=True)
        )
        for fact in facts:
            if fact.sha256 in known:
                raise ReferenceRefused(_("“%(name)s”的这张证书已经在信任列表里。") % {"name": fact.subject})
        rows = [_row(each, fact, by, now) for each, fact in zip(issuers, facts, strict=True)]
        for row in rows:
            row.save()
        append_entries(
            entries=[
                change_entry(
                    kind="trust-added",
                    subject=f"certificate:{row.fingerprint[:16]}",
                    by=by,
                    now=now,
                    after=state_of(row=row, without=_UNTOLD),
                )
                for row in rows
            ]
        )
    return rows


def distrust_issuer(*, number: int, reason: str, by: Actor, now: datetime) -> TrustedIssuer:
    """Take a certificate out of the list, with the reason; what was judged by it stays as it was judged.

    Raises:
        ReferenceRefused: unknown, or removed before.
        common.errors.Refused: only the security administrator keeps the list.
    """
    _require_keeper(by)
    with transaction.atomic():
        row = TrustedIssuer.objects.select_for_update().filter(pk=number, removed_at__isnull=True).first()
        if row is None:
            raise ReferenceRefused(_("这张证书不在信任列表里。"))
        before = state_of(row=row, without=_UNTOLD)
        row.removed_at, row.removed_by, row.removed_reason = now, by.reference, reason
        row.save(update_fields=["removed_at", "removed_by", "removed_reason"])
        append_entries(
            entries=[
                change_entry(
                    kind="trust-removed",
                    subject=f"certificate:{row.fingerprint[:16]}",
                    by=by,
                    now=now,
                    before=before,
                    after=state_of(row=row, without=_UNTOLD),
                    reason=reason,
                )
            ]
        )
    return row


_UNTOLD = ("added_at", "added_by", "removed_at", "removed_by")


def _require_keeper(by: Actor) -> None:
    if by.role != CONSOLE.role:
        require_role(by=by, among=(Role.SECURITY,))


def _row(new: NewIssuer, fact: CertificateFact, by: Actor, now: datetime) -> TrustedIssuer:
    begins, ends = parse_datetime(fact.not_before), parse_datetime(fact.not_after)
    if begins is None or ends is None:
        raise ReferenceRefused(_("“%(name)s”的证书没有可读的有效期。") % {"name": fact.subject})
    return TrustedIssuer(
        fingerprint=fact.sha256,
        der=new.der,
        subject=fact.subject[:300],
        issuer=fact.issuer[:300],
        serial=fact.serial[:80],
        key=fact.key[:20],
        not_before=begins,
        not_after=ends,
        anchor=new.anchor,
        valid_from=new.valid_from,
        valid_until=new.valid_until,
        basis=new.basis,
        added_at=now,
        added_by=by.reference,
    )
