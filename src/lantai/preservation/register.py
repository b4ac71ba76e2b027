"""The format register as shipped (格式登记): risk, reason and target of every format we know, from ``data``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lantai.archival.formats import formats
from lantai.archival.normalising import way_of

GRADES = {"low": _("低"), "medium": _("中"), "high": _("高"), "unjudged": _("未评估")}
"""Risk grades (风险等级), the lowest first."""

AT_RISK = ("medium", "high", "unjudged")
"""Grades for which there must be a plan."""

TARGETS = {"": _("保持原格式"), "pdfa-2b": "PDF/A-2b"}
FAMILIES = {
    "pdfa": "PDF/A",
    "pdf": "PDF",
    "ofd": "OFD",
    "office": _("办公文档"),
    "image": _("图像"),
    "text": _("文本和数据"),
    "web": _("网页和邮件"),
    "audio": _("音频"),
    "video": _("视频"),
    "archive": _("压缩包"),
    "program": _("程序"),
    "other": _("其他"),
}
ARCHIVAL = "pdfa"
"""The family whose formats are copies' own: they get none."""

COPIED = ("pdf", "ofd", "office", "image")
"""Families whose formats can get normalised copies."""

WISHES = (
    _("开放"), _("不绑定软硬件"), _("自包含"), _("自描述"), _("显示一致"), _("长期可解释"), _("稳健"), _("可转换"),
    _("存储经济"), _("支持签名"), _("易用"),
)  # fmt: skip
"""The eleven wishes of DA/T 47-2009, in the order of an entry's marks."""


@dataclass(frozen=True, slots=True)
class FormatEntry:
    """One format of the register. ``wishes`` are marks 0 to 2 in the order of ``WISHES``, empty where none were given;
    ``decided`` says that people of this archive decided grade, reason or target, and ``number`` by which version.
    """

    puid: str
    name: str
    key: str
    family: str
    grade: str
    target: str
    zh: str
    en: str
    wishes: str = ""
    decided: bool = False
    number: int = 0

    @property
    def reason(self) -> str:
        """Why it has its grade, in the reader's language."""
        return self.en if get_language() == "en" else self.zh

    @property
    def at_risk(self) -> bool:
        """Whether there must be a plan for it."""
        return self.grade in AT_RISK

    @property
    def way(self) -> str:
        """How it is copied; empty where there is no way."""
        return way_of(self.key)


@cache
def _table() -> dict[str, object]:
    path = Path(__file__).parent / "data" / "register.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def shipped_edition() -> str:
    """The edition of the register as shipped."""
    return str(_table()["edition"])


@cache
def shipped_register() -> dict[str, FormatEntry]:
    """Every format of the shipped register by its identifier (PRONOM's, or our own)."""
    found = {}
    for each in formats():
        for row in _table()["entry"]:  # type: ignore[attr-defined]
            if each.key in row["keys"] and each.version.startswith(row["versions"]):
                found[each.puid] = FormatEntry(
                    puid=each.puid,
                    name=each.name,
                    key=each.key,
                    family=row["family"],
                    grade=row["grade"],
                    target=row["target"],
                    zh=row["zh"],
                    en=row["en"],
                    wishes=row["wishes"],
                )
                break
    return found


def unknown_format(puid: str, name: str) -> FormatEntry:
    """The entry of a format the register does not speak of, and of files nobody could name (*puid* empty)."""
    if puid:
        zh, en = "登记中没有这种格式，尚未评估。", "The register does not speak of this format: not judged yet."
    else:
        zh, en = "没有特征能识别这些文件。", "No signature names these files."
    return FormatEntry(puid, name or puid, "", "other", "unjudged", "", zh, en)
