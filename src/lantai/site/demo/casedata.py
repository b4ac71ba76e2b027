"""What a package says of its case: name, base information and process, by the fuzhou or the generic profile."""

from __future__ import annotations

from datetime import datetime

from lantai.archival.packages import ProcessAct
from lantai.site.demo.casefiles import facts_of
from lantai.site.demo.cases import Case
from lantai.site.demo.county import county, region
from lantai.site.demo.parcels import PackageFiles

_SYSTEM = "云岭县一体化政务服务平台 V3.2（Linux，达梦数据库）"
_STEPS = {
    "receipt": "1",
    "acceptance": "2",
    "examination": "3",
    "decision": "4",
    "correction": "11",
    "suspension": "12",
}


def case_sequence(case: Case) -> str:
    """What the names of all packages have in common among which this case's serial counts."""
    item = case.item
    return f"{region()}-{item.body.fonds}-{item.code}-{case.decided.year}-{item.retention(case.result)}"


def describe_case(case: Case, files: PackageFiles, serial: int) -> tuple[str, dict[str, str], list[ProcessAct]]:
    """Package name, metadata and process acts of *case*."""
    generic = files.generic
    retention = case.item.retention(case.result)
    name = f"{case_sequence(case)}-{serial:06}"
    acts = [
        ProcessAct(
            act.step if generic and act.step != "other" else "archiving" if generic else _STEPS.get(act.step, "99"),
            act.action,
            act.actor,
            clock_time(act.at),
            act.basis,
            act.opinion,
        )
        for act in case.acts
    ]
    metadata = _generic_metadata(case, name, retention) if generic else _fuzhou_metadata(case, name, retention)
    metadata["file_count" if generic else "total_number"] = str(len(files.materials))
    return name, metadata, acts


def clock_time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _fuzhou_metadata(case: Case, name: str, retention: str) -> dict[str, str]:
    item, body, enterprise = case.item, case.item.body, case.enterprise
    facts = facts_of(case)
    told = {
        "electronic_record_code": name,
        "region_code": region(),
        "task_code": item.code,
        "information_system_description": _SYSTEM,
        "archives_identifier": county()["archives_code"],
        "archives_name": county()["archives_name"],
        "fonds_constituting_unit_name": body.name,
        "lead_department": case.office,
        "fonds_identifier": body.fonds,
        "social_code": body.credit_code,
        "retention_period": retention,
        "security_classification": "公开",
        "project_id": case.case_number,
        "task_name": item.name,
        "task_version": case.version.number,
        "task_type": item.type,
        "project_name": case.title,
        "service_type": "承诺件" if item.days > 1 else "即办件",
        "archive_time": clock_time(case.archived),
        "apply_name": case.applicant,
        "apply_type": "自然人" if enterprise is None else "非法人企业" if enterprise.sole else "企业法人",
        "card_type": facts.card_type,
        "contacted_card": facts.card_number,
        "address": case.address,
    }
    if enterprise is not None:
        told |= {
            "legal_man": enterprise.head.name,
            "legal_man_id_type": "居民身份证",
            "legal_man_id_number": enterprise.head.identity,
        }
    if case.project[1]:
        code, title, place = case.project
        told |= {"is_project": "是", "project_code": code, "project_title": title, "project_address": place}
    return told | {
        "receive_department": body.name,
        "receive_time": clock_time(case.accepted),
        "transact_time": clock_time(case.decided),
        "result": case.result,
        "result_code": case.reference,
        "accept_num": case.acceptance_number,
    }


def _generic_metadata(case: Case, name: str, retention: str) -> dict[str, str]:
    item, body, enterprise = case.item, case.item.body, case.enterprise
    facts = facts_of(case)
    told = {
        "record_code": name,
        "region_code": region(),
        "item_code": item.code,
        "item_name": item.name,
        "item_version": case.version.number,
        "item_type": item.type,
        "case_number": case.case_number,
        "title": case.title,
        "fonds_code": body.fonds,
        "creator": body.name,
        "organisation_code": body.credit_code,
        "responsible": body.name,
        "department": case.office,
        "year": str(case.decided.year),
        "retention": retention,
        "secrecy": "公开",
        "applicant": case.applicant,
        "applicant_type": "自然人" if enterprise is None else "非法人企业" if enterprise.sole else "企业法人",
        "applicant_id_type": facts.card_type,
        "applicant_id_number": facts.card_number,
        "applicant_address": case.address,
    }
    if enterprise is not None:
        told |= {"legal_person": enterprise.head.name, "legal_person_id_number": enterprise.head.identity}
    return told | {
        "applied_at": clock_time(case.received),
        "accepted_at": clock_time(case.accepted),
        "decided_at": clock_time(case.decided),
        "archived_at": clock_time(case.archived),
        "result": case.result,
        "result_number": case.reference,
        "system": _SYSTEM,
    }
