"""From a resolved line to its record: columns, description (DA/T 18, DA/T 46), sealed number, description document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lantai.archival.description import (
    DescribedComponent,
    DescribedPackage,
    DescribedRetention,
    RecordDescription,
    write_description,
)
from lantai.archival.tables import read_day, targets
from lantai.archival.vault import seal_fields
from lantai.catalog.services import StoredComponent, certificate_digest, personal_key
from lantai.ingest.services.describing import expiry_of
from lantai.ingest.services.imports.resolving import Resolved

_TEXTS = (
    "fonds_code", "category_code", "class_code", "retention", "function_code", "title", "creator", "document_number",
    "disclosure", "sharing", "abstract", "item_name", "item_code", "case_number", "applicant", "address", "result",
    "source_code",
)  # fmt: skip
_NUMBERS = ("volume_number", "item_number", "pages")
_WORDS = {
    "level": {"item": "文件级", "volume": "案卷级"},
    "secrecy": {"0": "公开", "1": "限制", "2": "秘密", "3": "机密", "4": "绝密"},
    "open_state": {"unreviewed": "未审核", "open": "开放", "controlled": "控制", "deferred": "延期开放"},
}
_HIDDEN = frozenset(("certificate", "files", "archive_code", "parent"))
CERTIFICATE = "证件号码"


@dataclass(frozen=True, slots=True)
class PackedFiles:
    """The package made of a line's files: its size and digest, and where each file lies in it."""

    size: int
    sha512: str
    components: Sequence[StoredComponent]


def record_columns(*, resolved: Resolved, record_code: str) -> dict[str, Any]:
    """The columns of a record as catalog.services.NewRecord takes them, all but codes, parent and representation."""
    values = resolved.values
    day = read_day(values["date"])
    if day is None:
        raise ValueError(f"line {resolved.line.number} has no date")
    until = read_day(values.get("date_until", ""))
    last = until.last if until is not None else day.last
    certificate = values.get("certificate", "")
    return {
        **{key: values.get(key, "") for key in _TEXTS},
        **{key: int(values[key]) if key in values else None for key in _NUMBERS},
        "level": values.get("level", "item"),
        "year": int(values["year"]),
        "formed_on": day.first,
        "formed_until": last if last != day.first else None,
        "accepted_on": _first(values.get("accepted_on", "")),
        "decided_on": _first(values.get("decided_on", "")),
        "organisation_id": resolved.organisation_id,
        "secrecy": int(values.get("secrecy", "0")),
        "open_state": values.get("open_state", "unreviewed"),
        "expires_on": expiry_of(period=values["retention"], formed=day.first),
        "description": described_values(values=values),
        "sealed": seal_fields(personal_key(), {CERTIFICATE: certificate}, record_code.encode())
        if certificate
        else None,
        "identity_digests": (certificate_digest(certificate),) if certificate else (),
    }


def _first(text: str) -> date | None:
    day = read_day(text)
    return day.first if day is not None else None


def described_values(*, values: Mapping[str, str]) -> dict[str, str]:
    """The description as it is kept: elements by their Chinese names, choices as words. Nothing personal's number."""
    return {
        targets()[key].zh: _WORDS.get(key, {}).get(value, value)
        for key, value in values.items()
        if key not in _HIDDEN and value
    }


def description_document(
    *, resolved: Resolved, record_code: str, archive_code: str, packed: PackedFiles, name: str
) -> bytes:
    """The description document that lies beside the files of a record. Raises DescriptionError."""
    described = described_values(values=resolved.values)
    elements = {
        target.element: (described[target.zh],)
        for target in targets().values()
        if target.element and target.element != "M8" and described.get(target.zh)
    }
    certificate = resolved.values.get("certificate", "")
    return write_description(
        RecordDescription(
            elements={**elements, "M7": (record_code,), "M8": (archive_code,)},
            fields={key: value for key, value in _other_fields(resolved.values).items() if value},
            package=DescribedPackage(name, packed.size, "zip", "", {"sha512": packed.sha512}),
            components=tuple(
                DescribedComponent(
                    path=each.path, size=each.size, digests={"sha256": each.sha256}, offset=each.offset,
                    stored_size=each.stored_size, method=each.method,
                )
                for each in packed.components
            ),
            retention=DescribedRetention(resolved.values["retention"], "", "", "", "目录导入时沿用"),
            access={"密级": described.get("密级", "公开"), "开放标识": described.get("开放标识", "未审核")},
        ),
        concealed=(certificate,) if certificate else (),
    )  # fmt: skip


def _other_fields(values: Mapping[str, str]) -> dict[str, str]:
    """The fields of DA/T 18 that DA/T 46 has no element for."""
    pairs = {"scope": "abstract", "persons": "persons", "subjects": "subjects", "carrier": "carrier",
             "location": "location", "note": "note", "disclosure": "disclosure"}  # fmt: skip
    return {field: values.get(key, "") for field, key in pairs.items()}
