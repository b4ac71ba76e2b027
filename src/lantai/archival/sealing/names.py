"""What certificates and times are called: read leniently for people, compared as bytes by everybody else."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta, timezone

from asn1crypto import x509

from lantai.archival.formats.model import CertificateFact
from lantai.archival.sealing.algorithms import ASN1_FAULTS, key_words

CHINA = timezone(timedelta(hours=8))
_MOMENT = re.compile(
    r"^(?:D:)?(\d{4})-?(\d\d)-?(\d\d)[T ]?(?:(\d\d):?(\d\d)(?::?(\d\d))?)?(?:[.,]\d+)?\s*(Z|[+-]\d\d:?'?(?:\d\d)?'?)?$"
)


def common_name(name: x509.Name) -> str:
    """The common name of a certificate's subject, read leniently: real ones carry GBK in fields that say UTF-8."""
    found: dict[str, str] = {}
    for relative in name.chosen:
        for pair in relative:
            value = pair["value"].chosen if hasattr(pair["value"], "chosen") else pair["value"]
            kind = pair["type"].dotted
            found.setdefault(kind, _lenient(value.contents or b"", wide=value.tag == 30))
    return found.get("2.5.4.3") or found.get("2.5.4.11") or found.get("2.5.4.10") or ""


def _lenient(data: bytes, *, wide: bool) -> str:
    for encoding in ("utf-16-be",) if wide else ("utf-8", "gb18030"):
        try:
            return _printable(data.decode(encoding))
        except UnicodeError:
            continue
    return _printable(data.decode("latin-1"))


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text).strip()


def certificate_fact(certificate: x509.Certificate) -> CertificateFact:
    """A certificate as people read it.

    Raises:
        one of ``ASN1_FAULTS``.
    """
    begins, ends = validity(certificate)
    try:
        key = key_words(certificate)
    except ASN1_FAULTS:
        key = ""
    return CertificateFact(
        subject=common_name(certificate.subject),
        issuer=common_name(certificate.issuer),
        serial=f"{certificate.serial_number:x}",
        sha256=fingerprint(certificate),
        not_before=begins.isoformat(),
        not_after=ends.isoformat(),
        key=key,
    )


def fingerprint(certificate: x509.Certificate) -> str:
    """The SHA-256 of the certificate's DER, in hexadecimal digits."""
    return hashlib.sha256(certificate.dump()).hexdigest()


def validity(certificate: x509.Certificate) -> tuple[datetime, datetime]:
    """From when until when the certificate says it is valid.

    Raises:
        one of ``ASN1_FAULTS``.
    """
    period = certificate["tbs_certificate"]["validity"]
    return _aware(period["not_before"].native), _aware(period["not_after"].native)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_moment(written: str) -> datetime | None:
    """A time as signatures write it (``20200928165140Z``, ``D:20200928165140+08'00'``, ISO 8601); one without a zone
    is China's. None for anything else."""
    found = _MOMENT.match(written.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    try:
        plain = datetime(  # noqa: DTZ001 - the zone follows
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), min(int(second or 0), 59)
        )
        return plain.replace(tzinfo=_zone(zone))
    except ValueError:
        return None


def _zone(written: str | None) -> timezone:
    if written == "Z":
        return UTC
    digits = re.sub(r"\D", "", written or "")
    if not digits:
        return CHINA
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4] or 0))
    return timezone(-shift if written and written[0] == "-" else shift)
