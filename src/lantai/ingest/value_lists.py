"""The code lists (代码表) packages are judged by: each in the version that holds on the record's own date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from lantai.administration.queries.lists import CodeList, ListVersion, code_lists, delivered_lists
from lantai.archival.checks import ValueList
from lantai.archival.checks.moments import read_moment
from lantai.archival.packages import Profile

_SHOWN = 12


def own_day(*, profile: Profile, metadata: Mapping[str, str]) -> date | None:
    """The day a record was formed, as its package says: the case closed, else accepted; None when it says neither."""
    for column in ("date", "accepted_at"):
        moment = read_moment(profile.value(metadata, column).strip())
        if moment is not None:
            return moment.date()
    return None


@dataclass(slots=True)
class DatedLists:
    """The lists with all their versions, asked for once and read for many days."""

    lists: tuple[CodeList, ...]
    _made: dict[tuple[str, ...], Mapping[str, ValueList]] = field(default_factory=dict)

    def on(self, day: date) -> Mapping[str, ValueList]:
        """The lists as they hold on *day*, by column of a description or element of DA/T 46."""
        held = [(each, each.on(day)) for each in self.lists]
        key = tuple(version.version for _list, version in held)
        if key not in self._made:
            made = {name: _value_list(each, version) for each, version in held for name in each.fields}
            self._made[key] = MappingProxyType(made)
        return self._made[key]


def dated_lists() -> DatedLists:
    """The lists that packages take values from, in one query."""
    return DatedLists(tuple(code_lists(keys=[key for key, each in delivered_lists().items() if each.fields])))


def _value_list(row: CodeList, version: ListVersion) -> ValueList:
    """A list whose version the archive decided itself binds; what was delivered stands beside a profile's domain."""
    words = {word for each in version.codes for word in (each.code, each.zh)}
    shown = "、".join(each.code for each in version.codes[:_SHOWN])
    since = version.valid_from.isoformat()
    return ValueList(row.zh, row.en, version.version, since, frozenset(words), shown, not version.delivered)
