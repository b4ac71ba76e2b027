"""An EEP package (电子文件封装包, DA/T 48-2009) as plain values. Content bytes are never held: an ``Encoded`` says
whose they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ORIGINAL, MODIFIED = "原始型", "修改型"
SAYS_ORIGINAL = "本封装包包含电子文件数据及其元数据，原始封装，未经修改"
SAYS_MODIFIED = "本封装包包含电子文件数据及其元数据，系修改封装，在保留原封装包的基础上，添加了修改层"
SAYS_FORMAT = "本EEP根据中华人民共和国档案行业标准DA/T 48-2009《基于XML的电子文件封装规范》生成"
SAYS_CODING = (
    "本封装包中“编码数据”元素存储的是计算机文件二进制流的Base64编码，有关Base64编码规则参见IETF RFC 2045多用途邮件扩展"
    "（MIME）第一部分：互联网信息体格式。当提取和显现封装在编码数据元素中的计算机文件时，应对Base64编码进行反编码，并依据封装"
    "包中“反编码关键字”元素中记录的值还原计算机文件的扩展名"
)
EXTERNAL = "sha256-base64Binary"
"""The keyword under which some programs leave the content outside the package and write its SHA-256 inside."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One computer file (编码, M218-M221): its identifiers, names and electronic attributes (M46-M56).

    ``keyword`` tells the extension (反编码关键字, ``base64-pdf``); ``size`` is text as written, bytes where we write
    it. ``refers_to`` names the data of the original layer that were not changed (引用编码数据ID); then there are no
    bytes here. ``scan`` holds the elements of 数字化属性 by name.
    """

    identifier: str
    data_identifier: str
    name: str
    size: str
    keyword: str
    format: str = ""
    application: str = ""
    scan: Mapping[str, str] = field(default_factory=dict)
    refers_to: str = ""
    description: str = SAYS_CODING


@dataclass(frozen=True, slots=True)
class Draft:
    """One version (稿本) or processing sheet of a document (文档数据, M217)."""

    identifier: str
    files: tuple[Encoded, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One document of the record (文档, M214-M216): ``role`` is main (主文档), attached (附属文档) or not told."""

    identifier: str
    drafts: tuple[Draft, ...]
    number: str = ""
    role: Literal["主文档", "附属文档", ""] = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """A tie of one record (文件实体关系) or agent (机构人员实体关系) to another (M85-M88)."""

    subject: str
    target: str
    kind: str = ""
    name: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One act done with the record (业务实体, M80-M84)."""

    identifier: str
    agent: str
    record: str
    action: str
    time: str
    status: Literal["历史行为", "计划任务"] = "历史行为"
    basis: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Agent:
    """A body or person who did something (机构人员实体, M76-M79)."""

    identifier: str
    name: str
    kind: Literal["单位", "内设机构", "个人", ""] = ""
    code: str = ""
    position: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """What one layer says of the record (封装内容, 修订内容).

    ``elements`` maps numbers of DA/T 46 (``M22``) to values, as ``RecordDescription`` does; ``M8`` is the archive code
    written beside its parts. ``permissions`` are the pairs of 授权 (who, what), ``thesauri`` names the thesaurus of a
    descriptor.
    """

    elements: Mapping[str, tuple[str, ...]]
    documents: tuple[Document, ...]
    acts: tuple[Act, ...]
    agents: tuple[Agent, ...]
    relations: tuple[Relation, ...] = ()
    agent_relations: tuple[Relation, ...] = ()
    permissions: tuple[tuple[str, str], ...] = ()
    thesauri: Mapping[str, str] = field(default_factory=dict)

    @property
    def files(self) -> tuple[Encoded, ...]:
        """Every computer file, in the order of the package."""
        return tuple(each for document in self.documents for draft in document.drafts for each in draft.files)


@dataclass(frozen=True, slots=True)
class Signature:
    """One electronic signature (电子签名, M57-M64) or the one that locks another (锁定签名, ``locks`` names which).

    ``certificates`` holds the certificates of every 证书块 (DER), the signer's first.
    """

    identifier: str
    rule: str
    value: bytes
    certificates: tuple[tuple[bytes, ...], ...]
    algorithm: str
    at: str = ""
    signer: str = ""
    references: tuple[str, ...] = ()
    locks: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """What is signed (被签名对象): the contents as first packed, or as a later layer changed them.

    ``modification`` (修改标识符), ``original`` and ``original_signatures`` are those of a modified package (修改型).
    """

    created: str
    unit: str
    contents: Contents
    modification: str = ""
    original: Layer | None = None
    original_signatures: tuple[Signature, ...] = ()

    @property
    def kind(self) -> str:
        """原始型 or 修改型."""
        return MODIFIED if self.original is not None else ORIGINAL

    @property
    def layers(self) -> tuple[Layer, ...]:
        """This layer and those below it, the original one last."""
        return (self, *(self.original.layers if self.original is not None else ()))


@dataclass(frozen=True, slots=True)
class Eep:
    """A whole package."""

    layer: Layer
    namespaced: bool = True
    signatures: tuple[Signature, ...] = ()
    lock: Signature | None = None


@dataclass(frozen=True, slots=True)
class EepFault:
    """Something wrong with a package: ``code`` such as ``eep.base64``, the element or file, and what was found."""

    code: str
    where: str = ""
    detail: str = ""


class EepRefused(ValueError):
    """A package cannot be written, or cannot be modified: ``faults`` says all that speaks against it."""

    def __init__(self, faults: tuple[EepFault, ...]) -> None:
        super().__init__("; ".join(f"{each.code} {each.where} {each.detail}".strip() for each in faults))
        self.faults = faults
