"""The access rule over the index: what a reader may see as classes of records, not as people.

What the rule asks of a record beside its fonds and organisation has few values, so the combinations that occur are few:
each is a term, a *rule class*. A clause of the rule becomes the classes it allows; where these are all there are,
nothing needs to be asked at all, and where most are allowed, the few others are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import tantivy
from tantivy import Occur, Query

from lantai.administration.queries.people import Reader
from lantai.catalog.queries import Act, Condition, clauses

Clause = tuple[Condition, ...]
_CLASS_FIELDS = ("open_state", "secrecy", "sharing", "personal", "state")


class Ruled(Protocol):
    """What has the fields that make a rule class."""

    @property
    def open_state(self) -> str: ...
    @property
    def secrecy(self) -> int: ...
    @property
    def sharing(self) -> str: ...
    @property
    def personal(self) -> bool: ...
    @property
    def state(self) -> str: ...


def rule_class(record: Ruled) -> str:
    """The rule class of a record, as a term."""
    return f"{record.open_state}|{record.secrecy}|{record.sharing}|{int(record.personal)}|{record.state}"


@dataclass(frozen=True, slots=True)
class Sight:
    """What one reader may do one act with: the clauses of the rule, and the records a grant opens to him."""

    clauses: tuple[Clause, ...]
    granted: tuple[int, ...]

    @property
    def nothing(self) -> bool:
        """Whether there is nothing at all."""
        return not self.clauses and not self.granted

    def whole_classes(self, present: Mapping[str, int]) -> frozenset[str]:
        """The classes of which every record may be seen, whatever its fonds and organisation."""
        free = [each for each in self.clauses if not _bound(each)]
        return frozenset(name for name in present if any(_allows(clause, name) for clause in free))

    def bound_clauses(self, present: Mapping[str, int]) -> list[tuple[tuple[Condition, ...], frozenset[str]]]:
        """What is seen of the other classes: conditions on fonds and organisation, and the classes they open."""
        rest = present.keys() - self.whole_classes(present)
        found = []
        for clause in self.clauses:
            bound = _bound(clause)
            classes = frozenset(name for name in rest if _allows(clause, name))
            if bound and classes:
                found.append((bound, classes))
        return found


def sight_of(reader: Reader, act: Act, granted: Sequence[int]) -> Sight:
    """What *reader* may do *act* with, *granted* being the records grants open to him."""
    return Sight(clauses(reader, act), tuple(granted))


def rights_query(schema: tantivy.Schema, sight: Sight, present: Mapping[str, int]) -> tuple[Occur, Query] | None:
    """The condition that *sight* lays on a question, where *present* are the rule classes there and how many records
    each has; None where everything may be seen.
    """
    whole = sight.whole_classes(present)
    others = present.keys() - whole
    if not others:
        return None
    bound = sight.bound_clauses(present)
    if not bound and not sight.granted:
        allowed, closed = (sum(present[each] for each in names) for names in (whole, others))
        if closed < allowed:
            return Occur.MustNot, _classes(schema, others)
        return Occur.Must, Query.const_score_query(_classes(schema, whole), 0.0) if whole else Query.empty_query()
    either = [(Occur.Should, Query.term_query(schema, "id", each)) for each in sight.granted]
    if whole:
        either.append((Occur.Should, _classes(schema, whole)))
    for conditions, classes in bound:
        every = [(Occur.Must, bound_query(schema, each)) for each in conditions]
        if classes != present.keys():
            every.append((Occur.Must, _classes(schema, classes)))
        either.append((Occur.Should, Query.boolean_query(every)))
    return Occur.Must, Query.const_score_query(Query.boolean_query(either), 0.0)


def bound_query(schema: tantivy.Schema, condition: Condition) -> Query:
    """A condition on fonds or organisation."""
    return Query.boolean_query(
        [(Occur.Should, Query.term_query(schema, condition.field, value)) for value in condition.values]
    )


def _classes(schema: tantivy.Schema, names: Sequence[str] | frozenset[str] | set[str]) -> Query:
    return Query.term_set_query(schema, "rule", sorted(names))


def _bound(clause: Clause) -> tuple[Condition, ...]:
    return tuple(each for each in clause if each.field not in _CLASS_FIELDS)


def _allows(clause: Clause, name: str) -> bool:
    """Whether the records of this class meet what the clause asks beside fonds and organisation."""
    open_state, secrecy, sharing, personal, state = name.split("|")
    values = {
        "open_state": open_state,
        "secrecy": int(secrecy),
        "sharing": sharing,
        "personal": personal == "1",
        "state": state,
    }
    for each in clause:
        if each.field in values:
            found = values[each.field]
            if not (found in each.values if each.how == "in" else found <= each.values[0]):  # type: ignore[operator]
                return False
    return True
