"""完整性: checks of totals, process records, materials and scope (GD-2-1, GD-2-2, GD-2-5 to GD-2-11)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from lantai.archival.checks.conditions import holds
from lantai.archival.checks.materials import plain_name, rules_in_force, unmet_rules
from lantai.archival.checks.model import Finding, Holdings
from lantai.archival.checks.moments import read_moment
from lantai.archival.checks.pack import RulePack, ScopeRule
from lantai.archival.checks.reasonableness_checks import accepted_on
from lantai.archival.checks.retention import choose_retention
from lantai.archival.checks.scheme import rule_values, scheme_of
from lantai.archival.checks.verdicts import check, fail, manual, not_applicable, passed, warn
from lantai.archival.packages.model import Material, Package
from lantai.archival.packages.profile import Profile

# What a document says of its own attachments: 附件：1. ... 2. ... up to an empty line.
_ATTACHMENTS = re.compile(r"附件[：:]\s*(?P<list>(?:[^\n]+\n?){1,12})")
_NUMBERED = re.compile(r"(?:^|\s|[；;])\d{1,2}\s*[.．、]\s*([^\n；;]{2,60})")


@check("GD-2-1")
def total_number(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """The number of packages the hand-over list registers is the number that came (总件数)."""
    code = "GD-2-1"
    if "batch" not in holdings.known or holdings.batch_count is None or holdings.batch_count_found is None:
        return [not_applicable(code, "no-batch-total")]
    if holdings.batch_count != holdings.batch_count_found:
        told = {"declared": holdings.batch_count, "found": holdings.batch_count_found}
        return [fail(code, "batch-count", package.name, **told)]
    return passed(code, count=holdings.batch_count)


@check("GD-2-2")
def total_bytes(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """The bytes the hand-over list registers, for this package and for the batch, are those that came (总字节数)."""
    code = "GD-2-2"
    declared = package.handover.size if package.handover else None
    findings = []
    if declared is not None and declared != package.size:
        findings.append(fail(code, "package-bytes", package.name, declared=declared, found=package.size))
    batch = "batch" in holdings.known and holdings.batch_bytes is not None and holdings.batch_bytes_found is not None
    if batch and holdings.batch_bytes != holdings.batch_bytes_found:
        told = {"declared": str(holdings.batch_bytes), "found": str(holdings.batch_bytes_found)}
        findings.append(fail(code, "batch-bytes", package.name, **told))
    if findings:
        return findings
    if declared is None and not batch:
        return [not_applicable(code, "no-byte-total")]
    return passed(code, bytes=package.size)


@check("GD-2-5")
def process_complete(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """Every act says who, when and what, and the steps that must be recorded are (过程信息)."""
    code = "GD-2-5"
    if not package.process:
        if "process" in package.unread or not package.components:
            return [not_applicable(code, "ground-process")]
        if "process" in package.metadata_paths or profile.process.required:
            return [fail(code, "no-acts")]
        return [not_applicable(code, "process-not-asked")]
    findings = []
    for number, act in enumerate(package.process, start=1):
        lacking = [name for name, value in (("who", act.actor), ("when", act.time), ("what", act.action)) if not value]
        if lacking:
            findings.append(fail(code, "act-incomplete", str(number), number=number, lacking="、".join(lacking)))
        elif read_moment(act.time) is None:
            findings.append(fail(code, "act-time", str(number), number=number, found=act.time[:40]))
    steps = {each.step for each in package.process}
    values = rule_values(profile, package.metadata)
    demanded: list[tuple[tuple[str, ...], str]] = [
        ((each,), profile.steps.get(each, each)) for each in profile.required_steps
    ]
    demanded.extend((each.codes, each.name) for each in pack.steps if holds(each.when, values))
    findings.extend(fail(code, "step-missing", name, step=name) for codes, name in demanded if steps.isdisjoint(codes))
    return findings or passed(code, acts=len(package.process))


@check("GD-2-6")
def numbers_continuous(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """Running numbers have no gap: serials of the batch, and the numbers of the files in the list, from 1."""
    code = "GD-2-6"
    findings = []
    looked = 0
    serials = sorted({int(each) for each in holdings.batch_serials if each.isascii() and each.isdecimal()})
    if len(serials) > 1:
        looked += 1
        gaps = _gaps(serials, serials[0])
        if gaps:
            findings.append(fail(code, "serial-gap", package.name, gaps=gaps, first=serials[0], last=serials[-1]))
    numbers = [each.identifier for each in package.materials]
    if numbers and all(each.isascii() and each.isdecimal() for each in numbers) and len(set(numbers)) == len(numbers):
        looked += 1
        gaps = _gaps(sorted(map(int, numbers)), 1)
        if gaps:
            findings.append(fail(code, "number-gap", package.metadata_paths.get("base", ""), gaps=gaps))
    if findings:
        return findings
    return passed(code, sequences=looked) if looked else [not_applicable(code, "no-numbers")]


def _gaps(numbers: list[int], start: int) -> str:
    """The first few numbers missing in an ascending list that should begin with *start*."""
    found: list[str] = []
    expected = start
    for number in numbers:
        if number > expected:
            found.append(str(expected) if number == expected + 1 else f"{expected}-{number - 1}")
        expected = number + 1
    return "、".join(found[:5])


@check("GD-2-7")
def content_complete(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """Every file of the list is in the package, and the materials the item asks for are complete (材料齐全)."""
    code = "GD-2-7"
    if not package.metadata:
        return [not_applicable(code, "ground-metadata")]
    findings = [
        fail(code, "file-missing", where, name=each.actual_name or each.name) for where, each in _missing_files(package)
    ]
    scheme = scheme_of(profile, pack)
    values = rule_values(profile, package.metadata)
    item = scheme.value(package.metadata, "item_code")
    force = rules_in_force(
        pack,
        item=item,
        region=scheme.value(package.metadata, "region_code"),
        unit=scheme.value(package.metadata, "fonds_code"),
        accepted=accepted_on(scheme, package.metadata),
    )
    for rule, lacking in unmet_rules(force.rules, package.materials, values):
        told = {"rule": rule.name, "type": rule.type, "lacking": "、".join(lacking), "basis": rule.basis or "-"}
        findings.append(fail(code, f"material-{rule.type}", rule.code, **told))
    if findings:
        return findings
    if item and not force.known:
        return [manual(code, "item-unknown", item=item)]
    if item and force.version is None:
        return [manual(code, "item-no-version", item=item)]
    if not package.materials:
        return [not_applicable(code, "ground-list")]
    return passed(code, files=len(package.materials), rules=len(force.rules))


def _missing_files(package: Package) -> Iterator[tuple[str, Material]]:
    """Listed files without a component. One listed twice is a duplicate (GD-1-8), and is not missing."""
    matched = {(each.folder, each.declared_path) for each in package.materials if each.path}
    for each in package.materials:
        if not each.path and (each.folder, each.declared_path) not in matched:
            where = f"{each.folder}/{each.declared_path}" if each.folder else each.declared_path
            yield (where if each.declared_path else each.name), each


@check("GD-2-8")
def attachments_complete(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """Attachments (附件) a document names in its text are among the files."""
    code = "GD-2-8"
    if not package.components:
        return [not_applicable(code, "ground-content")]
    texts = [(each.path, each.facts.text) for each in package.components if each.facts and each.facts.text]
    if not texts:
        return [manual(code, "no-text")]
    names = {plain_name(each) for material in package.materials for each in (material.name, material.actual_name)}
    findings = []
    named = 0
    for path, text in texts:
        for attachment in attachments_named(text):
            named += 1
            wanted = plain_name(attachment)
            if not any(wanted in each or each in wanted for each in names if each):
                findings.append(warn(code, "attachment-missing", path, name=attachment))
    return findings or passed(code, files=len(texts), named=named)


def attachments_named(text: str) -> list[str]:
    """The attachments a document's text lists after 附件："""
    found: list[str] = []
    for section in _ATTACHMENTS.finditer(text):
        found.extend(each.strip(" 。.　") for each in _NUMBERED.findall("\n" + section["list"]))
    return [each for each in dict.fromkeys(found) if each]


