"""A judged signature as plain values and sentences, for reports, pages and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Literal

from lantai.archival.formats import sentence
from lantai.archival.formats.model import CertificateFact, SignatureFact


def signature_data(fact: SignatureFact) -> dict[str, Any]:
    """A judged signature as plain values, its sentences in both languages."""
    return {
        **plain_signature(fact),
        "reasons": [each.partition(": ")[0] for each in fact.reason.splitlines()],
        "reason_zh": sentence(fact.reason, "zh"),
        "reason_en": sentence(fact.reason, "en"),
        "details_zh": told_lines(fact.detail, "zh"),
        "details_en": told_lines(fact.detail, "en"),
    }


def plain_signature(fact: SignatureFact) -> dict[str, Any]:
    """A judged signature as plain JSON values: what is kept of it."""
    return {**asdict(fact), "certificates": [asdict(each) for each in fact.certificates]}


def signature_from(data: Mapping[str, Any]) -> SignatureFact:
    """The signature that ``plain_signature`` was given; what later versions added to it is left out."""
    known = {name: value for name, value in data.items() if name in SignatureFact.__dataclass_fields__}
    return SignatureFact(**known | {"certificates": tuple(CertificateFact(**each) for each in known["certificates"])})


def told_lines(lines: str, language: Literal["zh", "en"]) -> list[str]:
    """Each line of a reason or detail as a sentence."""
    return [sentence(each, language) for each in lines.splitlines()]
