"""From a package to its record: description (DA/T 18, DA/T 46), retention, access-rule fields, sealed numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lantai.administration.queries import Placement
from lantai.archival.checks import Examination, RetentionDecision, RulePack, choose_retention, message, rule_values
from lantai.archival.checks.moments import read_moment
from lantai.archival.description import (
    DescribedAct,
    DescribedComponent,
    DescribedExamination,
    DescribedFinding,
    DescribedPackage,
    DescribedRelation,
    DescribedRetention,
    DescribedSignature,
    RecordDescription,
    elements_from_metadata,
    identifiers_from_metadata,
    sealed_tags,
)
from lantai.archival.formats import SignatureFact
from lantai.archival.packages import Component, Material, Package, Profile
from lantai.archival.vault import seal_fields
from lantai.catalog.services import StoredComponent, certificate_digest, personal_key

SECRECY = {"公开": 0, "": 0, "内部": 1, "限制": 1, "秘密": 2, "机密": 3, "绝密": 4}


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of a coming record before its code: the columns, and the parts of its description document."""

    columns: Mapping[str, Any]
    description: RecordDescription
    concealed: tuple[str, ...]
    components: tuple[StoredComponent, ...]
    placement: Placement
    code_values: Mapping[str, str]
    retention: RetentionDecision
    signatures: tuple[tuple[str, SignatureFact], ...] = ()


def draft_record(
    *,
    package: Package,
    profile: Profile,
    placement: Placement,
    rules: RulePack,
    examination: Examination,
    examined_at: datetime,
    record_code: str,
    follows: str,
    replaces: str,
) -> Draft:
    """Describe one accepted package. Values are the department's own; what the archive decides stands beside them.

    Identity and certificate numbers are sealed (AES-256-GCM, bound to the 电子文件号) and kept as keyed digests; they
    are in no other column and in no document. The record's date is the day the case was closed, else accepted, else
    examined.
    """

    def said(field: str) -> str:
        return profile.value(package.metadata, field).strip()

    closed, accepted = _day(said("date")), _day(said("accepted_at"))
    formed = closed or accepted or examined_at.date()
    retention = choose_retention(rules, rule_values(profile, package.metadata))
    period = retention.code or said("retention") or "Y"
    numbers = {
        tag: package.metadata[tag].strip()
        for tag in sealed_tags(profile.fields)
        if package.metadata.get(tag, "").strip()
    }
    pages = sum(each.facts.pages or 0 for each in package.components if each.facts is not None)
    columns = {
        "fonds_code": placement.fonds_code,
        "category_code": placement.category,
        "class_code": "·".join(placement.classes),
        "year": formed.year,
        "retention": period,
        "function_code": placement.function,
        "title": said("title") or said("item_name") or package.name,
        "creator": said("creator") or placement.organisation_name,
        "formed_on": formed,
        "organisation_id": placement.organisation_id,
        "document_number": said("doc_no")[:120],
        "pages": pages or None,
        "files": len(package.components),
        "bytes": package.size,
        "item_code": said("item_code"),
        "item_name": said("item_name"),
        "case_number": said("case_number"),
        "applicant": said("applicant"),
        "address": said("applicant_address"),
        "result": said("result"),
        "accepted_on": accepted,
        "decided_on": closed,
        "secrecy": SECRECY.get(said("secrecy"), 1),
        "sharing": _sharing(package.materials),
        "personal": said("applicant_type") in ("", "1", "自然人") or bool(numbers),
        "retention_rule": retention.rule,
        "retention_table": retention.table,
        "expires_on": expiry_of(period=period, formed=formed),
        "profile": profile.code,
        "source_code": said("record_code")[:120],
        "description": {tag: value for tag, value in package.metadata.items() if tag not in numbers and value},
        "sealed": _sealed(numbers, record_code),
        "identity_digests": tuple(certificate_digest(value) for value in set(numbers.values())),
        "relations": tuple(
            (kind, target, "") for kind, target in (("follows", follows), ("replaces", replaces)) if target
        ),
    }
    return Draft(
        columns=columns,
        description=RecordDescription(
            elements=elements_from_metadata(package.metadata, profile.fields),
            identifiers=identifiers_from_metadata(package.metadata, profile.fields),
            package=DescribedPackage(package.name, package.size, package.container, profile.code, package.digests),
            components=tuple(_described(each, package.materials) for each in package.components),
            process=tuple(
                DescribedAct(
                    action=act.action,
                    time=act.time,
                    actor=act.actor,
                    basis=act.basis,
                    detail=act.detail,
                    step=act.step,
                    fields=act.fields,
                )
                for act in package.process
            ),
            examination=DescribedExamination(
                stage="GD",
                decision=examination.decision,
                rule_pack=rules.label,
                profile=profile.code,
                at=examined_at.isoformat(),
                findings=tuple(
                    DescribedFinding(
                        code=each.code,
                        verdict=each.verdict,
                        severity=each.severity,
                        reason=each.reason,
                        path=each.path,
                        advice=each.advice,
                        sentence=message(each, "zh"),
                        values={} if each.verdict == "pass" else each.values,
                    )
                    for each in examination.findings
                ),
            ),
            retention=DescribedRetention(period, retention.rule, rules.label, retention.table, retention.basis),
            access={"密级": said("secrecy") or "公开", "开放标识": "未审核", "共享类型": _sharing(package.materials)},
            relations=tuple(
                DescribedRelation(kind, target)
                for kind, target in (("follows", follows), ("replaces", replaces))
                if target
            ),
        ),
        concealed=tuple(numbers.values()),
        components=tuple(_stored(each, package.materials) for each in package.components),
        placement=placement,
        code_values=placement.values | {"year": str(formed.year), "retention": period},
        retention=retention,
        signatures=tuple(
            (each.path, fact) for each in package.components if each.facts is not None for fact in each.facts.signatures
        ),
    )


