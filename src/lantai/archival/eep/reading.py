"""Read an EEP package: its values, its signatures' digests, where its content lies, and everything that is wrong."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import BinaryIO

from lantai.archival.description import dictionary
from lantai.archival.eep.grammar import rules
from lantai.archival.eep.model import (
    EXTERNAL,
    MODIFIED,
    ORIGINAL,
    SAYS_MODIFIED,
    SAYS_ORIGINAL,
    Act,
    Agent,
    Contents,
    Document,
    Draft,
    Eep,
    EepFault,
    Encoded,
    Layer,
    Relation,
    Signature,
)
from lantai.archival.eep.parsing import DATA, SIGNATURE, SIGNED, Bounds, Node, Parsing, Sink

_KEYWORD = re.compile(r"base64(?:-([A-Za-z0-9]+))?")
_SIZE = re.compile(r"([0-9]+)(?: ?(?:字节|B|bytes?))?", re.IGNORECASE)
_HEAD = 256 * 1024
Open = Callable[[Encoded], Sink | None]
"""Asked when a file's content begins; None where nobody wants it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the Base64 text of a file stands in the package, and how many bytes it stands for. All in bytes."""

    offset: int
    length: int
    size: int


@dataclass(frozen=True, slots=True)
class ReadEep:
    """What reading found. ``eep`` is None where too little of a package was there to be one.

    ``faults`` tells everything that is wrong with structure, values and data; signatures are judged apart
    (``judge_eep``). ``places`` maps 编码数据ID to where the content lies, ``digests`` the identifiers of signatures,
    and with a number (``layer-0``, outermost) what they cover, to the SM3 of the canonical form; ``spans`` the same
    parts to their first byte and the one after their last, ``scopes`` to the namespaces around them.
    """

    eep: Eep | None
    faults: tuple[EepFault, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    digests: Mapping[str, bytes] = field(default_factory=dict)
    spans: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    scopes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def identifiers(self) -> frozenset[str]:
        """Every identifier of the package that another may not bear."""
        return _identifiers(self.eep) if self.eep is not None else frozenset()


def read_eep(stream: BinaryIO, *, take: Open | None = None, bounds: Bounds | None = None) -> ReadEep:
    """Read the package in *stream* once, from its beginning, in bounded memory.

    Args:
        stream: binary; where it can seek, ``places`` and ``spans`` are found, too.
        take: given a file as far as it is described, the sink of its decoded bytes.
        bounds: how much is read before the package is refused.

    Raises:
        OSError: of the medium; whatever the package holds is told in ``faults``.
    """
    parsing = Parsing(None if take is None else lambda code, data: take(_encoded(code, data)), bounds)
    parsing.read(stream)
    reading = _Reading(parsing, stream if stream.seekable() else None)
    return reading.result()


class _Reading:
    """From the tree to the values; what a value cannot be is a fault beside those of the tree."""

    def __init__(self, parsing: Parsing, stream: BinaryIO | None) -> None:
        self._parsing = parsing
        self._stream = stream
        self._places: dict[str, Place] = {}
        self._digests: dict[str, bytes] = {}
        self._spans: dict[str, tuple[int, int]] = {}
        self._scopes: dict[str, Mapping[str, str]] = {}

    def result(self) -> ReadEep:
        eep = self._eep(self._parsing.root)
        faults = tuple(self._parsing.faults)
        return ReadEep(eep, faults, self._places, self._digests, self._spans, self._scopes)

    def _eep(self, root: Node | None) -> Eep | None:
        signed = root.child(SIGNED) if root is not None else None
        if root is None or signed is None or not signed.ends:
            return None
        layer = self._layer(signed, 0)
        block, lock = root.child("电子签名块"), root.child("锁定签名")
        signatures = self._signatures(block) if block is not None else ()
        if block is not None:
            self._span("signatures-0", block)
        locking = self._signature(lock) if lock is not None else None
        if locking is not None and locking.locks not in {each.identifier for each in signatures}:
            self._fault("eep.locks-nothing", lock, locking.locks)
        return Eep(layer, self._parsing.namespaced, signatures, locking) if layer is not None else None

    def _layer(self, signed: Node, number: int) -> Layer | None:
        self._digests[f"layer-{number}"] = signed.digest
        self._scopes[f"layer-{number}"] = signed.scope
        self._span(f"layer-{number}", signed)
        modified = signed.child("修改封装内容")
        kind, says = signed.said("封装包类型"), signed.said("封装包类型描述")
        asked = (MODIFIED, SAYS_MODIFIED) if modified is not None else (ORIGINAL, SAYS_ORIGINAL)
        if kind in (ORIGINAL, MODIFIED) and (kind, says) != asked:
            self._fault("eep.kind", signed, f"{kind}, {asked[0]}")
        body = modified.child("修订内容") if modified is not None else signed.child("封装内容")
        if body is None:
            return None
        contents = self._contents(body)
        created, unit = signed.said("封装包创建时间"), signed.said("封装包创建单位")
        if modified is None:
            self._referring(contents, body, nested=False)
            return Layer(created, unit, contents)
        packed = modified.child("原封装包")
        inner = packed.child(SIGNED) if packed is not None else None
        original = self._layer(inner, number + 1) if inner is not None else None
        block = packed.child("电子签名块") if packed is not None else None
        if block is not None:
            self._span(f"signatures-{number + 1}", block)
        self._referring(contents, body, nested=True)
        signatures = self._signatures(block) if block is not None else ()
        return Layer(created, unit, contents, modified.said("修改标识符").strip(), original, signatures)

    def _referring(self, contents: Contents, body: Node, *, nested: bool) -> None:
        """Data by reference stand in a layer above another only, and are empty."""
        for each in contents.files:
            place = self._places.get(each.data_identifier)
            if each.refers_to and (not nested or (place is not None and place.size)):
                self._fault("eep.refers", body, each.data_identifier)

    def _contents(self, body: Node) -> Contents:
        block = body.child("文件实体块")
        record = block.child("文件实体") if block is not None else None
        acts, agents = body.child("业务实体块"), body.child("机构人员实体块")
        data = record.child("文件数据") if record is not None else None
        return Contents(
            elements=_elements(record) if record is not None else {},
            documents=tuple(self._document(each) for each in data.all("文档")) if data is not None else (),
            acts=tuple(_act(each) for each in acts.all("业务实体")) if acts is not None else (),
            agents=tuple(_agent(each) for each in agents.all("机构人员实体")) if agents is not None else (),
            relations=_relations(block, "文件实体关系", "文件标识符", "被关联文件标识符"),
            agent_relations=_relations(agents, "机构人员实体关系", "机构人员标识符", "被关联机构人员标识符"),
            permissions=_permissions(record),
            thesauri=_thesauri(record),
        )

    def _document(self, node: Node) -> Document:
        return Document(
            identifier=node.said("文档标识符").strip(),
            drafts=tuple(
                Draft(each.attributes.get("文档数据ID", "").strip(), tuple(map(self._file, each.all("编码"))))
                for each in node.all("文档数据")
            ),
            number=node.said("文档序号"),
            role=node.said("文档主从声明"),  # type: ignore[arg-type]  # another value is a fault of the tree
            title=node.said("题名"),
        )

    def _file(self, node: Node) -> Encoded:
        data = node.child(DATA)
        found = _encoded(node, data) if data is not None else _encoded(node, Node(DATA, node.line, node.path))
        keyword = _KEYWORD.fullmatch(found.keyword)
        if found.keyword == EXTERNAL:
            self._fault("eep.external", node, found.name)
        elif keyword is None:
            self._fault("eep.keyword", node, found.keyword[:60])
        elif keyword[1] and keyword[1].lower() != found.name.rpartition(".")[2].lower():
            self._fault("eep.extension", node, f"{found.keyword}, {found.name}")
        if data is None or data.size is None:
            return found
        self._place(found, data)
        told = _SIZE.fullmatch(found.size.strip())
        if told is not None and not found.refers_to and found.keyword != EXTERNAL and int(told[1]) != data.size:
            self._fault("eep.size", node, f"{found.name}: {found.size.strip()}, {data.size}")
        elif not data.size and not found.refers_to and (told is None or int(told[1])):
            self._fault("eep.empty", node, found.name)
        return found

    def _place(self, found: Encoded, data: Node) -> None:
        begins = self._after_tag(data)
        if begins is not None and data.size is not None:
            self._places[found.data_identifier] = Place(begins, max(0, data.ends - begins), data.size)

    def _signatures(self, block: Node) -> tuple[Signature, ...]:
        return tuple(self._signature(each) for each in block.all(SIGNATURE))

    def _signature(self, node: Node) -> Signature:
        made = Signature(
            identifier=node.said("签名标识符").strip(),
            rule=node.said("签名规则"),
            value=self._bytes(node.child("签名结果")),
            certificates=tuple(tuple(self._bytes(each) for each in block.all("证书")) for block in node.all("证书块")),
            algorithm=node.said("签名算法标识").strip(),
            at=node.said("签名时间").strip(),
            signer=node.said("签名人"),
            references=tuple(block.said("证书引证").strip() for block in node.all("证书块")),
            locks=node.said("被锁定签名标识符").strip(),
        )
        if node.digest:
            self._digests[made.identifier] = node.digest
        return made

    def _bytes(self, node: Node | None) -> bytes:
        if node is None:
            return b""
        try:
            return base64.b64decode("".join(node.text.split()), validate=True)
        except (binascii.Error, ValueError):
            self._fault("eep.base64", node, node.text[:60])
            return b""

    def _fault(self, code: str, node: Node | None, detail: str) -> None:
        where, line = (node.path, f"line {node.line}: ") if node is not None else ("", "")
        self._parsing.fault(code, where, f"{line}{detail}")

    def _span(self, name: str, node: Node) -> None:
        """From the first byte of the element's first tag to the one after its last."""
        if self._stream is None or not node.ends:
            return
        self._stream.seek(node.ends)
        head = self._stream.read(1024)
        self._spans[name] = (node.tag_at, node.ends + head.find(b">") + 1)

    def _after_tag(self, node: Node) -> int | None:
        """The offset behind the start tag; None where it cannot be looked up."""
        if self._stream is None:
            return None
        self._stream.seek(node.tag_at)
        quoted = b""
        for at, each in enumerate(head := self._stream.read(_HEAD)):
            mark = head[at : at + 1]
            if quoted:
                quoted = b"" if mark == quoted else quoted
            elif mark in (b'"', b"'"):
                quoted = mark
            elif each == 0x3E:
                return node.tag_at + at + 1
        return None


@cache
def numbers() -> Mapping[str, str]:
    """The elements of a record that hold a value, by their number in DA/T 46, in the order of the schema."""
    by_name = {each.name_zh: each.number for each in dictionary().values()}
    found = {}
    for name in _record_names():
        if name in by_name:
            found[by_name[name]] = name
    return found


def _record_names() -> list[str]:
    """The names under 文件实体, containers before what they hold, but for what has a form of its own."""
    model = rules()["文件实体"].model
    assert model is not None
    names: list[str] = []
    for name in dict.fromkeys(model.names):
        inner = rules()[name].model
        if name not in ("文件数据",):
            names += [name] if inner is None or name == "档号" else []
            names += dict.fromkeys(inner.names) if inner is not None else ()
    return [each for each in names if each != "授权"]


def _elements(record: Node) -> dict[str, tuple[str, ...]]:
    by_name = {name: number for number, name in numbers().items()}
    found: dict[str, list[str]] = {}
    for node in record.children:
        if node.name == "文件数据":
            continue
        if node.name == "档号" and node.text.strip():
            found.setdefault(by_name["档号"], []).append(node.text.strip())
        leaves = node.children if rules().get(node.name) and rules()[node.name].model is not None else [node]
        for each in leaves:
            if each.name in by_name and each.name != "档号":
                found.setdefault(by_name[each.name], []).append(each.value)
    return {number: tuple(found[number]) for number in numbers() if number in found}


def _permissions(record: Node | None) -> tuple[tuple[str, str], ...]:
    rights = record.child("权限管理") if record is not None else None
    given = rights.all("授权") if rights is not None else []
    return tuple((each.said("授权对象"), each.said("授权行为")) for each in given)


def _thesauri(record: Node | None) -> dict[str, str]:
    described = record.child("内容描述") if record is not None else None
    terms = described.all("主题词") if described is not None else []
    return {each.text: each.attributes["主题词表名称"] for each in terms if each.attributes.get("主题词表名称")}


def _encoded(code: Node, data: Node) -> Encoded:
    facts, scan = code.child("电子属性"), code.child("数字化属性")
    empty = Node("电子属性", code.line, code.path)
    return Encoded(
        identifier=code.attributes.get("编码ID", "").strip(),
        data_identifier=data.attributes.get("编码数据ID", "").strip(),
        name=(facts or empty).said("计算机文件名"),
        size=(facts or empty).said("计算机文件大小"),
        keyword=code.said("反编码关键字").strip(),
        format=(facts or empty).said("格式信息"),
        application=(facts or empty).said("文档创建程序"),
        scan={each.name: each.value for each in scan.children} if scan is not None else {},
        refers_to=data.attributes.get("引用编码数据ID", "").strip(),
        description=code.said("编码描述"),
    )


def _act(node: Node) -> Act:
    return Act(
        identifier=node.said("业务标识符"),
        agent=node.said("机构人员标识符"),
        record=node.said("文件标识符"),
        action=node.said("业务行为"),
        time=node.said("行为时间"),
        status=node.said("业务状态"),  # type: ignore[arg-type]  # another value is a fault of the tree
        basis=node.said("行为依据"),
        detail=node.said("行为描述"),
    )


def _agent(node: Node) -> Agent:
    return Agent(
        identifier=node.said("机构人员标识符"),
        name=node.said("机构人员名称"),
        kind=node.said("机构人员类型"),  # type: ignore[arg-type]  # another value is a fault of the tree
        code=node.said("组织机构代码"),
        position=node.said("个人职位"),
    )


def _relations(block: Node | None, name: str, subject: str, target: str) -> tuple[Relation, ...]:
    return tuple(
        Relation(each.said(subject), each.said(target), each.said("关系类型"), each.said("关系"), each.said("关系描述"))
        for each in (block.all(name) if block is not None else [])
    )


def _identifiers(eep: Eep) -> frozenset[str]:
    found = {each.identifier for each in eep.signatures}
    for layer in eep.layer.layers:
        found |= {layer.modification} | {each.identifier for each in layer.original_signatures}
        for document in layer.contents.documents:
            found |= {document.identifier} | {each.identifier for each in document.drafts}
        for each in layer.contents.files:
            found |= {each.identifier, each.data_identifier}
    return frozenset(found - {""})
