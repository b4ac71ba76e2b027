"""安全性: checks of viruses, carrier and process (GD-4-1 to GD-4-7)."""

from __future__ import annotations

from lantai.archival.checks.model import Finding, Holdings
from lantai.archival.checks.pack import RulePack
from lantai.archival.checks.scheme import Scheme, scheme_of
from lantai.archival.checks.verdicts import check, fail, manual, not_applicable, passed, warn
from lantai.archival.packages.model import Package
from lantai.archival.packages.profile import Profile


@check("GD-4-1")
def antivirus_installed(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """An antivirus engine answered, with its signatures' version. Without one nothing was checked, and that is said."""
    code = "GD-4-1"
    if not holdings.virus_engine:
        return [warn(code, "no-engine")]
    return passed(code, engine=holdings.virus_engine, version=holdings.virus_signatures or "-")


@check("GD-4-2")
def virus_free(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """The engine found nothing in the package."""
    code = "GD-4-2"
    if not holdings.virus_engine or "virus" not in holdings.known:
        return [not_applicable(code, "not-scanned")]
    if holdings.virus_found:
        told = {"engine": holdings.virus_engine}
        return [fail(code, "virus", path, name=name, **told) for path, name in holdings.virus_found.items()]
    return passed(code, engine=holdings.virus_engine, version=holdings.virus_signatures or "-")


@check("GD-4-3")
def no_foreign_files(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """No file lies in the package beyond its descriptions and those its list registers (多余文件)."""
    code = "GD-4-3"
    if not package.components:
        return [not_applicable(code, "ground-content")]
    if not package.materials:
        return [not_applicable(code, "ground-list")]
    registered = {each.path for each in package.materials} | set(package.metadata_paths.values())
    foreign = [fail(code, "unlisted-file", each.path) for each in package.components if each.path not in registered]
    return foreign or passed(code, files=len(package.components))


@check("GD-4-4")
def carrier_speed(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """A person measures how fast the carrier (载体) reads."""
    return _of_carrier("GD-4-4", holdings)


@check("GD-4-5")
def carrier_appearance(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """A person looks at the carrier."""
    return _of_carrier("GD-4-5", holdings)


@check("GD-4-6")
def disc_quality(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """A person has discs tested (DA/T 38)."""
    return _of_carrier("GD-4-6", holdings)


def _of_carrier(code: str, holdings: Holdings) -> list[Finding]:
    if "carrier" not in holdings.known:
        return [not_applicable(code, "offline-carrier")]
    if not holdings.carrier:
        return [not_applicable(code, "no-carrier")]
    return _signed_off(code, holdings) or [manual(code, "carrier", carrier=holdings.carrier)]


@check("GD-4-7")
def process_safe(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """The archiving process is safe: nothing of 秘密 and above on an ordinary network, nothing outside the
    agreement with the sender; for the rest a person signs, once for a channel or for this package."""
    code = "GD-4-7"
    scheme = scheme_of(profile, pack)
    findings = []
    secrecy = scheme.value(package.metadata, pack.secrecy.element)
    if any(each in secrecy for each in pack.secrecy.refused) and not holdings.classified_environment:
        findings.append(fail(code, "secrecy", scheme.tag(pack.secrecy.element), found=secrecy))
    findings.extend(_outside_agreement(package, scheme, holdings))
    if findings:
        return findings
    if not package.metadata:
        return [not_applicable(code, "ground-metadata")]
    return _signed_off(code, holdings) or [manual(code, "process")]


def _outside_agreement(package: Package, scheme: Scheme, holdings: Holdings) -> list[Finding]:
    if "agreement" not in holdings.known:
        return []
    found = []
    for name, element in (("fonds", "fonds_code"), ("items", "item_code")):
        allowed = holdings.agreement.get(name)
        value = scheme.value(package.metadata, element)
        if allowed and value and value not in allowed:
            told = {**scheme.named(element), "found": value}
            found.append(fail("GD-4-7", "outside-agreement", scheme.tag(element), **told))
    return found


def _signed_off(code: str, holdings: Holdings) -> list[Finding]:
    """A pass where a person has signed this check, with who, when and on what ground; else nothing."""
    evidence = holdings.evidence.get(code, "").strip()
    return passed(code, evidence=evidence) if evidence else []