@check("GD-2-9")
def within_scope(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """The case is within the archiving scope (归档范围), not on the negative list, and the retention table knows it."""
    code = "GD-2-9"
    if not package.metadata:
        return [not_applicable(code, "ground-metadata")]
    values = rule_values(profile, package.metadata)
    findings = list(_negative(package, values, pack.negative_list))
    matched = next((each for each in pack.scope if holds(each.when, values)), None)
    if pack.scope and matched is None:
        item = values.get("item_name") or values.get("title", "")
        findings.append(fail(code, "outside-scope", item=item, item_code=values.get("item_code", "") or "-"))
    chosen = choose_retention(pack, values)
    if pack.retention.rules and not chosen.code:
        findings.append(fail(code, "no-retention-rule", table=pack.retention.version))
    if findings:
        return findings
    if not pack.scope:
        return [not_applicable(code, "no-scope")]
    return passed(code, scope=matched.code if matched else "-", retention=chosen.code, rule=chosen.rule or "-")


def _negative(package: Package, values: Mapping[str, str], lines: Iterable[ScopeRule]) -> Iterator[Finding]:
    for line in lines:
        told = {"line": line.name, "line_code": line.code, "basis": line.basis or "-"}
        if not line.materials and holds(line.when, values):
            yield fail("GD-2-9", "negative-list", line.code, **told)
        if line.materials and holds(line.when, values):
            wanted = {plain_name(each) for each in line.materials}
            for material in package.materials:
                if plain_name(material.name) in wanted or plain_name(material.actual_name) in wanted:
                    yield fail(
                        "GD-2-9", "negative-material", material.path or material.name, name=material.name, **told
                    )


@check("GD-2-10")
def packaging_metadata(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """Every file of the list is described by all elements its profile demands (name, type, format, size ...)."""
    code = "GD-2-10"
    if not package.materials:
        return [not_applicable(code, "ground-list")]
    demanded = [each for each in profile.base.file_elements if each.obligation == "m" and each.field]
    findings = []
    for number, material in enumerate(package.materials, start=1):
        lacking = [each for each in demanded if not getattr(material, each.field)]
        if lacking:
            where = material.path or material.declared_path or material.name or str(number)
            names = {"lacking": "、".join(each.name for each in lacking)}
            names["lacking_en"] = "、".join(each.name_en for each in lacking)
            findings.append(fail(code, "file-described-partly", where, number=number, **names))
    return findings or passed(code, files=len(package.materials), elements=len(demanded))


@check("GD-2-11")
def number_of_files(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """The number of files the metadata give is the number of listed files."""
    code = "GD-2-11"
    if not package.metadata:
        return [not_applicable(code, "ground-metadata")]
    scheme = scheme_of(profile, pack)
    declared = scheme.value(package.metadata, "file_count")
    if not declared:
        return [not_applicable(code, "no-file-count")]
    if not (declared.isascii() and declared.isdecimal()):
        return [not_applicable(code, "file-count-form", scheme.tag("file_count"), found=declared[:40])]
    found = len(package.materials)
    if int(declared) != found:
        return [fail(code, "file-count", scheme.tag("file_count"), declared=declared, found=found)]
    return passed(code, count=found)
