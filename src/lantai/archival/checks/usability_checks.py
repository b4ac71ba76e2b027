"""可用性: checks of access to metadata, environment and container (GD-3-1, GD-3-2, GD-3-5, GD-3-7)."""

from __future__ import annotations

from lantai.archival.checks.model import Finding, Holdings
from lantai.archival.checks.pack import RulePack
from lantai.archival.checks.scheme import scheme_of
from lantai.archival.checks.verdicts import check, fail, manual, not_applicable, passed
from lantai.archival.packages.model import Package
from lantai.archival.packages.profile import Profile


@check("GD-3-1")
def metadata_readable(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """Both descriptions parse (元数据可读)."""
    code = "GD-3-1"
    if "base" not in package.metadata_paths:
        return [not_applicable(code, "ground-description")]
    findings = []
    if not package.metadata:
        findings.append(fail(code, "metadata-unread", package.metadata_paths["base"]))
    if "process" in package.metadata_paths and not package.process and "process" in package.unread:
        findings.append(fail(code, "metadata-unread", package.metadata_paths["process"]))
    return findings or passed(code, files="、".join(package.metadata_paths.values()), elements=len(package.metadata))


@check("GD-3-2")
def catalogue_accessible(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """A row of the archive's database was asked for and answered (目标数据库可访问)."""
    code = "GD-3-2"
    if "catalogue_readable" not in holdings.known or holdings.catalogue_readable is None:
        return [not_applicable(code, "offline-catalogue")]
    if not holdings.catalogue_readable:
        return [fail(code, "catalogue-unreadable")]
    return passed(code, catalogue="ok")


@check("GD-3-5")
def environment_recorded(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """The originating system is described, or is one whose environment the archive holds by agreement (软硬件环境)."""
    code = "GD-3-5"
    if not package.metadata:
        return [not_applicable(code, "ground-metadata")]
    scheme = scheme_of(profile, pack)
    recorded = scheme.value(package.metadata, "system")
    if not recorded:
        line = package.handover.values if package.handover else {}
        recorded = line.get("software_environment", "").strip()
    if not recorded:
        return [manual(code, "environment-unrecorded", **scheme.named("system"))]
    if pack.environments and not any(each in recorded for each in pack.environments):
        return [manual(code, "environment-unknown", found=recorded[:60])]
    return passed(code, found=recorded[:60])


@check("GD-3-7")
def container_opens(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """The container opens with public means: stored or deflated entries, nothing lying, nothing hidden."""
    code = "GD-3-7"
    if "components" in package.unread or not package.components:
        return [not_applicable(code, "ground-content")]
    methods = sorted({each.method for each in package.components})
    return passed(code, container=package.container, methods="、".join(methods), entries=len(package.components))
