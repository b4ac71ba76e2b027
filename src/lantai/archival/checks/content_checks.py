"""Checks of the files themselves (内容数据): GD-1-10 and GD-3-3, GD-3-4, GD-3-6, GD-3-8. What a file is comes from
its bytes; its name and its description are only compared with that."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib import resources

from lantai.archival.checks.model import Finding, Holdings
from lantai.archival.checks.moments import read_moment
from lantai.archival.checks.pack import RulePack
from lantai.archival.checks.verdicts import check, fail, manual, not_applicable, passed, warn
from lantai.archival.formats import Format, formats
from lantai.archival.packages.model import Component, Material, Package
from lantai.archival.packages.profile import Profile

ARCHIVES = frozenset({"zip", "rar", "7z", "tar", "gz", "bz2", "xz"})


@cache
def _names() -> dict[str, frozenset[str]]:
    text = resources.files(__package__).joinpath("data/format-names.toml").read_text("utf-8")
    known = {each.key: frozenset({each.key}) for each in formats()}
    return {**known, **{name: frozenset(keys) for name, keys in tomllib.loads(text)["names"].items()}}


@lru_cache(maxsize=1024)
def format_keys(name: str) -> frozenset[str]:
    """The keys of the formats that a file ending or a declared format (``JPG``, ``.pdf``, ``application/pdf``,
    ``PDF 1.7``, ``fmt/276``) may mean; empty when we do not know the name."""
    text = name.strip().lower().lstrip(".")
    found = _names().get(text) or frozenset(each.key for each in formats() if text in (each.mime, each.puid))
    return found or _names().get(text.split(" ")[0], frozenset())


def described(package: Package) -> Iterator[tuple[Component, Material | None]]:
    """Every component that is content, with its first description; the metadata files themselves are not content."""
    materials: dict[str, Material] = {}
    for material in package.materials:
        if material.path:
            materials.setdefault(material.path, material)
    own = frozenset(package.metadata_paths.values())
    for component in package.components:
        if component.path not in own:
            yield component, materials.get(component.path)


@check("GD-1-10")
def electronic_attributes(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """Format, size and name as described (电子属性) are those of the real file, and its ending is that of its
    content."""
    code = "GD-1-10"
    if not package.components:
        return [not_applicable(code, "ground-content")]
    findings: list[Finding] = []
    unlooked = ""
    looked = 0
    for component, material in described(package):
        looked += 1
        if material is not None:
            findings.extend(_size_faults(component, material))
            if material.created and read_moment(material.created) is None:
                findings.append(fail(code, "created", component.path, found=material.created[:40]))
        if component.facts is None:
            unlooked = component.path
        elif component.facts.format is not None:
            findings.extend(_format_faults(component, component.facts.format, material))
    if findings:
        return findings
    if unlooked or not looked:
        return [not_applicable(code, "ground-facts" if unlooked else "ground-content", unlooked, count=looked)]
    return passed(code, files=looked)


def _size_faults(component: Component, material: Material) -> Iterator[Finding]:
    declared = material.size.strip()
    if not declared:
        return
    if not (declared.isascii() and declared.isdecimal()):
        yield fail("GD-1-10", "size-form", component.path, found=declared[:40])
    elif int(declared) != component.size:
        yield fail("GD-1-10", "size", component.path, declared=declared, found=component.size)


def _format_faults(component: Component, found: Format, material: Material | None) -> Iterator[Finding]:
    ending = component.path.rpartition("/")[2].rpartition(".")[2] if "." in component.path else ""
    by_name = format_keys(ending) if ending else frozenset[str]()
    if by_name and found.key not in by_name:
        yield fail("GD-1-10", "ending", component.path, ending=ending, found=found.name)
    declared = material.format.strip() if material else ""
    if not declared:
        return
    by_word = format_keys(declared)
    if by_word and found.key not in by_word:
        yield fail("GD-1-10", "format", component.path, declared=declared[:40], found=found.name)
    elif not by_word:
        yield warn("GD-1-10", "format-word", component.path, declared=declared[:40], found=found.name)


@lru_cache(maxsize=64)
def _allowed(rules: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...], nature: str) -> frozenset[str]:
    return frozenset(key for natures, keys in rules if not natures or nature in natures for key in keys)


def accepted_formats(profile: Profile, pack: RulePack, nature: str) -> frozenset[str]:
    """The formats accepted for material of one nature: by the pack, or by the profile where the pack names none."""
    rules = tuple((each.natures, each.formats) for each in pack.formats.accepted)
    return _allowed(rules, nature) if rules else profile.formats


@check("GD-3-3")
def formats_accepted(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """Each file's format, by its content, is accepted for archiving. Archives inside are judged by GD-3-8."""
    code = "GD-3-3"
    if not package.components:
        return [not_applicable(code, "ground-content")]
    findings = []
    unlooked = ""
    looked: list[str] = []
    for component, material in described(package):
        if component.facts is None:
            unlooked = component.path
            continue
        nature = material.nature if material else ""
        found = component.facts.format
        accepted = accepted_formats(profile, pack, nature)
        if found is None:
            if component.size:
                findings.append(fail(code, "format-unknown", component.path, ending=component.path.rpartition(".")[2]))
        elif found.key not in accepted and found.key not in ARCHIVES:
            told = {"found": found.name, "accepted": "、".join(sorted(accepted)) or "-"}
            findings.append(fail(code, "format-not-accepted", component.path, **told))
        looked.append(found.key if found else "-")
    if findings:
        return findings
    if unlooked or not looked:
        return [not_applicable(code, "ground-facts" if unlooked else "ground-content", unlooked, count=len(looked))]
    return passed(code, files=len(looked), formats="、".join(sorted(set(looked))))


