"""The description document of one record (description.xml): written, and read again to the same values.

The tags are the Chinese names of DA/T 46-2009 in a namespace of our own; ``schema()`` is its RELAX NG schema. A
document is deterministic: equal descriptions give equal bytes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib.resources import files

from lantai.archival.description.dictionary import dictionary
from lantai.archival.description.model import (
    DescribedAct,
    DescribedComponent,
    DescribedExamination,
    DescribedPackage,
    RecordDescription,
)
from lantai.archival.description.text import CONCEALED, SPECIAL, conceal, escape, token

NAMESPACE = "urn:lantai:description:1"
VERSION = "1.0"

# Simple elements of the record itself; what belongs to a component, an act or a relation stands there.
_ELSEWHERE = {"M46", "M47", "M48", "M49", "M50", *(f"M{each}" for each in (*range(57, 65), *range(76, 89)))}
RECORD_ELEMENTS = tuple(
    each.number
    for each in dictionary().values()
    if each.number not in _ELSEWHERE and (each.kind != "container" or each.number == "M8")
)
_TAGS = {number: (dictionary()[number].name_zh, dictionary()[number].parent) for number in RECORD_ELEMENTS}
# Numbers the archives itself gives are never taken for somebody's identity number.
_OWN_NUMBERS = frozenset(f"M{each}" for each in range(7, 21))
_PARENT_TAGS = {number: dictionary()[number].name_zh for number in ("M2", "M8", "M21", "M40", "M52", "M65", "M70")}
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<电子档案描述 xmlns="{NAMESPACE}" 版本="{VERSION}" 元数据="DA/T 46-2009" 著录="DA/T 18-2022">'
)


class DescriptionError(ValueError):
    """A description cannot be written, or a document is not one."""


class _Writer:
    """Gathers the text of one document; every value passes through ``say`` or is a number of our own."""

    def __init__(self, secrets: Collection[str]) -> None:
        self.parts: list[str] = [_HEAD]
        self._secrets = secrets

    def say(self, text: str) -> str:
        if self._secrets or len(text) > 17:
            text = conceal(text, self._secrets)
        return text if SPECIAL.search(text) is None else escape(text)

    def optional(self, name: str, value: str) -> str:
        return f' {name}="{self.say(value)}"' if value else ""

    def pairs(self, tag: str, values: Mapping[str, str]) -> str:
        """One element *tag* a value, in the order of the names."""
        say = self.say
        return "".join([f'<{tag} 名称="{token(name)}">{say(values[name])}</{tag}>' for name in sorted(values)])

    def block(self, tag: str, row: str, values: Mapping[str, str]) -> None:
        if values:
            self.parts.append(f"\n<{tag}>{self.pairs(row, values)}</{tag}>")

    def identifiers(self, values: Mapping[str, str]) -> None:
        """Numbers of other systems: only what is known to be somebody's own number is concealed."""
        rows = []
        for name in sorted(values):
            text = values[name]
            for secret in self._secrets:
                text = text.replace(secret, CONCEALED)
            rows.append(f'<标识 名称="{token(name)}">{escape(text)}</标识>')
        if rows:
            self.parts.append(f"\n<业务标识>{''.join(rows)}</业务标识>")

    def elements(self, elements: Mapping[str, tuple[str, ...]]) -> None:
        unknown = elements.keys() - _TAGS.keys()
        if unknown:
            raise DescriptionError(f"not simple elements of a record: {', '.join(sorted(unknown))}")
        parts = self.parts
        parts.append("\n<文件实体>")
        inside = ""
        for number, (tag, parent) in _TAGS.items():
            values = elements.get(number)
            if not values:
                continue
            container = "M8" if number == "M8" else parent
            if container != inside:
                if inside:
                    parts.append(f"</{_PARENT_TAGS[inside]}>")
                inside = container
                if number == "M8":
                    parts.append("\n<档号>")
                elif inside:
                    parts.append(f"\n<{_PARENT_TAGS[inside]}>")
            own = number in _OWN_NUMBERS
            name = "全号" if number == "M8" else tag
            for value in values:
                text = escape(value) if own else self.say(value)
                parts.append(f"<{name}>{text}</{name}>" if inside else f"\n<{name}>{text}</{name}>")
        if inside:
            parts.append(f"</{_PARENT_TAGS[inside]}>")
        parts.append("\n</文件实体>")

    def package(self, package: DescribedPackage) -> None:
        self.parts.append(
            f'\n<信息包 名称="{self.say(package.name)}" 字节数="{package.size}" 容器="{escape(package.container)}"'
            f' 方案="{escape(package.profile)}">{_digests(package.digests)}</信息包>'
        )

    def component(self, place: int, component: DescribedComponent) -> None:
        say = self.say
        write = self.parts.append
        write(
            f'\n<组件 序号="{place}" 路径="{say(component.path)}"'
            f"{self._raw_name(component)}"
            f"{self.optional('阶段', component.stage_code)}{self.optional('性质', component.nature)}"
            f"{self.optional('共享', component.share)}{self.optional('修改时间', component.modified)}"
            f"{_number('页数', component.pages)}{_flag('可读', component.readable)}>"
        )
        if component.title:
            write(f"<题名>{say(component.title)}</题名>")
        if component.share_basis:
            write(f"<共享依据>{say(component.share_basis)}</共享依据>")
        write(
            f"<电子属性><格式信息{_token('代号', component.format_key)}{_token('名称', component.format_name)}"
            f"{_token('版本', component.format_version)}{_token('登记号', component.puid)}"
            f"{_token('MIME', component.mime)}/>"
            f"<计算机文件名>{say(component.path.rpartition('/')[2])}</计算机文件名>"
            f"<计算机文件大小>{component.size}</计算机文件大小>"
        )
        if component.application:
            write(f"<文档创建程序>{say(component.application)}</文档创建程序>")
        write("</电子属性>")
        write(
            f"<位置{_number('起点', component.offset)}"
            f' 字节数="{component.stored_size}" 方法="{escape(component.method)}"/>{_digests(component.digests)}'
        )
        if component.attributes:
            write(self.pairs("特征", component.attributes))
        for each in component.signatures:
            write(
                f'<电子签名 种类="{escape(each.kind)}" 完整性="{escape(each.integrity)}"'
                f"{_flag('受信任', each.trusted)}{self.optional('签名时间', each.signed_at)}"
                f"{self.optional('签名算法标识', each.algorithm)}{self.optional('判定', each.verdict)}>"
                f"<签名人>{say(each.signer)}</签名人><说明>{say(each.detail)}</说明>"
                f"{f'<理由>{say(each.reason)}</理由>' if each.reason else ''}</电子签名>"
            )
        write("</组件>")

    def _raw_name(self, component: DescribedComponent) -> str:
        encoding = "" if component.name_encoding == "utf-8" else self.optional("名称编码", component.name_encoding)
        if not component.raw_name:
            return encoding
        if conceal(component.path, self._secrets) != component.path:
            return encoding  # the raw bytes would tell what the path must not
        return f'{encoding} 原名="{component.raw_name.hex()}"'

    def act(self, act: DescribedAct) -> None:
        say = self.say
        basis = f"<行为依据>{say(act.basis)}</行为依据>" if act.basis else ""
        detail = f"<行为描述>{say(act.detail)}</行为描述>" if act.detail else ""
        agent = ""
        if act.actor or act.actor_type or act.actor_code or act.actor_position:
            agent = (
                f"<机构人员{self.optional('类型', act.actor_type)}{self.optional('组织机构代码', act.actor_code)}>"
                f"<机构人员名称>{say(act.actor)}</机构人员名称>"
                f"{f'<个人职位>{say(act.actor_position)}</个人职位>' if act.actor_position else ''}</机构人员>"
            )
        self.parts.append(
            f"\n<业务实体{self.optional('环节', act.step)}><业务状态>{act.status}</业务状态>"
            f"<业务行为>{say(act.action)}</业务行为><行为时间>{say(act.time)}</行为时间>{basis}{detail}{agent}"
            f"{self.pairs('字段', act.fields) if act.fields else ''}</业务实体>"
        )

    def examination(self, examination: DescribedExamination) -> None:
        say = self.say
        write = self.parts.append
        write(
            f'\n<检测报告 环节="{token(examination.stage)}" 结论="{token(examination.decision)}"'
            f' 规则包="{token(examination.rule_pack)}" 方案="{token(examination.profile)}"'
            f"{self.optional('时间', examination.at)}>{self.pairs('依据', examination.facts)}"
        )
        for each in examination.findings:
            head = (
                f'\n<检测项 编号="{token(each.code)}" 结果="{token(each.verdict)}" 级别="{token(each.severity)}"'
                f"{_token('缘由', each.reason)}{_token('建议', each.advice)}"
            )
            path = f' 对象="{say(each.path)}"' if each.path else ""
            if not each.sentence and not each.values:
                write(f"{head}{path}/>")
                continue
            sentence = f"<说明>{say(each.sentence)}</说明>" if each.sentence else ""
            write(f"{head}{path}>{sentence}{self.pairs('值', each.values) if each.values else ''}</检测项>")
        write("\n</检测报告>")


