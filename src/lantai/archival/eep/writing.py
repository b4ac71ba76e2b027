"""Write an EEP package in one pass and bounded memory, in canonical form, so that it is digested as it is written."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, Protocol

from lantai.archival.eep.base64_data import encoded_lines
from lantai.archival.eep.canonical import text_of, value_of
from lantai.archival.eep.checking import ContentsCheck, names_in, numbers_by_name, required_in
from lantai.archival.eep.copying import Copied
from lantai.archival.eep.grammar import NAMESPACE, ROOT, rules
from lantai.archival.eep.model import (
    MODIFIED,
    ORIGINAL,
    SAYS_FORMAT,
    SAYS_MODIFIED,
    SAYS_ORIGINAL,
    Contents,
    Document,
    EepFault,
    EepRefused,
    Encoded,
    Layer,
    Relation,
    Signature,
)
from lantai.archival.eep.reading import ReadEep
from lantai.archival.eep.signing import LOCK_RULE, RULE, SM2_WITH_SM3
from lantai.archival.fixity import digester

OpenContent = Callable[[Encoded], BinaryIO]
"""Gives the bytes of a file; the writer closes what it opened."""


class EepSigner(Protocol):
    """Whoever signs: a person or body, or their device."""

    @property
    def name(self) -> str:
        """The signer's name, as 签名人 says it."""

    @property
    def certificates(self) -> Sequence[bytes]:
        """DER, the signer's first."""

    def sign(self, digest: bytes, /) -> bytes:
        """The SM2 signature (DER) over the 32 bytes of an SM3 digest."""


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs a package and who locks that signature (often the same), and when, as xs:dateTime."""

    signer: EepSigner
    locker: EepSigner
    at: str


def write_eep(
    target: BinaryIO,
    layer: Layer,
    *,
    open_content: OpenContent,
    signing: Signing | None = None,
    namespaced: bool = True,
) -> None:
    """Write the package of an original *layer* (原始型) to *target*.

    Args:
        target: binary; written once from beginning to end, never read.
        layer: what is packed; identifiers must be unique, required elements there.
        open_content: asked once for each file, in order.
        signing: signs and locks; without it the package bears no signature.
        namespaced: whether the elements stand in the standard's namespace; without it some older programs read it.

    Raises:
        EepRefused: the values do not make a package the schema admits; nothing was written.
        OSError: of target or content.
    """
    if layer.original is not None:
        raise EepRefused((EepFault("eep.kind", "被签名对象", MODIFIED),))
    _refuse_faults(ContentsCheck(layer.contents, frozenset()).faults)
    _Writer(target, open_content, namespaced).package(layer, None, signing, frozenset())


def modify_eep(
    target: BinaryIO,
    layer: Layer,
    *,
    original: BinaryIO,
    found: ReadEep,
    open_content: OpenContent,
    signing: Signing | None = None,
) -> None:
    """Write a modified package (修改型) around the package *original*, whose signed part and signatures are copied byte
    for byte, so that whoever verifies them still succeeds.

    Args:
        target: as of ``write_eep``.
        layer: created, unit, modification and the contents of the new layer. Files that did not change name their
            data in the layers below (``refers_to``) and are not asked for.
        original: the package that is modified; binary, seekable.
        found: what ``read_eep`` found in *original*, without a fault.
        open_content, signing: as of ``write_eep``.

    Raises:
        EepRefused: *found* has faults, or the values do not make a package; nothing was written.
        OSError: of the streams.
    """
    if found.eep is None or found.faults:
        raise EepRefused(found.faults or (EepFault("eep.root"),))
    _refuse_faults(ContentsCheck(layer.contents, found.identifiers | {layer.modification}, referring=True).faults)
    whole = replace(layer, original=found.eep.layer, original_signatures=found.eep.signatures)
    writer = _Writer(target, open_content, found.eep.namespaced)
    writer.package(whole, Copied(original, found), signing, found.identifiers)


def _refuse_faults(faults: Sequence[EepFault]) -> None:
    if faults:
        raise EepRefused(tuple(faults))


class _Writer:
    """Writes elements; from ``被签名对象`` on into the digest, too, in the same canonical form."""

    def __init__(self, target: BinaryIO, open_content: OpenContent, namespaced: bool) -> None:
        self._target = target
        self._open_content = open_content
        self._space = f' xmlns="{NAMESPACE}"' if namespaced else ""
        self._digest = digester("sm3")
        self._signed = False

    def package(self, layer: Layer, copied: Copied | None, signing: Signing | None, taken: frozenset[str]) -> None:
        self._put(f'<?xml version="1.0" encoding="UTF-8"?>\n<{ROOT}{self._space}>\n')
        self._value("封装包格式描述", SAYS_FORMAT)
        self._value("版本", "2009")
        self._put('<被签名对象 eep版本="2009">')
        self._digest.update(f'<被签名对象{self._space} eep版本="2009">'.encode())
        self._signed = True
        self._layer(layer, copied)
        self._put("</被签名对象>")
        self._signed = False
        self._put("\n")
        if signing is not None:
            self._sign(
                signing, bytes.fromhex(self._digest.hexdigest()), taken | ContentsCheck(layer.contents, taken).taken
            )
        self._put(f"</{ROOT}>\n")

    def _layer(self, layer: Layer, copied: Copied | None) -> None:
        self._put("\n")
        self._value("封装包类型", MODIFIED if copied else ORIGINAL)
        self._value("封装包类型描述", SAYS_MODIFIED if copied else SAYS_ORIGINAL)
        self._value("封装包创建时间", layer.created)
        self._value("封装包创建单位", layer.unit)
        if copied is None:
            self._begin("封装内容")
            self._contents(layer.contents)
            self._end("封装内容")
            return
        self._begin("修改封装内容")
        self._value("修改标识符", layer.modification)
        self._copy(copied)
        self._begin("修订内容")
        self._contents(layer.contents)
        self._end("修订内容")
        self._end("修改封装内容")

    def _copy(self, copied: Copied) -> None:
        """The former package's signed part and signatures: the same bytes into the file, their canonical form into
        the digest."""
        scope = copied.scope()
        declared = "".join(f' xmlns:{prefix}="{value_of(uri)}"' for prefix, uri in sorted(scope.items()))
        self._target.write(f"<原封装包{declared}>\n".encode())
        self._digest.update("<原封装包>\n".encode())
        around = {"": NAMESPACE} if self._space else {}
        for name in ("layer-0", "signatures-0"):
            if copied.copy(name, self._target, self._digest.update, around):
                self._put("\n")
        self._end("原封装包")

    def _contents(self, contents: Contents) -> None:
        self._begin("文件实体块")
        self._begin("文件实体")
        for name in names_in("文件实体"):
            if name == "文件数据":
                self._documents(contents.documents)
            elif name == "档号":
                self._code(contents)
            elif rules()[name].model is None:
                self._values(contents, name)
            else:
                self._begin(name)
                for inner in names_in(name):
                    if inner == "授权":
                        self._permissions(contents)
                    else:
                        self._values(contents, inner)
                self._end(name)
        self._end("文件实体")
        self._relations(contents.relations, "文件实体关系", "文件标识符", "被关联文件标识符")
        self._end("文件实体块")
        self._acts(contents)

    def _values(self, contents: Contents, name: str) -> None:
        for value in contents.elements.get(numbers_by_name()[name], ()):
            thesaurus = contents.thesauri.get(value, "") if name == "主题词" else ""
            self._value(name, value, {"主题词表名称": thesaurus} if thesaurus else {})

    def _code(self, contents: Contents) -> None:
        whole = "".join(contents.elements.get("M8", ())[:1])
        self._put(f"<档号>{text_of(whole)}")
        for name in names_in("档号"):
            for value in contents.elements.get(numbers_by_name()[name], ()):
                self._put(f"<{name}>{text_of(value)}</{name}>")
        self._put("</档号>\n")

    def _permissions(self, contents: Contents) -> None:
        for who, what in contents.permissions:
            self._group("授权", {"授权对象": who, "授权行为": what})

    def _documents(self, documents: Sequence[Document]) -> None:
        self._begin("文件数据")
        for document in documents:
            self._begin("文档")
            self._value("文档标识符", document.identifier)
            for name, value in (
                ("文档序号", document.number),
                ("文档主从声明", document.role),
                ("题名", document.title),
            ):
                if value:
                    self._value(name, value)
            for draft in document.drafts:
                self._put(f'<文档数据 文档数据ID="{value_of(draft.identifier)}">\n')
                for each in draft.files:
                    self._file(each)
                self._end("文档数据")
            self._end("文档")
        self._end("文件数据")

    def _file(self, file: Encoded) -> None:
        self._put(f'<编码 编码ID="{value_of(file.identifier)}">\n')
        self._group(
            "电子属性",
            {"格式信息": file.format, "计算机文件名": file.name, "计算机文件大小": file.size,
             "文档创建程序": file.application},
        )  # fmt: skip
        if file.scan:
            self._group("数字化属性", {name: file.scan.get(name, "") for name in names_in("数字化属性")})
        self._value("编码描述", file.description)
        self._value("反编码关键字", file.keyword)
        # The text has the order the standard prescribes for signing; canonical XML, which our rule of signing names,
        # has its own, in which 引用 (U+5F15) stands before 编码 (U+7F16).
        own = f' 编码数据ID="{value_of(file.data_identifier)}"'
        refers = f' 引用编码数据ID="{value_of(file.refers_to)}"' if file.refers_to else ""
        self._target.write(f"<编码数据{own}{refers}>".encode())
        self._digest.update(f"<编码数据{refers}{own}>".encode())
        if not file.refers_to:
            with self._open_content(file) as stream:
                for piece in encoded_lines(stream):
                    self._write(piece)
        self._put("</编码数据>\n")
        self._end("编码")

    def _relations(self, relations: Sequence[Relation], name: str, subject: str, target: str) -> None:
        for each in relations:
            values = {subject: each.subject, target: each.target, "关系类型": each.kind, "关系": each.name}
            self._group(name, {**values, "关系描述": each.detail}, always=(subject, target))

    def _acts(self, contents: Contents) -> None:
        self._begin("业务实体块")
        for act in contents.acts:
            self._group(
                "业务实体",
                {"业务标识符": act.identifier, "机构人员标识符": act.agent, "文件标识符": act.record,
                 "业务状态": act.status, "业务行为": act.action, "行为时间": act.time, "行为依据": act.basis,
                 "行为描述": act.detail},
                always=("业务标识符", "机构人员标识符", "文件标识符", "业务状态", "业务行为", "行为时间"),
            )  # fmt: skip
        self._end("业务实体块")
        self._begin("机构人员实体块")
        for agent in contents.agents:
            self._group(
                "机构人员实体",
                {"机构人员标识符": agent.identifier, "机构人员类型": agent.kind, "机构人员名称": agent.name,
                 "组织机构代码": agent.code, "个人职位": agent.position},
                always=("机构人员标识符", "机构人员名称"),
            )  # fmt: skip
        self._relations(contents.agent_relations, "机构人员实体关系", "机构人员标识符", "被关联机构人员标识符")
        self._end("机构人员实体块")

    def _sign(self, signing: Signing, digest: bytes, taken: frozenset[str]) -> None:
        number = next(each for each in range(1, 1_000_000) if f"S{each}" not in taken)
        signature = Signature(
            f"S{number}", RULE, signing.signer.sign(digest), (tuple(signing.signer.certificates),), SM2_WITH_SM3,
            signing.at, signing.signer.name,
        )  # fmt: skip
        body = _signature_body("签名标识符", signature.identifier, signature)
        locked = digester("sm3")
        locked.update(f"<电子签名{self._space}>{body}</电子签名>".encode())
        value = signing.locker.sign(bytes.fromhex(locked.hexdigest()))
        lock = Signature(
            "", LOCK_RULE, value, (tuple(signing.locker.certificates),), SM2_WITH_SM3, signing.at,
            signing.locker.name, locks=signature.identifier,
        )  # fmt: skip
        self._put(f"<电子签名块>\n<电子签名>{body}</电子签名>\n</电子签名块>\n")
        self._put(f"<锁定签名>{_signature_body('被锁定签名标识符', lock.locks, lock)}</锁定签名>\n")

    def _group(self, name: str, values: Mapping[str, str], always: Sequence[str] = ()) -> None:
        """A container of simple elements; empty ones that need not be there are left out."""
        kept = always or required_in(name)
        told = "".join(
            f"<{each}>{text_of(value)}</{each}>" for each, value in values.items() if value or each in kept
        )  # fmt: skip
        self._put(f"<{name}>{told}</{name}>\n")

    def _value(self, name: str, value: str, attributes: Mapping[str, str] | None = None) -> None:
        told = "".join(f' {each}="{value_of(text)}"' for each, text in (attributes or {}).items())
        self._put(f"<{name}{told}>{text_of(value)}</{name}>\n")

    def _begin(self, name: str) -> None:
        self._put(f"<{name}>\n")

    def _end(self, name: str) -> None:
        self._put(f"</{name}>\n")

    def _put(self, text: str) -> None:
        self._write(text.encode())

    def _write(self, data: bytes) -> None:
        self._target.write(data)
        if self._signed:
            self._digest.update(data)


def _signature_body(name: str, identifier: str, signature: Signature) -> str:
    def told(tag: str, value: str) -> str:
        return f"<{tag}>{text_of(value)}</{tag}>"

    certificates = "".join(
        f"<证书块>{''.join(told('证书', base64.b64encode(each).decode()) for each in block)}</证书块>"
        for block in signature.certificates
    )
    return (
        told(name, identifier)
        + told("签名规则", signature.rule)
        + told("签名时间", signature.at)
        + told("签名人", signature.signer)
        + told("签名结果", base64.b64encode(signature.value).decode())
        + certificates
        + told("签名算法标识", signature.algorithm)
    )
