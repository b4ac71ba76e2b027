"""Material rules, conditions, retention, working days: against slow references and by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.archival.checks import RulePack, choose_retention, rules_in_force, unmet_rules
from lantai.archival.checks.conditions import holds
from lantai.archival.checks.materials import satisfied
from lantai.archival.checks.moments import day, read_moment
from lantai.archival.checks.pack import (
    AllOf,
    AnyOf,
    Condition,
    Expression,
    ItemVersion,
    MaterialRule,
    RetentionRule,
    RetentionTable,
    RuleSet,
    ServiceItem,
    WorkCalendar,
)
from lantai.archival.checks.pack import Material as Needed
from lantai.archival.checks.workdays import is_working_day, working_days
from lantai.archival.packages import Material


def declared(code: str, name: str, path: str = "x") -> Material:
    return Material(identifier="1", folder="", stage_code=code, nature="B", name=name, actual_name="", path=path)


_needs = st.recursive(
    st.builds(
        Needed,
        code=st.sampled_from(["A1", "A*", "B2", ""]),
        name=st.sampled_from(["表", "证"]),
        minimum=st.integers(1, 2),
    ),
    lambda inner: st.one_of(
        st.builds(AllOf, all=st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyOf, any=st.lists(inner, min_size=1, max_size=3).map(tuple), minimum=st.integers(1, 2)),
    ),
    max_leaves=5,
)
_present = st.lists(
    st.builds(declared, code=st.sampled_from(["A1", "A2", "B2"]), name=st.sampled_from(["表", "证"])), max_size=5
)


def slowly(needs: Expression, present: list[Material]) -> bool:
    """The same by counting every way."""
    if isinstance(needs, Needed):
        found = 0
        for each in present:
            code = not needs.code or each.stage_code == needs.code or (needs.code == "A*" and each.stage_code[0] == "A")
            found += code and each.name == needs.name
        return found >= needs.minimum
    parts = [slowly(each, present) for each in (needs.all if isinstance(needs, AllOf) else needs.any)]
    return all(parts) if isinstance(needs, AllOf) else parts.count(True) >= needs.minimum


@given(_needs, _present)
def test_and_or_with_counts(needs: Expression, present: list[Material]) -> None:
    assert satisfied(needs, present) == slowly(needs, present)
    rule = MaterialRule("R", "1", "r", needs)
    unmet = unmet_rules([rule], present, {})
    assert bool(unmet) != satisfied(needs, present)
    assert all(lacking for _, lacking in unmet)


def test_a_listed_material_without_its_file_does_not_count() -> None:
    rule = MaterialRule("R", "1", "r", Needed(name="表"))
    assert unmet_rules([rule], [declared("A1", "表", path="")], {}) == [(rule, ("表",))]


def test_a_rule_counts_only_where_its_conditions_hold() -> None:
    rule = MaterialRule("R", "2", "r", Needed(code="B14"), when=(Condition("result", "is", ("不予许可",)),))
    assert unmet_rules([rule], [], {"result": "准予许可"}) == []
    assert unmet_rules([rule], [], {"result": " 不予许可 "}) == [(rule, ("B14",))]


def _rule(code: str, name: str = "") -> MaterialRule:
    return MaterialRule(code, "1", name or code, Needed(code="A"))


PACK = RulePack(
    "p",
    "1",
    "p",
    "2020-01-01",
    rule_sets=(
        RuleSet("default", rules=(_rule("d1"), _rule("d2"))),
        RuleSet("region", "331199", rules=(_rule("r1"), _rule("d2", "changed"))),
        RuleSet("unit", "0059", valid_from="2024-01-01", mode="replace", rules=(_rule("u1"),)),
        RuleSet("unit", "0060", valid_to="2023-12-31", rules=(_rule("u2"),)),
    ),
    items=(
        ServiceItem(
            "1",
            "一",
            versions=(
                ItemVersion("1", "2023-01-01", "2023-12-31", rules=(_rule("i1"),)),
                ItemVersion("2", "2024-01-01", rules=(_rule("i2"), _rule("d1", "own"))),
            ),
        ),
    ),
)


@pytest.mark.parametrize(
    ("region", "unit", "accepted", "version", "names"),
    [
        ("", "", "2023-06-01", "1", ["d1", "d2", "i1"]),
        ("331199", "", "2023-06-01", "1", ["d1", "changed", "r1", "i1"]),
        ("331199", "0060", "2023-12-31", "1", ["d1", "changed", "r1", "u2", "i1"]),
        ("331199", "0060", "2024-01-01", "2", ["own", "changed", "r1", "i2"]),
        ("331199", "0059", "2023-06-01", "1", ["d1", "changed", "r1", "i1"]),
        ("331199", "0059", "2024-06-01", "2", ["u1", "i2", "own"]),
    ],
)
def test_levels_add_or_replace_and_the_version_is_that_of_acceptance(
    region: str, unit: str, accepted: str, version: str, names: list[str]
) -> None:
    force = rules_in_force(PACK, item="1", region=region, unit=unit, accepted=accepted)
    assert force.version is not None and force.version.version == version
    assert [each.name for each in force.rules] == names


def test_an_unknown_item_and_a_day_without_version_are_told_apart() -> None:
    assert not rules_in_force(PACK, item="9", region="", unit="", accepted="2024-06-01").known
    early = rules_in_force(PACK, item="1", region="", unit="", accepted="2022-06-01")
    assert early.known and early.version is None


@pytest.mark.parametrize(
    ("operator", "values", "found", "expected"),
    [
        ("is", ("a",), " a ", True),
        ("is", ("a",), "ab", False),
        ("in", ("a", "b"), "b", True),
        ("not-in", ("a",), "b", True),
        ("not-in", ("a",), "", True),
        ("matches", ("a+",), "aaa", True),
        ("matches", ("a+",), "aab", False),
        ("contains", ("b",), "abc", True),
        ("present", (), " ", False),
        ("absent", (), "", True),
        ("present", (), "x", True),
    ],
)
def test_conditions(operator: str, values: tuple[str, ...], found: str, expected: bool) -> None:
    condition = Condition("e", operator, values)  # type: ignore[arg-type]
    assert holds((condition,), {"e": found}) is expected
    assert holds((condition, Condition("never", "present")), {"e": found}) is False


def test_retention_goes_by_period_first_then_as_listed_and_names_its_rule() -> None:
    always = (Condition("k", "is", ("x",)),)
    rules = (
        RetentionRule("3", "ten", "D10", always),
        RetentionRule("2", "thirty", "D30", always),
        RetentionRule("1", "ever", "Y", (Condition("k", "is", ("y",)),)),
    )
    pack = replace(PACK, retention=RetentionTable("2026-1", rules=rules))
    chosen = choose_retention(pack, {"k": "x"})
    assert (chosen.code, chosen.rule, chosen.table, chosen.name) == ("D30", "2", "2026-1", "thirty")
    assert choose_retention(pack, {"k": "y"}).code == "Y"
    nothing = choose_retention(pack, {})
    assert (nothing.code, nothing.rule) == ("", "")
    assert choose_retention(replace(pack, retention=replace(pack.retention, default="D10")), {}).code == "D10"


def test_the_delivered_table_decides_by_item_and_result(pack: RulePack) -> None:
    licence = {"item_code": "0119000101", "result": "准予许可"}
    assert choose_retention(pack, licence).code == "D30"
    assert choose_retention(pack, {**licence, "result": "不予许可"}).code == "D10"
    assert choose_retention(pack, {"item_code": "0734000201"}).code == "Y"


_days = st.dates(date(2023, 1, 1), date(2026, 12, 31))


@given(_days, st.integers(-10, 400), st.sets(_days, max_size=6), st.sets(_days, max_size=6))
def test_working_days_as_counted_one_by_one(start: date, length: int, off: set[date], on: set[date]) -> None:
    calendar = WorkCalendar(
        holidays=frozenset(each.isoformat() for each in off - on), workdays=frozenset(each.isoformat() for each in on)
    )
    end = start + timedelta(length)
    slow = sum(is_working_day(calendar, start + timedelta(number)) for number in range(1, length + 1))
    assert working_days(calendar, start, end) == slow


def test_spring_festival_is_no_working_week(pack: RulePack) -> None:
    # 2025: the festival from 28 January to 4 February, the Sunday before it worked.
    assert working_days(pack.calendar, date(2025, 1, 24), date(2025, 2, 5)) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-03-01", "2025-03-01T00:00:00"),
        ("20250301", "2025-03-01T00:00:00"),
        ("2025-03-01 09:30:00", "2025-03-01T09:30:00"),
        ("2025-03-01T09:30:00+08:00", "2025-03-01T09:30:00"),
        ("2025/3/1", "2025-03-01T00:00:00"),
        ("2025年3月1日", "2025-03-01T00:00:00"),
        ("20250301093000", "2025-03-01T09:30:00"),
    ],
)
def test_moments_as_departments_write_them(text: str, expected: str) -> None:
    found = read_moment(text)
    assert found is not None and found.isoformat() == expected


@given(st.text(max_size=20))
def test_no_text_breaks_the_reading_of_a_moment(text: str) -> None:
    assert (day(text) is None) == (read_moment(text) is None)
