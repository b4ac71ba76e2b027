"""Normalised copies as pages show them: the event that made one, and the lines of its check, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantai.common.components import CheckGroup, CheckLine

CHECKS = {
    "original": gettext_lazy("原件未变"),
    "valid": gettext_lazy("是有效的 PDF/A-2b"),
    "pages": gettext_lazy("页数相同"),
    "text": gettext_lazy("文字相同"),
    "pictures": gettext_lazy("页面图像相同"),
    "complete": gettext_lazy("内容全部可显示"),
}
"""The lines of a copy's check."""
_UNSEEN = {
    "one-program": gettext_lazy("没有第二个程序能画出原件，未比对"),
    "no-own-text": gettext_lazy("原件中的文字不能另行读出，未比对"),
}
_TOLD = {
    "sha256": "SHA-256", "flavour": "", "findings": gettext_lazy("问题"), "original": gettext_lazy("原件"),
    "copy": gettext_lazy("副本"), "characters": gettext_lazy("字符"), "missing": gettext_lazy("缺少"),
    "pages_differing": gettext_lazy("不同的页"), "first": gettext_lazy("首见于页"), "mean": gettext_lazy("平均差"),
    "spot": gettext_lazy("最大局部差"), "page": gettext_lazy("页"), "notes": gettext_lazy("说明"),
}  # fmt: skip


def name_of_copy(source: str) -> str:
    """Of which file a copy is."""
    return _("%(name)s 的规范化副本") % {"name": PurePosixPath(source).name}


def check_of_copy(name: str, event: Mapping[str, Any]) -> CheckGroup:
    """The event of a copy of this *name* (PREMIS) and the lines of its check, as a group of the check list."""
    lines = check_lines(event.get("checks", []))
    passed = sum(each.state == "pass" for each in lines)
    parameters = "; ".join(f"{name} {value}" for name, value in event.get("parameters", {}).items() if value)
    made = CheckLine(
        code="PREMIS",
        name=_("制作事件"),
        state="done",
        found=" · ".join([", ".join(event.get("agents", [])), parameters, digests_told(event)]),
    )
    state = "pass" if passed == len(lines) else "manual"
    return CheckGroup(name=name, state=state, passed=passed, total=len(lines), lines=[made, *lines])


def check_lines(checks: Sequence[Mapping[str, Any]]) -> list[CheckLine]:
    """The lines of a check, kept or refused."""
    states = {True: "pass", False: "fail", None: "unexamined"}
    return [
        CheckLine(
            code="",
            name=str(CHECKS.get(each["code"], each["code"])),
            state=states[each["passed"]],
            found=_found(each),
        )
        for each in checks
    ]


def _found(line: Mapping[str, Any]) -> str:
    told = [f"{_TOLD.get(name, name)} {value}".strip() for name, value in line["told"].items() if value != ""]
    why = _UNSEEN.get(line["why"], line["why"])
    return " · ".join([*told, str(why)] if why else told)


def digests_told(event: Mapping[str, Any]) -> str:
    """The digests before and after; of sealed content the keyed digest of the copy."""
    before, after = event.get("before", {}), event.get("after", {})
    if "sealed" in after:
        return _("内容加密保存，副本的密钥摘要 %(digest)s") % {"digest": after["sealed"]["digest"]}
    told = {"before": before.get("sha256", "—"), "after": after.get("sha256", "—")}
    return _("SHA-256 转换前 %(before)s，转换后 %(after)s") % told
