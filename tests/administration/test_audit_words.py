"""The audit log tells acts and changes in words, in both languages; the export keeps what the ledger says."""

from __future__ import annotations

import json

import pytest
from django.utils import translation

from lantai.administration.forms import ACTS
from lantai.administration.views.audit_words import LONGEST, act_in_words, change_in_words

PERSON = {"active": False, "clearance": 0, "name": "卓民", "organisation": None, "role": "", "username": "zhuomin"}


@pytest.mark.parametrize(
    ("detail", "chinese", "english"),
    [
        ({}, "", ""),
        ({"means": "password"}, "登录方式：password", "Means: password"),
        ({"before": PERSON, "after": PERSON | {"role": "public"}}, "角色：— → 公众", "Role: — → Public"),
        ({"before": PERSON, "after": PERSON | {"active": True}}, "启用：否 → 是", "Active: No → Yes"),
        (
            {"after": PERSON},
            "启用：否 · 涉密等级：公开 · 名称：卓民 · 账号：zhuomin",
            "Active: No · Clearance: Open · Name: 卓民 · Account: zhuomin",
        ),
        (
            {"before": "examined", "after": "rejected", "reason": "模糊"},
            "理由：模糊 · 待处理 → 已退回",
            "Reason: 模糊 · To do → Returned",
        ),
        (
            {"before": {"unknown_field": 1}, "after": {"unknown_field": 2}},
            "unknown_field：1 → 2",
            "unknown_field: 1 → 2",
        ),
    ],
    ids=["nothing", "fact", "role", "active", "new", "state", "unknown"],
)
def test_a_change_is_told_field_by_field(detail: dict[str, object], chinese: str, english: str) -> None:
    kept = json.dumps(detail)
    with translation.override("zh-hans"):
        assert change_in_words(kept) == chinese
    with translation.override("en"):
        assert change_in_words(kept) == english


def test_a_long_value_ends_with_an_ellipsis() -> None:
    told = change_in_words(json.dumps({"reason": "长" * 500}))
    assert told.endswith("…")
    assert told.count("长") == LONGEST


def test_every_act_has_words_in_both_languages() -> None:
    for kind, words in (*ACTS, ("people.activated", "启用账号")):
        with translation.override("zh-hans"):
            assert act_in_words(kind) == str(words) != kind
        with translation.override("en"):
            assert act_in_words(kind).isascii()
    assert act_in_words("new.kind") == "new.kind"
