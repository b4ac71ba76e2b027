"""Words that several pages of arranging share: why a record is left as it is, where a place lies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lantai.administration.queries import ClassView
from lantai.catalog.queries.arranging import Node
from lantai.catalog.queries.effects import REFUSALS
from lantai.work.services import Sentence, said


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
