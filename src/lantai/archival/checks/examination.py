"""Examine one package by all checks of the archiving stage, and let policy decide (检测与判定)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from lantai.archival.checks import (  # noqa: F401 - importing them registers their checks
    authenticity_checks,
    content_checks,
    integrity_checks,
    metadata_checks,
    reasonableness_checks,
    safety_checks,
    usability_checks,
)
from lantai.archival.checks.messages import check_of_problem, own_severity, sentences
from lantai.archival.checks.model import Decision, Examination, Finding, Holdings, Severity, Verdict
from lantai.archival.checks.pack import RulePack
from lantai.archival.checks.register import NATURES, definitions, register, register_version
from lantai.archival.checks.verdicts import CHECKS, not_applicable
from lantai.archival.packages.model import Package, Problem
from lantai.archival.packages.profile import Profile
from lantai.archival.sealing.telling import signature_data

REPORT_FORMAT = "lantai/check-report/1"
_VERDICTS: tuple[Verdict, ...] = ("pass", "fail", "warning", "not-applicable", "manual")
_WEIGHT = {"accepted": 0, "manual": 1, "rejected": 2}


def examine(package: Package, *, profile: Profile, pack: RulePack, holdings: Holdings) -> Examination:
    """All 40 checks on *package*, in the order of the register, each with its severity, and the decision.

    Problems of reading are findings of the check they belong to. Nothing is read, asked or timed here.
    """
    problems = _problem_findings(package)
    findings: list[Finding] = []
    for definition in register():
        why = pack.off.get(definition.code)
        if why:
            found = [not_applicable(definition.code, "check-switched-off", why=why)]
        else:
            found = CHECKS[definition.code](package, profile, pack, holdings)
        met = problems.get(definition.code)
        if met:
            told = {each.path for each in met}
            found = [*met, *(each for each in found if each.verdict in ("fail", "warning") and each.path not in told)]
        findings.extend(each if each.verdict == "pass" else _weighed(each, definition.severity, pack) for each in found)
    return Examination("GD", decide(findings, pack), tuple(findings), pack.label, f"{profile.code}/{profile.version}")


def judge_again(
    package: Package, stored: Examination, *, profile: Profile, pack: RulePack, holdings: Holdings
) -> Examination:
    """What *pack* would say of a package that was examined before, without reading or asking anything again.

    What only the archive's holdings could tell then (virus scan, duplicates, hand-over list) is taken from *stored* and
    weighed anew; all else is checked by *pack*.
    """
    fresh = examine(package, profile=profile, pack=pack, holdings=holdings)
    severities = {each.code: each.severity for each in register()}
    unasked = {each.code for each in fresh.findings if each.verdict == "not-applicable"} - set(pack.off)
    told = [each for each in stored.findings if each.code in unasked and each.verdict != "not-applicable"]
    weighed = [each if each.verdict == "pass" else _weighed(each, severities[each.code], pack) for each in told]
    known = {each.code for each in told}
    findings = [*(each for each in fresh.findings if each.code not in known), *weighed]
    return Examination(fresh.stage, decide(findings, pack), tuple(findings), fresh.rule_pack, fresh.profile)


def decide(findings: list[Finding], pack: RulePack) -> Decision:
    """What policy makes of *findings*: the weightiest of their outcomes. Without an outcome in the pack a blocking fail
    rejects, any other fail above a note is for a person, and everything else is accepted."""
    outcomes: dict[tuple[str, str], Decision] = {(each.check, each.verdict): each.decision for each in pack.outcomes}
    decision: Decision = "accepted"
    for each in findings:
        if each.verdict in ("pass", "not-applicable"):
            continue
        by_pack = outcomes.get((f"{each.code}:{each.reason}", each.verdict)) or outcomes.get((each.code, each.verdict))
        outcome = by_pack or _usual_outcome(each)
        if _WEIGHT[outcome] > _WEIGHT[decision]:
            decision = outcome
    return decision


def _usual_outcome(finding: Finding) -> Decision:
    if finding.verdict != "fail" or finding.severity == "note":
        return "accepted"
    return "rejected" if finding.severity == "blocking" else "manual"


def _weighed(finding: Finding, usual: Severity, pack: RulePack) -> Finding:
    """*finding* with its severity: the pack's for the reason, else the reason's own, else the pack's for the check,
    else the register's. What was not looked at weighs nothing."""
    if finding.verdict == "not-applicable":
        return finding
    severity = (
        pack.severities.get(f"{finding.code}:{finding.reason}")
        or own_severity(finding.reason)
        or pack.severities.get(finding.code)
        or usual
    )
    if severity == finding.severity:
        return finding
    return Finding(
        finding.code, finding.verdict, finding.reason, finding.path, finding.values, finding.advice, severity
    )


def _problem_findings(package: Package) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for problem in package.problems:
        code = check_of_problem(problem.code)
        verdict: Verdict = "warning" if own_severity(problem.code) == "note" else "fail"
        values = {"detail": _safe_detail(problem)}
        path = problem.path or package.name
        found.setdefault(code, []).append(Finding(code, verdict, problem.code, path, values, problem.code))
    return found


def _safe_detail(problem: Problem) -> str:
    """The detail without the values of elements, which may be personal data."""
    detail = problem.detail.partition(" = ")[0] if problem.code.startswith("metadata.") else problem.detail
    return detail[:200] or "-"


def report(examination: Examination, package: Package) -> dict[str, Any]:
    """The check report (检测报告) as plain JSON values in a stable order: what was examined, the decision, verdicts
    counted for each nature, every finding with both sentences, and every signature with its verdict. Without time and
    operator, which the server adds."""
    known = definitions()
    counts: dict[int, Counter[str]] = {nature: Counter() for nature in NATURES}
    for each in examination.findings:
        counts[known[each.code].nature][each.verdict] += 1
    return {
        "format": REPORT_FORMAT,
        "stage": examination.stage,
        "decision": examination.decision,
        "package": {
            "name": package.name,
            "container": package.container,
            "profile": examination.profile,
            "size": package.size,
            "digests": dict(sorted(package.digests.items())),
            "files": len(package.components),
        },
        "rule_pack": examination.rule_pack,
        "register": register_version(),
        "natures": [
            {
                "nature": nature,
                "name_zh": names[0],
                "name_en": names[1],
                **{verdict: counts[nature][verdict] for verdict in _VERDICTS},
            }
            for nature, names in NATURES.items()
        ],
        "findings": [_finding_data(each) for each in examination.findings],
        "signatures": [
            {"path": component.path, **signature_data(fact)}
            for component in package.components
            if component.facts is not None
            for fact in component.facts.signatures
        ],
    }


def _finding_data(finding: Finding) -> dict[str, Any]:
    definition = definitions()[finding.code]
    message_zh, message_en, advice_zh, advice_en = sentences(finding)
    return {
        "code": finding.code,
        "name_zh": definition.name_zh,
        "name_en": definition.name_en,
        "nature": definition.nature,
        "method": definition.method,
        "verdict": finding.verdict,
        "severity": finding.severity,
        "reason": finding.reason,
        "path": finding.path,
        "values": dict(finding.values),
        "message_zh": message_zh,
        "message_en": message_en,
        "advice_zh": advice_zh,
        "advice_en": advice_en,
    }
