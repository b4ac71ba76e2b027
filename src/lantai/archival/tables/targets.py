"""What a column of a catalogue can become: the elements of description (DA/T 18-2022, DA/T 46-2009) an import fills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Literal

Kind = Literal["text", "code", "day", "year", "number", "choice", "files"]


@dataclass(frozen=True, slots=True)
class Target:
    """One element: its key, names, and what it may hold.

    ``element`` is its number in DA/T 46-2009; ``required`` elements must come from a column, a constant, or out of the
    archive code. ``choices`` maps what people write to what is kept. ``aliases`` are headings it is known by.
    """

    key: str
    zh: str
    en: str
    kind: Kind = "text"
    longest: int = 1000
    element: str = ""
    required: bool = False
    choices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    aliases: tuple[str, ...] = ()


_LEVELS = {"文件级": "item", "文件": "item", "件": "item", "item": "item", "案卷级": "volume", "案卷": "volume",
           "卷": "volume", "volume": "volume"}  # fmt: skip
_SECRECY = {"公开": "0", "无": "0", "非密": "0", "0": "0", "内部": "1", "限制": "1", "1": "1", "秘密": "2", "机密": "3",
            "绝密": "4"}  # fmt: skip
_OPENING = {"未审核": "unreviewed", "unreviewed": "unreviewed", "待审核": "unreviewed", "开放": "open", "open": "open",
            "控制": "controlled", "不开放": "controlled", "controlled": "controlled", "延期开放": "deferred",
            "延期": "deferred", "deferred": "deferred"}  # fmt: skip
_SHARING = {"01": "01", "无条件共享": "01", "02": "02", "有条件共享": "02", "03": "03", "不予共享": "03"}


def _targets() -> tuple[Target, ...]:
    return (
        Target("archive_code", "档号", "archive code", "code", 120, "M8", aliases=("档案号", "原档号", "现档号")),
        Target("level", "著录层级", "level", "choice", 8, choices=MappingProxyType(_LEVELS), aliases=("层级",)),
        Target("parent", "所属案卷档号", "code of the volume", "code", 120, aliases=("案卷档号", "上级档号")),
        Target("fonds_code", "全宗号", "fonds number", "code", 20, "M9", True, aliases=("全宗", "全宗代码")),
        Target("category_code", "档案门类代码", "category code", "code", 20, "", True,
               aliases=("门类代码", "门类", "档案门类", "档案类别代码")),
        Target("class_code", "类别号", "class code", "code", 60, aliases=("分类号", "类目号", "实体分类号")),
        Target("year", "年度", "year", "year", 4, "M11", True, aliases=("归档年度", "形成年度", "年份")),
        Target("retention", "保管期限", "retention period", "code", 8, "M12", True, aliases=("保管期限代码", "期限")),
        Target("function_code", "机构或问题", "organisation or function", "code", 40,
               aliases=("机构（问题）", "机构(问题)", "机构问题", "归档部门", "部门", "机构代码")),
        Target("volume_number", "案卷号", "volume number", "number", 9, aliases=("卷号", "案卷顺序号")),
        Target("item_number", "件号", "item number", "number", 9, aliases=("顺序号", "卷内序号")),
        Target("title", "题名", "title", "text", 1000, "M22", True,
               aliases=("文件题名", "正题名", "案卷题名", "标题", "文件标题", "题目")),
        Target("creator", "责任者", "responsible body", "text", 300, "M32", True,
               aliases=("第一责任者", "形成者", "发文机关", "发文单位", "作者", "责任单位")),
        Target("document_number", "文件编号", "document number", "text", 120, "M31",
               aliases=("文号", "发文字号", "发文号", "文件字号", "文件号")),
        Target("date", "日期", "date", "day", 40, "M33", True,
               aliases=("文件日期", "成文日期", "形成日期", "形成时间", "成文时间", "文件时间", "起止日期")),
        Target("date_until", "终止日期", "last date", "day", 40, aliases=("止日期", "结束日期", "终止时间")),
        Target("pages", "页数", "pages", "number", 9, "M43", aliases=("页数（页）", "总页数", "张数", "件页数")),
        Target("secrecy", "密级", "secrecy", "choice", 10, "M38", choices=MappingProxyType(_SECRECY)),
        Target("disclosure", "公开属性", "disclosure", "text", 20, aliases=("公开方式",)),
        Target("open_state", "开放标识", "opening", "choice", 12, choices=MappingProxyType(_OPENING),
               aliases=("开放状态", "开放情况", "划控标识")),
        Target("sharing", "共享类型", "sharing", "choice", 10, choices=MappingProxyType(_SHARING)),
        Target("abstract", "范围和提要", "scope and abstract", "text", 20_000, aliases=("提要", "摘要", "内容提要")),
        Target("item_name", "事项名称", "item name", "text", 500),
        Target("item_code", "事项编码", "item code", "text", 100),
        Target("case_number", "办件编号", "case number", "text", 100, aliases=("业务流水号", "受理编号")),
        Target("applicant", "申请人", "applicant", "text", 300, aliases=("当事人", "姓名", "申请单位")),
        Target("address", "地址", "address", "text", 500, aliases=("住址", "通讯地址")),
        Target("result", "办理结果", "result", "text", 200),
        Target("accepted_on", "受理日期", "accepted on", "day", 40, aliases=("受理时间",)),
        Target("decided_on", "办结日期", "closed on", "day", 40, aliases=("办结时间",)),
        Target("persons", "人名", "persons", "text", 1000),
        Target("subjects", "主题词或关键词", "subjects or key words", "text", 1000, aliases=("主题词", "关键词")),
        Target("carrier", "载体形态", "carrier", "text", 200, aliases=("载体", "载体类型", "规格")),
        Target("location", "存储位置", "location", "text", 200, aliases=("存放位置", "盒号", "柜号")),
        Target("note", "附注", "note", "text", 2000, aliases=("备注", "说明")),
        Target("certificate", "证件号码", "certificate number", "text", 60,
               aliases=("身份证号", "身份证号码", "证件号")),
        Target("source_code", "来源电子文件号", "source record code", "text", 120,
               aliases=("电子文件号", "原系统编号")),
        Target("files", "文件", "files", "files", 4000,
               aliases=("文件名", "电子文件名", "原文路径", "文件路径", "附件")),
    )  # fmt: skip


@cache
def targets() -> Mapping[str, Target]:
    """The elements by key, in the order people fill them in."""
    return MappingProxyType({each.key: each for each in _targets()})


@cache
def _known_headings() -> Mapping[str, str]:
    names: dict[str, str] = {}
    for each in _targets():
        for name in (each.zh, each.key, each.en, *each.aliases):
            names.setdefault(_bare(name), each.key)
    return MappingProxyType(names)


def _bare(heading: str) -> str:
    return "".join(heading.split()).strip("*＊：:").casefold()


def target_for(heading: str) -> str:
    """The key of the element a column headed *heading* most likely holds; empty when the heading is not known."""
    whole = _bare(heading)
    known = _known_headings()
    return known.get(whole) or known.get(whole.rpartition("/")[2]) or known.get(whole.partition("/")[0]) or ""