def _day(text: str) -> date | None:
    moment = read_moment(text)
    return moment.date() if moment is not None else None


def expiry_of(*, period: str, formed: date) -> date | None:
    """The last day of the retention period: counted from the first of January after the year of formation."""
    if not period.startswith("D") or not period[1:].isdigit():
        return None
    return date(min(formed.year + int(period[1:]), date.max.year), 12, 31)


def _sharing(materials: tuple[Material, ...]) -> str:
    """The narrowest sharing attribute any file declares: 03 not, 02 on conditions, 01 freely; "" when none says."""
    return max((each.share for each in materials if each.share in ("01", "02", "03")), default="")


def _sealed(numbers: Mapping[str, str], record_code: str) -> bytes | None:
    if not numbers:
        return None
    return seal_fields(personal_key(), numbers, record_code.encode())


def _material(component: Component, materials: tuple[Material, ...]) -> Material | None:
    return next((each for each in materials if each.path == component.path), None)


def _described(component: Component, materials: tuple[Material, ...]) -> DescribedComponent:
    declared = _material(component, materials)
    facts = component.facts
    shape = facts.format if facts is not None else None
    return DescribedComponent(
        path=component.path,
        size=component.size,
        digests=component.digests,
        raw_name=b"" if component.raw_name == component.path.encode() else component.raw_name,
        name_encoding=component.name_encoding,
        offset=component.offset,
        stored_size=component.stored_size,
        method=component.method,
        modified=component.modified,
        format_key=shape.key if shape else "",
        format_name=shape.name if shape else "",
        format_version=shape.version if shape else "",
        puid=shape.puid if shape else "",
        mime=shape.mime if shape else "",
        readable=facts.readable if facts else None,
        pages=facts.pages if facts else None,
        title=(declared.actual_name or declared.name) if declared else "",
        stage_code=declared.stage_code if declared else "",
        nature=declared.nature if declared else "",
        share=declared.share if declared else "",
        share_basis=declared.share_basis if declared else "",
        attributes=facts.attributes if facts else {},
        signatures=tuple(
            DescribedSignature(
                kind=each.kind,
                integrity=each.integrity,
                signer=each.signer,
                signed_at=each.signed_at,
                algorithm=each.algorithm,
                trusted=each.trusted,
                detail=each.detail,
                verdict=each.verdict,
                reason=each.reason,
            )
            for each in (facts.signatures if facts else ())
        ),
    )


def _stored(component: Component, materials: tuple[Material, ...]) -> StoredComponent:
    declared = _material(component, materials)
    shape = component.facts.format if component.facts is not None else None
    return StoredComponent(
        path=component.path,
        size=component.size,
        offset=component.offset,
        stored_size=component.stored_size,
        method=component.method,
        sha256=component.digests.get("sha256", ""),
        format=shape.key if shape else "",
        puid=shape.puid if shape else "",
        format_name=shape.name if shape else "",
        pages=component.facts.pages if component.facts else None,
        material=(declared.actual_name or declared.name) if declared else "",
        stage=declared.stage_code if declared else "",
        nature=declared.nature if declared else "",
        share=declared.share if declared else "",
        raw_name="" if component.raw_name == component.path.encode() else component.raw_name.hex(),
        name_encoding=component.name_encoding,
        listed=declared.name if declared and declared.actual_name not in ("", declared.name) else "",
    )
