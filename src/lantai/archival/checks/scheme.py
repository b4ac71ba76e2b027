"""The element scheme (元数据方案) of one profile under one rule pack, prepared once for the checks that use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lantai.archival.checks.conditions import compiled
from lantai.archival.checks.pack import ElementOverride, RulePack
from lantai.archival.codes import CodeRule, rule_from_data
from lantai.archival.packages.profile import ElementRule, Profile


@dataclass(frozen=True, slots=True)
class Scheme:
    """The elements in force (``by_tag``), those a check must look at, and the archive-code rules, ready for use.

    ``domains_of_pack`` are the tags whose value domain the rule pack itself decides.
    """

    profile: Profile
    pack: RulePack
    elements: tuple[ElementRule, ...]
    by_tag: Mapping[str, ElementRule]
    measured: tuple[ElementRule, ...]
    typed: tuple[ElementRule, ...]
    ranged: tuple[ElementRule, ...]
    demanded: tuple[ElementRule, ...]
    codes: tuple[CodeRule, ...]
    domains_of_pack: frozenset[str]

    def tag(self, element: str) -> str:
        """The profile's tag for a column of the description, or *element* itself."""
        return self.profile.fields.get(element, element)

    def value(self, metadata: Mapping[str, str], element: str) -> str:
        """What *metadata* says for a column or tag, without outer space; empty when nothing."""
        return metadata.get(self.profile.fields.get(element, element), "").strip()

    def named(self, element: str, key: str = "element") -> dict[str, str]:
        """The names of a column or tag in both languages, as values of a finding called *key* and *key*``_en``."""
        rule = self.by_tag.get(self.tag(element))
        return {key: rule.name if rule else element, f"{key}_en": rule.name_en if rule else element}


def rule_values(profile: Profile, metadata: Mapping[str, str]) -> dict[str, str]:
    """*metadata* as rules see it: by tag, by column of the description, and ``@profile``."""
    values = dict(metadata)
    for column, tag in profile.fields.items():
        if tag in metadata:
            values[column] = metadata[tag]
    values["@profile"] = profile.code
    return values


def scheme_of(profile: Profile, pack: RulePack) -> Scheme:
    """The scheme of *profile* under *pack*; made once for each pair, as both are frozen."""
    key = (id(profile), id(pack))
    found = _made.get(key)
    if found is None:
        if len(_made) > 64:
            _made.clear()
        found = _made[key] = _make(profile, pack)
    return found


# By identity: both hold mappings and cannot be hashed. The value keeps them alive, so an id is never given again.
_made: dict[tuple[int, int], Scheme] = {}


def _make(profile: Profile, pack: RulePack) -> Scheme:
    overrides = {profile.fields.get(each.element, each.element): each for each in pack.elements}
    elements = tuple(
        _overridden(each, overrides[each.tag]) if each.tag in overrides else each for each in profile.base.elements
    )
    return Scheme(
        profile=profile,
        pack=pack,
        elements=elements,
        by_tag={each.tag: each for each in elements},
        measured=tuple(each for each in elements if each.min_length or each.max_length),
        typed=tuple(each for each in elements if each.type != "text" or each.pattern),
        ranged=tuple(each for each in elements if each.values),
        demanded=tuple(each for each in elements if each.obligation != "o"),
        codes=tuple(rule_from_data(each.rule) for each in pack.codes),
        domains_of_pack=frozenset(tag for tag, each in overrides.items() if each.values is not None),
    )


def _overridden(rule: ElementRule, override: ElementOverride) -> ElementRule:
    if override.mandatory is not None:
        rule = replace(rule, obligation="m" if override.mandatory else "o", condition="")
    if override.minimum is not None:
        rule = replace(rule, min_length=override.minimum)
    if override.maximum is not None:
        rule = replace(rule, max_length=override.maximum)
    if override.pattern is not None:
        rule = replace(rule, pattern=compiled(override.pattern) if override.pattern else None)
    if override.values is not None:
        rule = replace(rule, values={each: each for each in override.values})
    return rule
