"""Material rules as text: what people write is what the pack holds, and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.archival.checks.material_text import (
    MaterialTextError,
    conditions_from_text,
    conditions_text,
    needs_from_text,
    needs_text,
)
from lantai.archival.checks.pack_data import default_pack, rule_pack_to_data

MATERIAL = st.fixed_dictionaries(
    {"code": st.sampled_from(["A*", "B17", "C"])},
    optional={"name": st.sampled_from(["营业执照（副本）或身份证", "至少2项", "、且"]), "minimum": st.integers(2, 99)},
)


def joined(parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    some = st.lists(parts, min_size=2, max_size=4)
    least = some.flatmap(lambda each: st.integers(2, len(each)).map(lambda least: {"any": each, "minimum": least}))
    return some.map(lambda each: {"all": each}) | some.map(lambda each: {"any": each}) | least


@given(st.recursive(MATERIAL, joined, max_leaves=12))
def test_what_is_written_reads_back_as_the_same(needs: dict[str, Any]) -> None:
    assert needs_from_text(needs_text(needs)) == needs


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    for read in (needs_from_text, conditions_from_text):
        try:
            read(text)  # type: ignore[operator]
        except MaterialTextError as fault:
            assert 0 <= fault.at <= len(text)


CONDITION = st.one_of(
    st.fixed_dictionaries({"element": st.sampled_from(["result", "@profile"]), "operator": st.just("present")}),
    st.fixed_dictionaries(
        {
            "element": st.just("item_code"),
            "operator": st.sampled_from(["is", "in", "not-in", "matches", "contains"]),
            "values": st.lists(
                st.text(min_size=1, max_size=8).filter(lambda each: not set(each) & set("“”\n\r") and each.strip()),
                min_size=1,
                max_size=3,
            ),
        }
    ),
)


@given(st.lists(CONDITION, max_size=3))
def test_conditions_read_back_as_the_same(when: list[dict[str, Any]]) -> None:
    assert conditions_from_text(conditions_text(when)) == when


def test_the_rules_delivered_can_be_written_and_read() -> None:
    data = rule_pack_to_data(default_pack())
    versions = [each for item in data["items"] for each in item["versions"]]
    rules = [rule for each in (*data["rule_sets"], *versions) for rule in each["rules"]]
    assert len(rules) > 8
    for rule in rules:
        again = needs_from_text(needs_text(rule["needs"]))
        assert needs_text(again) == needs_text(rule["needs"])
        assert conditions_from_text(conditions_text(rule.get("when", []))) == rule.get("when", [])


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("A*“申请书”", {"code": "A*", "name": "申请书"}),
        ("“甲” 且 （“乙” 或 B17）", {"all": [{"name": "甲"}, {"any": [{"name": "乙"}, {"code": "B17"}]}]}),
        ('至少2项("甲"、"乙"、"丙")', {"any": [{"name": "甲"}, {"name": "乙"}, {"name": "丙"}], "minimum": 2}),
        ("“声明书”×2", {"name": "声明书", "minimum": 2}),
    ],
)
def test_examples(text: str, needs: dict[str, Any]) -> None:
    assert needs_from_text(text) == needs


@pytest.mark.parametrize(
    ("text", "at", "reason"),
    [
        ("", 0, "expected-term"),
        ("“甲” 且", 5, "expected-term"),
        ("(“甲”", 4, "unfinished"),
        ("甲", 0, "unknown"),
        ("“甲” “乙”", 3, "expected-end"),
        ("至少3项(“甲”、“乙”)", 4, "count"),
        ("“甲”×0", 0, "count"),
        ("(" * 40 + "“甲”", 21, "too-deep"),
    ],
)
def test_faults_have_their_place(text: str, at: int, reason: str) -> None:
    with pytest.raises(MaterialTextError) as caught:
        needs_from_text(text)
    assert (caught.value.at, caught.value.reason) == (at, reason)


@pytest.mark.parametrize("text", ["result", "result 大于 3", "result 是", "result 有值 1", "结果 是 1"])
def test_conditions_that_cannot_be(text: str) -> None:
    with pytest.raises(MaterialTextError):
        conditions_from_text(text)
