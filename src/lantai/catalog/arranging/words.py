"""Words that several pages of arranging share: why a record is left as it is, where a place lies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from lantai.administration.queries import ClassView
from lantai.catalog.queries.arranging import Node
from lantai.work.services import Sentence, said

REFUSALS = {
    "not-held": gettext_noop("不在馆藏中（已移交、销毁或并入），不能整理"),
    "other-fonds": gettext_noop("与目标不属同一全宗；跨全宗须办理移交"),
    "other-body": gettext_noop("与目标案卷的立档单位不同"),
    "already-there": gettext_noop("已在目标位置"),
    "volume-in-volume": gettext_noop("案卷不能放入案卷"),
    "retention-longer": gettext_noop("保管期限长于目标案卷，放入后会随案卷提前到期"),
    "has-code": gettext_noop("已有档号；档号给定后不变"),
    "no-code": gettext_noop("没有档号"),
    "no-rule": gettext_noop("本全宗和门类没有现行的档号规则"),
    "no-volume-rule": gettext_noop("现行档号规则按件编号，没有案卷号，案卷不编档号"),
    "not-written": gettext_noop("不能编档号：%(detail)s"),
    "no-volume": gettext_noop("没有这个案卷"),
    "no-class": gettext_noop("没有这个类别"),
    "volume-not-numbered": gettext_noop("新案卷按现行规则编不出档号，请先检查档号规则"),
}
"""Why something is refused, by key."""


def refusal(key: str, values: Mapping[str, Any] | None = None) -> str:
    """The sentence of a refusal in the reader's language; those of the code services are known by their own keys."""
    if key not in REFUSALS:
        return said(Sentence(key, dict(values or {})))
    given = dict(values or {})
    if get_language() == "en":
        given |= {name: given.get(f"{name}_en", value) for name, value in given.items()}
    return _(REFUSALS[key]) % given


def class_words(path: str, classes: Mapping[str, ClassView]) -> str:
    """A class by its names from the category down: 专业 · 行政许可; a class that is not registered by its code."""
    english = get_language() == "en"
    steps = path.split("·") if path else []
    named = []
    for count, code in enumerate(steps, 1):
        found = classes.get("·".join(steps[:count]))
        named.append((found.name_en or found.name if english else found.name) if found else code)
    return " · ".join(named) or _("（未分类）")


def node_address(node: Node) -> str:
    """The page of a place in the tree."""
    if node.volume:
        return reverse("arrangement-volume", args=[node.volume])
    if node.year is not None:
        return reverse("arrangement-year", args=[node.fonds, node.classes or "-", node.year])
    if node.classes:
        return reverse("arrangement-class", args=[node.fonds, node.classes])
    return reverse("arrangement-fonds", args=[node.fonds])
