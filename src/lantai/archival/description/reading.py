"""Read a description document back to the values it was written from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from lxml import etree

from lantai.archival.description.dictionary import dictionary
from lantai.archival.description.document import NAMESPACE, RECORD_ELEMENTS, DescriptionError
from lantai.archival.description.model import (
    DescribedAct,
    DescribedComponent,
    DescribedExamination,
    DescribedFinding,
    DescribedPackage,
    DescribedRelation,
    DescribedRetention,
    DescribedSignature,
    RecordDescription,
)
from lantai.archival.description.text import restore

T = TypeVar("T")
_NUMBERS = {dictionary()[number].name_zh: number for number in RECORD_ELEMENTS if number != "M8"} | {"全号": "M8"}


class _Node:
    """One element, seen by names without the namespace; text and attributes come restored."""

    def __init__(self, element: etree._Element) -> None:
        self._element = element
        self.name = etree.QName(element).localname

    @property
    def text(self) -> str:
        return restore(self._element.text or "")

    def get(self, name: str) -> str:
        return restore(self._element.get(name, ""))

    def number(self, name: str) -> int | None:
        value = self._element.get(name)
        return None if value is None else int(value)

    def flag(self, name: str) -> bool | None:
        value = self._element.get(name)
        return None if value is None else value == "是"

    def all(self, name: str) -> list[_Node]:
        return [_Node(each) for each in self._element.findall(f"{{{NAMESPACE}}}{name}")]

    def first(self, name: str) -> _Node | None:
        found = self._element.find(f"{{{NAMESPACE}}}{name}")
        return None if found is None else _Node(found)

    def say(self, name: str) -> str:
        """The text of the child *name*, or nothing."""
        found = self.first(name)
        return found.text if found is not None else ""

    def leaves(self) -> list[_Node]:
        """Every element below this one that has no children."""
        return [_Node(each) for each in self._element.iterdescendants() if not len(each)]

    def pairs(self, name: str) -> dict[str, str]:
        return {each.get("名称"): each.text for each in self.all(name)}

    def digests(self) -> dict[str, str]:
        return {each.get("算法"): each.text for each in self.all("摘要")}


def _elements(node: _Node) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for each in node.leaves():
        number = _NUMBERS[each.name]
        found[number] = (*found.get(number, ()), each.text)
    return found


def _package(node: _Node) -> DescribedPackage:
    return DescribedPackage(
        name=node.get("名称"),
        size=node.number("字节数") or 0,
        container=node.get("容器"),
        profile=node.get("方案"),
        digests=node.digests(),
    )


def _component(node: _Node) -> DescribedComponent:
    attributes = cast(_Node, node.first("电子属性"))
    form = cast(_Node, attributes.first("格式信息"))
    place = cast(_Node, node.first("位置"))
    return DescribedComponent(
        path=node.get("路径"),
        size=int(attributes.say("计算机文件大小")),
        digests=node.digests(),
        raw_name=bytes.fromhex(node.get("原名")),
        name_encoding=node.get("名称编码") or "utf-8",
        offset=place.number("起点"),
        stored_size=place.number("字节数") or 0,
        method=place.get("方法"),
        modified=node.get("修改时间"),
        format_key=form.get("代号"),
        format_name=form.get("名称"),
        format_version=form.get("版本"),
        puid=form.get("登记号"),
        mime=form.get("MIME"),
        application=attributes.say("文档创建程序"),
        readable=node.flag("可读"),
        pages=node.number("页数"),
        title=node.say("题名"),
        stage_code=node.get("阶段"),
        nature=node.get("性质"),
        share=node.get("共享"),
        share_basis=node.say("共享依据"),
        attributes=node.pairs("特征"),
        signatures=tuple(
            DescribedSignature(
                kind=each.get("种类"),
                integrity=each.get("完整性"),
                signer=each.say("签名人"),
                signed_at=each.get("签名时间"),
                algorithm=each.get("签名算法标识"),
                trusted=each.flag("受信任"),
                detail=each.say("说明"),
                verdict=each.get("判定"),
                reason=each.say("理由"),
            )
            for each in node.all("电子签名")
        ),
    )


def _act(node: _Node) -> DescribedAct:
    agent = node.first("机构人员")
    return DescribedAct(
        action=node.say("业务行为"),
        time=node.say("行为时间"),
        actor=agent.say("机构人员名称") if agent else "",
        status="计划任务" if node.say("业务状态") == "计划任务" else "历史行为",
        basis=node.say("行为依据"),
        detail=node.say("行为描述"),
        step=node.get("环节"),
        actor_type=agent.get("类型") if agent else "",
        actor_code=agent.get("组织机构代码") if agent else "",
        actor_position=agent.say("个人职位") if agent else "",
        fields=node.pairs("字段"),
    )


def _examination(node: _Node) -> DescribedExamination:
    return DescribedExamination(
        stage=node.get("环节"),
        decision=node.get("结论"),
        rule_pack=node.get("规则包"),
        profile=node.get("方案"),
        at=node.get("时间"),
        facts=node.pairs("依据"),
        findings=tuple(
            DescribedFinding(
                code=each.get("编号"),
                verdict=each.get("结果"),
                severity=each.get("级别"),
                reason=each.get("缘由"),
                path=each.get("对象"),
                advice=each.get("建议"),
                sentence=each.say("说明"),
                values=each.pairs("值"),
            )
            for each in node.all("检测项")
        ),
    )


def _retention(node: _Node) -> DescribedRetention:
    return DescribedRetention(node.get("代码"), node.get("规则"), node.get("规则表"), node.get("版本"), node.text)


def _inside(node: _Node, block: str, row: str, read: Callable[[_Node], T]) -> tuple[T, ...]:
    found = node.first(block)
    return tuple(read(each) for each in found.all(row)) if found else ()


def read_description(data: bytes) -> RecordDescription:
    """The values *data*, a document of ``write_description``, was written from; concealed numbers stay concealed.

    Raises:
        DescriptionError: *data* is not well-formed, carries a document type, or is not a description document.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as reason:
        raise DescriptionError(f"not well-formed XML: {reason}") from reason
    if b"<!DOCTYPE" in data or root.tag != f"{{{NAMESPACE}}}电子档案描述":
        raise DescriptionError("not a description document")
    node = _Node(root)
    try:
        return _description(node)
    except (KeyError, ValueError, AttributeError) as reason:
        raise DescriptionError(f"the document does not follow its schema: {reason!r}") from reason


def _description(node: _Node) -> RecordDescription:
    record = node.first("文件实体")
    if record is None:
        raise DescriptionError("the document does not follow its schema: no 文件实体")
    package, examination, retention = node.first("信息包"), node.first("检测报告"), node.first("保管期限判定")
    fields, identifiers, access = node.first("著录项目"), node.first("业务标识"), node.first("利用控制")
    return RecordDescription(
        elements=_elements(record),
        fields=fields.pairs("著录项") if fields else {},
        identifiers=identifiers.pairs("标识") if identifiers else {},
        package=_package(package) if package else None,
        components=_inside(node, "组件清单", "组件", _component),
        process=_inside(node, "业务实体块", "业务实体", _act),
        examination=_examination(examination) if examination else None,
        retention=_retention(retention) if retention else None,
        access=access.pairs("控制项") if access else {},
        relations=tuple(
            DescribedRelation(
                kind=each.say("关系类型"),
                target=each.say("实体标识符"),
                name=each.say("关系"),
                detail=each.say("关系描述"),
            )
            for each in node.all("文件实体关系")
        ),
    )
