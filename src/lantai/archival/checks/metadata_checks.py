"""Checks of metadata values (元数据): GD-1-2 to GD-1-4, GD-1-6, GD-2-3 and GD-2-4. They look at a mapping of
element tags to text, so that the same functions judge a package and a row of the database (each item is checked in
both places)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from lantai.archival.checks.model import Finding, Holdings, ValueList
from lantai.archival.checks.moments import read_moment
from lantai.archival.checks.pack import RulePack
from lantai.archival.checks.scheme import Scheme, scheme_of
from lantai.archival.checks.verdicts import check, fail, not_applicable, passed
from lantai.archival.packages.model import Package
from lantai.archival.packages.profile import ElementRule, Profile

# Control characters, invisible and direction-turning ones, private use (造字), noncharacters and the replacement mark
# that a wrong reading leaves. All else GB 18030-2022 can write.
_SPECIAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ue000-\uf8ff\ufdd0-\ufdef"
    "\ufeff\ufff9-\uffff\ud800-\udfff\U000f0000-\U0010ffff]"
)
_SHOWN = 60


def examine_metadata(metadata: Mapping[str, str], *, profile: Profile, pack: RulePack) -> list[Finding]:
    """The metadata items of DA/T 70 on any mapping of element tags to text: the findings of GD-1-2, GD-1-3, GD-1-4,
    GD-1-6, GD-2-3 and GD-2-4 in this order, without severities."""
    scheme = scheme_of(profile, pack)
    return [each for code, look in _LOOKS.items() for each in _findings(code, look, metadata, scheme)]


@check("GD-1-2")
def lengths(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """Each value within the length its scheme allows, counted in characters."""
    return _of_package("GD-1-2", package, profile, pack)


@check("GD-1-3")
def types(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """Type and pattern: dates, whole numbers, codes."""
    return _of_package("GD-1-3", package, profile, pack)


@check("GD-1-4")
def domains(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """Values of elements with a value domain (值域) belong to it, coded ones to the code list (代码表) of the record's
    own date; region and fonds are those of this archive. A pass names the lists that were used."""
    if not package.metadata:
        return [not_applicable("GD-1-4", "ground-metadata")]
    scheme = scheme_of(profile, pack)
    found = list(_look_at_domains(package.metadata, scheme, holdings.lists))
    region = scheme.value(package.metadata, "region_code")
    fonds = scheme.value(package.metadata, "fonds_code")
    more = []
    if pack.regions and region and region not in pack.regions:
        more.append(fail("GD-1-4", "region-unknown", scheme.tag("region_code"), found=region))
    if "fonds" in holdings.known and fonds and fonds not in holdings.fonds:
        more.append(fail("GD-1-4", "fonds-unknown", scheme.tag("fonds_code"), found=fonds))
    if found or more:
        return found + more
    used = list(dict.fromkeys(_lists_used(package.metadata, scheme, holdings.lists)))
    told = {
        "lists": "、".join(f"{each.name} {each.version}" for each in used),
        "lists_en": ", ".join(f"{each.name_en} {each.version}" for each in used),
    }
    return passed("GD-1-4", elements=len(package.metadata), **(told if used else {}))


@check("GD-1-6")
def characters(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """No control, invisible, private-use or wrongly read character in any value, of the case or of a file."""
    found = _of_package("GD-1-6", package, profile, pack)
    if found[0].verdict == "not-applicable":
        return found
    more = []
    for material in package.materials:
        for value in (material.name, material.actual_name, material.declared_path):
            if value and not value.isascii() and (bad := _SPECIAL.search(value)):
                name = material.path or material.identifier
                more.append(
                    fail(
                        "GD-1-6",
                        "special-character",
                        name,
                        element="文件清单",
                        element_en="list of files",
                        **_character(value, bad),
                    )
                )
                break
    return [each for each in found if each.verdict != "pass"] + more if more else found


@check("GD-2-3")
def elements_present(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """Every element the scheme demands is there, even if empty."""
    return _of_package("GD-2-3", package, profile, pack)


@check("GD-2-4")
def elements_filled(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """Every mandatory element that is there says something."""
    return _of_package("GD-2-4", package, profile, pack)


def _of_package(code: str, package: Package, profile: Profile, pack: RulePack) -> list[Finding]:
    if not package.metadata:
        return [not_applicable(code, "ground-metadata")]
    return _findings(code, _LOOKS[code], package.metadata, scheme_of(profile, pack))


def _findings(code: str, look: _Look, metadata: Mapping[str, str], scheme: Scheme) -> list[Finding]:
    if not metadata:
        return [not_applicable(code, "ground-metadata")]
    return list(look(metadata, scheme)) or passed(code, elements=len(metadata))


def _look_at_lengths(metadata: Mapping[str, str], scheme: Scheme) -> Iterator[Finding]:
    for rule in scheme.measured:
        value = metadata.get(rule.tag, "")
        length = len(value)
        if length and not rule.min_length <= length <= (rule.max_length or length):
            allowed = f"{rule.min_length or 1}-{rule.max_length}" if rule.max_length else f"≥{rule.min_length}"
            yield fail("GD-1-2", "length", rule.tag, **_named(rule, value), length=length, allowed=allowed)


def _look_at_types(metadata: Mapping[str, str], scheme: Scheme) -> Iterator[Finding]:
    for rule in scheme.typed:
        value = metadata.get(rule.tag, "")
        if not value:
            continue
        if not _type_holds(rule.type, value):
            yield fail("GD-1-3", f"type-{rule.type}", rule.tag, **_named(rule, value))
        elif rule.pattern is not None and rule.pattern.fullmatch(value) is None:
            yield fail("GD-1-3", "pattern", rule.tag, **_named(rule, value), pattern=rule.pattern.pattern)


def _type_holds(kind: str, value: str) -> bool:
    match kind:
        case "integer":
            return value.isascii() and value.isdecimal()
        case "date" | "datetime":
            return read_moment(value) is not None
        case "year":
            return len(value) == 4 and value.isascii() and value.isdecimal()
        case _:
            return True


def _look_at_domains(
    metadata: Mapping[str, str], scheme: Scheme, lists: Mapping[str, ValueList] = MappingProxyType({})
) -> Iterator[Finding]:
    for rule in scheme.ranged:
        value = metadata.get(rule.tag, "")
        if not value:
            continue
        listed = _list_of(rule, scheme, lists)
        if listed is None or not listed.binding:
            if value not in rule.values and (listed is None or value not in listed.words):
                allowed = "、".join(list(rule.values)[:12])
                yield fail("GD-1-4", "domain", rule.tag, **_named(rule, value), allowed=allowed)
        elif value not in listed.words and rule.values.get(value) not in listed.words:
            told = {"list": listed.name, "list_en": listed.name_en, "version": listed.version}
            since = {"since": listed.valid_from, "allowed": listed.shown}
            yield fail("GD-1-4", "domain-list", rule.tag, **_named(rule, value), **told, **since)


def _list_of(rule: ElementRule, scheme: Scheme, lists: Mapping[str, ValueList]) -> ValueList | None:
    """The code list an element takes its values from, unless the rule pack gives it a value domain of its own."""
    if rule.tag in scheme.domains_of_pack:
        return None
    return lists.get(rule.field) or lists.get(rule.element)


def _lists_used(metadata: Mapping[str, str], scheme: Scheme, lists: Mapping[str, ValueList]) -> Iterator[ValueList]:
    for rule in scheme.ranged if lists else ():
        listed = _list_of(rule, scheme, lists)
        if listed is not None and metadata.get(rule.tag):
            yield listed


def _look_at_characters(metadata: Mapping[str, str], scheme: Scheme) -> Iterator[Finding]:
    for tag, value in metadata.items():
        bad = _SPECIAL.search(value)
        if bad:
            rule = scheme.by_tag.get(tag)
            names = {"element": rule.name if rule else tag, "element_en": rule.name_en if rule else tag}
            yield fail("GD-1-6", "special-character", tag, **names, **_character(value, bad))


def _look_at_presence(metadata: Mapping[str, str], scheme: Scheme) -> Iterator[Finding]:
    for rule in scheme.demanded:
        if rule.tag not in metadata and rule.is_due(metadata):
            yield fail("GD-2-3", "element-absent", rule.tag, element=rule.name, element_en=rule.name_en)


def _look_at_filling(metadata: Mapping[str, str], scheme: Scheme) -> Iterator[Finding]:
    for rule in scheme.demanded:
        if rule.tag in metadata and not metadata[rule.tag].strip() and rule.is_due(metadata):
            yield fail("GD-2-4", "element-empty", rule.tag, element=rule.name, element_en=rule.name_en)


def _named(rule: ElementRule, value: str) -> dict[str, str]:
    return {"element": rule.name, "element_en": rule.name_en, "found": shown(rule, value)}


def shown(rule: ElementRule | None, value: str) -> str:
    """*value* as a report may show it: personal data (个人信息) masked, long text cut."""
    if rule is not None and rule.data_class:
        return value[:1] + "*" * max(0, min(len(value) - 1, 12))
    return value if len(value) <= _SHOWN else value[:_SHOWN] + "…"


def _character(value: str, bad: re.Match[str]) -> dict[str, object]:
    return {"character": f"U+{ord(bad[0]):04X}", "position": bad.start() + 1}


_Look = Callable[[Mapping[str, str], Scheme], Iterator[Finding]]
_LOOKS: dict[str, _Look] = {
    "GD-1-2": _look_at_lengths,
    "GD-1-3": _look_at_types,
    "GD-1-4": _look_at_domains,
    "GD-1-6": _look_at_characters,
    "GD-2-3": _look_at_presence,
    "GD-2-4": _look_at_filling,
}
