"""Rule packs: read strictly, written to read the same, judged with every fault and its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.archival.checks import (
    RulePackError,
    default_pack,
    read_rule_pack,
    rule_pack_from_data,
    rule_pack_to_data,
    write_rule_pack,
)
from lantai.archival.checks.pack import (
    AllOf,
    AnyOf,
    Condition,
    ItemVersion,
    Material,
    MaterialRule,
    RulePack,
    ServiceItem,
)


def test_the_delivered_pack_comes_back_from_its_own_json() -> None:
    pack = default_pack()
    assert read_rule_pack(write_rule_pack(pack)) == pack
    assert pack.label == "yunling/2026.1"


_names = st.text(min_size=1, max_size=8)
_materials = st.builds(Material, code=_names, name=st.text(max_size=5), minimum=st.integers(1, 4))
_expressions = st.recursive(
    _materials,
    lambda inner: st.one_of(
        st.builds(AllOf, all=st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyOf, any=st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
_rules = st.builds(
    MaterialRule,
    code=_names,
    type=st.sampled_from(["1", "2", "3"]),
    name=_names,
    needs=_expressions,
    when=st.lists(st.builds(Condition, element=_names, operator=st.just("is"), values=st.just(("x",))), max_size=2).map(
        tuple
    ),
)


@given(st.lists(_rules, max_size=3, unique_by=lambda each: each.code))
def test_any_pack_survives_json(rules: list[MaterialRule]) -> None:
    version = ItemVersion("1", "2024-01-01", rules=tuple(rules))
    pack = RulePack("x", "1", "x", "2024-01-01", items=(ServiceItem("1", "事项", versions=(version,)),))
    assert rule_pack_from_data(json.loads(write_rule_pack(pack))) == pack


def _changed(**members: Any) -> dict[str, Any]:
    return {
        "format": "lantai/rule-pack/1",
        "code": "x",
        "version": "1",
        "name": "x",
        "effective_from": "2024-01-01",
        **members,
    }


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ([], ["(pack): must be an object"]),
        ({"format": "other"}, ["format: must be 'lantai/rule-pack/1', found 'other'"]),
        (_changed(code=7), ["code: must be str, found 7"]),
        (_changed(surprise=1), ["surprise: unknown member"]),
        (
            {"format": "lantai/rule-pack/1", "code": "x"},
            ["version: is missing", "name: is missing", "effective_from: is missing"],
        ),
        (
            _changed(effective_to="2023-13-01"),
            ["effective_to: '2023-13-01' is not a date YYYY-MM-DD", "effective_to: lies before effective_from"],
        ),
        (_changed(items=[{"code": "1"}]), ["items[0].name: is missing"]),
        (_changed(items=[{"code": "1", "name": "a"}, {"code": "1", "name": "b"}]), ["items: code '1' stands twice"]),
        (_changed(severities={"GD-9-9": "note"}), ["severities.GD-9-9: no such check"]),
        (
            _changed(severities={"GD-1-1": "grave"}),
            ["severities.GD-1-1: must be one of blocking, warning, note, found 'grave'"],
        ),
        (
            _changed(
                scope=[{"code": "S", "name": "s", "when": [{"element": "a", "operator": "present", "values": ["x"]}]}]
            ),
            ["scope[0].when[0].values: present and absent have none, every other operator needs one"],
        ),
        (
            _changed(
                rule_sets=[
                    {
                        "level": "region",
                        "rules": [{"code": "a", "type": "1", "name": "n", "needs": {"any": [], "minimum": 2}}],
                    }
                ]
            ),
            [
                "rule_sets[0].rules[0].needs: lists nothing",
                "rule_sets[0].rules[0].needs.minimum: must lie between 1 and 0",
                "rule_sets[0].key: the default level has none, every other level needs one",
            ],
        ),
        (
            _changed(
                items=[
                    {
                        "code": "1",
                        "name": "a",
                        "versions": [
                            {"version": "1", "valid_from": "2024-01-01"},
                            {"version": "2", "valid_from": "2024-06-01"},
                        ],
                    }
                ]
            ),
            ["items[0].versions[1].valid_from: must lie after the end of the version before it"],
        ),
        (
            _changed(codes=[{"element": "archival_code", "rule": {"key": "k", "structure": "fonds"}}]),
            ["codes[0].rule: k: the running number must be one of [], found “”"],
        ),
        (
            _changed(retention={"version": "1", "rules": [{"code": "r", "name": "n", "retention": "D7"}]}),
            ["retention.rules[0].retention: 'D7' is not in retention.order"],
        ),
        (_changed(calendar={"holidays": ["1 May"]}), ["calendar[0]: '1 May' is not a date YYYY-MM-DD"]),
    ],
)
def test_every_fault_is_told_with_its_place(data: Any, errors: list[str]) -> None:
    with pytest.raises(RulePackError) as caught:
        rule_pack_from_data(data)
    assert list(caught.value.errors) == errors


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"{" * 100_000, b"a = "])
def test_garbage_is_refused_as_a_file(data: bytes) -> None:
    with pytest.raises(RulePackError):
        read_rule_pack(data)


def test_the_export_leaves_defaults_out() -> None:
    assert rule_pack_to_data(RulePack("x", "1", "x", "2024-01-01")) == _changed()