def _token(name: str, value: str) -> str:
    return f' {name}="{token(value)}"' if value else ""


def _number(name: str, value: int | None) -> str:
    return "" if value is None else f' {name}="{value}"'


def _flag(name: str, value: bool | None) -> str:
    return "" if value is None else f' {name}="{"是" if value else "否"}"'


def _digests(digests: Mapping[str, str]) -> str:
    return "".join([f'<摘要 算法="{escape(name)}">{escape(digests[name])}</摘要>' for name in sorted(digests)])


def write_description(description: RecordDescription, *, concealed: Collection[str] = ()) -> bytes:
    """The description document of one record as UTF-8.

    *concealed* are the identity and certificate numbers of the case (those shorter than five characters, such as
    "无", are no numbers): they, and whatever else is a sound citizen identity number, are written as ``CONCEALED``
    wherever they occur, also in names of files, so that they stand nowhere but sealed in the catalogue.

    Raises:
        DescriptionError: ``elements`` names a container, or an element of a component, an act or a relation.
    """
    writer = _Writer([each for each in concealed if len(each) >= 5])
    write = writer.parts.append
    writer.elements(description.elements)
    writer.block("著录项目", "著录项", description.fields)
    writer.identifiers(description.identifiers)
    if description.package is not None:
        writer.package(description.package)
    if description.components:
        write("\n<组件清单>")
        for place, component in enumerate(description.components, 1):
            writer.component(place, component)
        write("\n</组件清单>")
    if description.process:
        write("\n<业务实体块>")
        for act in description.process:
            writer.act(act)
        write("\n</业务实体块>")
    if description.examination is not None:
        writer.examination(description.examination)
    if description.retention is not None:
        each = description.retention
        write(
            f'\n<保管期限判定 代码="{escape(each.code)}" 规则="{escape(each.rule)}" 规则表="{escape(each.table)}"'
            f' 版本="{escape(each.version)}">{writer.say(each.reason)}</保管期限判定>'
        )
    writer.block("利用控制", "控制项", description.access)
    for relation in description.relations:
        write(
            f"\n<文件实体关系><关系类型>{escape(relation.kind)}</关系类型>"
            f"<实体标识符>{escape(relation.target)}</实体标识符>"
            f"<关系>{writer.say(relation.name)}</关系><关系描述>{writer.say(relation.detail)}</关系描述></文件实体关系>"
        )
    write("\n</电子档案描述>\n")
    return "".join(writer.parts).encode("utf-8")


def schema() -> bytes:
    """The RELAX NG schema of the document, to be kept beside the documents."""
    return files(__package__).joinpath("data", "description-1.rng").read_bytes()