@check("GD-3-4")
def content_opens(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """Each file opens: a document was parsed, a picture decoded, a 0-byte file is none. An encrypted file is
    GD-3-8's."""
    code = "GD-3-4"
    if not package.components:
        return [not_applicable(code, "ground-content")]
    findings = []
    aside = []
    looked = 0
    for component, _ in described(package):
        facts = component.facts
        if component.size == 0:
            findings.append(fail(code, "empty-file", component.path))
        elif facts is None:
            aside.append(not_applicable(code, "ground-facts", component.path, count=1))
        elif facts.encrypted:
            aside.append(not_applicable(code, "not-opened-encrypted", component.path))
        elif facts.readable is None:
            aside.append(not_applicable(code, "not-opened", component.path, detail=facts.fault or "-"))
        elif not facts.readable:
            findings.append(fail(code, "does-not-open", component.path, detail=facts.fault or "-"))
        looked += 1
    if findings or aside:
        return findings + aside
    return passed(code, files=looked) if looked else [not_applicable(code, "ground-content")]


@check("GD-3-6")
def viewers_at_hand(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """The archive's environment (软硬件环境) can show every format in the package."""
    code = "GD-3-6"
    if not package.components:
        return [not_applicable(code, "ground-content")]
    facts = [each.facts for each, _ in described(package)]
    if not facts or any(each is None for each in facts):
        return [not_applicable(code, "ground-facts", count=len(facts))]
    keys = {each.format.key for each in facts if each is not None and each.format is not None}
    strange = sorted(keys - set(pack.formats.viewable))
    if strange:
        return [manual(code, "no-viewer", found="、".join(strange))]
    return passed(code, formats="、".join(sorted(keys)))


@check("GD-3-8")
def permitted_forms(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """No encryption, no archive inside the package where the profile forbids it, no forbidden format, no active
    content."""
    code = "GD-3-8"
    if not package.components:
        return [not_applicable(code, "ground-content")]
    findings: list[Finding] = []
    unlooked = ""
    looked = 0
    for component, _ in described(package):
        facts = component.facts
        if facts is None:
            unlooked = component.path
            continue
        looked += 1
        key = facts.format.key if facts.format else ""
        if key in ARCHIVES and not profile.nested_archives:
            findings.append(
                fail(code, "nested-archive", component.path, found=facts.format.name if facts.format else "-")
            )
        elif facts.encrypted:
            findings.append(fail(code, "encrypted-file", component.path))
        elif key in pack.formats.forbidden:
            findings.append(
                fail(code, "format-forbidden", component.path, found=facts.format.name if facts.format else "-")
            )
        else:
            findings.extend(_active_faults(component, facts.active_content, pack.formats.tolerated_active_content))
    if findings:
        return findings
    if unlooked or not looked:
        return [not_applicable(code, "ground-facts" if unlooked else "ground-content", unlooked, count=looked)]
    return passed(code, files=looked)


def _active_faults(component: Component, found: Iterable[str], tolerated: tuple[str, ...]) -> Iterator[Finding]:
    active = [each for each in found if each not in tolerated and each != "archive"]
    if active:
        yield fail("GD-3-8", "active-content", component.path, found="、".join(active))
