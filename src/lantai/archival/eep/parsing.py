"""A stranger's EEP package as a tree of its metadata, in one pass and bounded memory (expat, no DTD, no entities).

While it streams past, the structure is held against the schema, the encoded data go decoded to whoever wants them, and
every part that a signature covers is canonicalised and digested (SM3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, NoReturn, Protocol
from xml.parsers import expat

from lantai.archival.eep.base64_data import Decoder, NotBase64
from lantai.archival.eep.canonical import Canonical, text_of
from lantai.archival.eep.grammar import NAMESPACE, ROOT, Rule, admits, rules
from lantai.archival.eep.model import EepFault
from lantai.archival.fixity import digester

_PIECE = 1 << 20
DATA, SIGNED, SIGNATURE = "编码数据", "被签名对象", "电子签名"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SHORT = 60


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of a package is read before it is refused. ``text`` counts characters outside the encoded data."""

    elements: int = 1_000_000
    depth: int = 400
    text: int = 64 << 20
    content: int = 1 << 44
    faults: int = 200


@dataclass(slots=True)
class Node:
    """One element: its children in order, its text, and for what is signed the SM3 of its canonical form.

    ``begins`` and ``ends`` are the byte offsets of its content (of what stands between its tags); ``tag_at`` that of
    its first ``<``. ``scope`` holds the namespaces in scope of what is signed; ``size`` the decoded bytes of encoded
    data, None where they could not be decoded.
    """

    name: str
    line: int
    path: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    text: str = ""
    tag_at: int = 0
    ends: int = 0
    digest: bytes = b""
    scope: Mapping[str, str] = field(default_factory=dict)
    size: int | None = None
    prefixed: bool = False

    def child(self, name: str) -> Node | None:
        """The first child called *name*."""
        return next((each for each in self.children if each.name == name), None)

    def all(self, name: str) -> list[Node]:
        """The children called *name*."""
        return [each for each in self.children if each.name == name]

    def said(self, name: str) -> str:
        """The value of the first child called *name*; an empty one means its default."""
        found = self.child(name)
        return found.value if found is not None else ""

    @property
    def value(self) -> str:
        """The element's text, or what an empty element means."""
        rule = rules().get(self.name)
        return self.text or (rule.default or rule.fixed if rule is not None else "")


class Sink(Protocol):
    """Takes the decoded bytes of one computer file, piece by piece."""

    def write(self, data: bytes, /) -> object:
        """Take the next piece."""


Take = Callable[[Node, Node], Sink | None]
"""Asked when encoded data begin: their 编码, as far as it was read, and the data; None where nobody wants them."""


class _Stop(Exception):
    """Reading ends here, for a fault that is noted."""


class _Frame:
    """An element that is open: its node, its rule, and where in its rule it is."""

    __slots__ = ("at", "decoder", "node", "opened", "parts", "rule", "scope", "sink")

    def __init__(self, node: Node, rule: Rule | None, scope: Mapping[str, str]) -> None:
        self.node, self.rule, self.scope = node, rule, scope
        self.at = -1
        self.parts: list[str] = []
        self.decoder: Decoder | None = None
        self.sink: Sink | None = None
        self.opened: list[tuple[Canonical, Callable[[], bytes]]] = []


class Parsing:
    """One pass over one package; ``root`` is None where it has none, ``faults`` tells everything that is wrong."""

    def __init__(self, take: Take | None = None, bounds: Bounds | None = None) -> None:
        self.root: Node | None = None
        self.faults: list[EepFault] = []
        self.namespaced = True
        self._take = take
        self._bounds = bounds or Bounds()
        self._open: list[_Frame] = []
        self._canonicals: list[Canonical] = []
        self._elements = self._characters = self._content = 0
        self._identifiers: dict[str, str] = {}
        self._references: list[tuple[str, str]] = []
        parser = expat.ParserCreate()
        parser.buffer_text, parser.buffer_size, parser.ordered_attributes = True, _PIECE, True
        parser.XmlDeclHandler = self._declared
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.ProcessingInstructionHandler = self._instruction
        self._parser = parser

    def read(self, stream: BinaryIO) -> None:
        """Read the package in *stream* to its end, or to where it cannot be read on. Raises OSError of the medium."""
        try:
            piece = stream.read(_PIECE)
            if piece[:2] in (b"\xfe\xff", b"\xff\xfe"):
                self._refuse("eep.encoding", "", "UTF-16")
            while piece:
                self._parser.Parse(piece, False)
                piece = stream.read(_PIECE)
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            where = self._open[-1].node.path if self._open else ""
            reason = expat.ErrorString(error.code)
            self.fault("eep.malformed", where, f"line {error.lineno}, column {error.offset}: {reason}")
        except _Stop:
            pass
        else:
            for name, where in self._references:
                if name not in self._identifiers:
                    self.fault("eep.reference", where, name)

    def fault(self, code: str, where: str, detail: str) -> None:
        """Note what is wrong, up to the bound."""
        if len(self.faults) < self._bounds.faults:
            self.faults.append(EepFault(code, where, detail))

    def _refuse(self, code: str, where: str, detail: str) -> NoReturn:
        self.fault(code, where, detail)
        raise _Stop

    def _declared(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "utf8", "ascii", "us-ascii"):
            self._refuse("eep.encoding", "", encoding[:_SHORT])

    def _doctype(self, name: str, *_rest: object) -> None:
        self._refuse("eep.doctype", "", f"line {self._parser.CurrentLineNumber}")

    def _start(self, qualified: str, listed: list[str]) -> None:
        self._elements += 1
        if self._elements > self._bounds.elements or len(self._open) >= self._bounds.depth:
            self._refuse("eep.too-large", qualified[:_SHORT], f"line {self._parser.CurrentLineNumber}")
        scope, attributes = self._scoped(listed)
        prefix, colon, local = qualified.rpartition(":")
        line, at = self._parser.CurrentLineNumber, self._parser.CurrentByteIndex
        parent = self._open[-1] if self._open else None
        path = f"{parent.node.path}/{local}" if parent is not None else local
        node = Node(local, line, path, tag_at=at, prefixed=bool(colon))
        self._in_namespace(node, scope, prefix)
        if parent is None:
            self.root = node
            if local != ROOT:
                self._refuse("eep.root", local[:_SHORT], f"line {line}")
        else:
            self._step(parent, node)
            parent.node.children.append(node)
        rule = rules().get(local)
        node.attributes = self._attributes(node, rule, attributes, scope)
        frame = _Frame(node, rule, scope)
        self._open.append(frame)
        if local in (SIGNED, SIGNATURE):
            self._digest(frame)
        for each in self._canonicals:
            each.start(qualified, attributes, scope)
        if local == DATA:
            frame.decoder = Decoder()
            if self._take is not None and parent is not None:
                frame.sink = self._take(parent.node, node)

    def _scoped(self, listed: list[str]) -> tuple[Mapping[str, str], list[tuple[str, str]]]:
        scope = self._open[-1].scope if self._open else {}
        if not listed:
            return scope, []
        attributes, fresh = [], {}
        for name, value in zip(listed[::2], listed[1::2], strict=True):
            if name == "xmlns":
                fresh[""] = value
            elif name.startswith("xmlns:"):
                fresh[name[6:]] = value
            else:
                attributes.append((name, value))
        return ({**scope, **fresh} if fresh else scope), attributes

    def _in_namespace(self, node: Node, scope: Mapping[str, str], prefix: str) -> None:
        space = scope.get(prefix, "")
        if prefix and prefix not in scope:
            self.fault("eep.namespace", node.path, f"line {node.line}: {prefix}")
        elif not self._open:
            self.namespaced = bool(space)
            if space not in ("", NAMESPACE):
                self.fault("eep.namespace", node.path, f"line {node.line}: {space[:200]}")
        elif space not in ("", NAMESPACE) or bool(space) != self.namespaced:
            self.fault("eep.namespace", node.path, f"line {node.line}: {space[:200] or '-'}")

    def _step(self, parent: _Frame, node: Node) -> None:
        """Hold a child against the rule of its parent; after a fault the parent goes on where it was."""
        if parent.rule is None:
            return  # told when the parent began
        if parent.rule.model is None:
            self.fault("eep.element", node.path, f"line {node.line}: -")
            return
        place = parent.rule.model.step(parent.at, node.name)
        if place is None:
            expected = "、".join(parent.rule.model.expected(parent.at)) or f"</{parent.node.name}>"
            self.fault("eep.element", node.path, f"line {node.line}: {expected}")
            known = [at for at, name in enumerate(parent.rule.model.names) if name == node.name and at > parent.at]
            place = known[0] if known else parent.at
        parent.at = place

    def _attributes(
        self, node: Node, rule: Rule | None, attributes: list[tuple[str, str]], scope: Mapping[str, str]
    ) -> Mapping[str, str]:
        known = rule.attributes if rule is not None else {}
        found = {}
        for name, value in attributes:
            prefix, colon, _local = name.partition(":")
            if colon and scope.get(prefix) == _XSI:
                continue
            asked = known.get(name)
            if asked is None:
                if rule is not None:
                    self.fault("eep.attribute", node.path, f"line {node.line}: {name[:_SHORT]}")
                continue
            found[name] = value
            self._value(node, asked.type, value, asked.fixed, name)
        for name, asked in known.items():
            if asked.required and name not in found:
                self.fault("eep.attribute-missing", node.path, f"line {node.line}: {name}")
        return found

    def _value(self, node: Node, type: str, value: str, fixed: str, name: str = "") -> None:
        if (fixed and value.strip() != fixed) or not admits(type, value):
            told = f"{name}={value[:_SHORT]}" if name else value[:_SHORT]
            self.fault("eep.value", node.path, f"line {node.line}: {told} ({fixed or f'xs:{type}'})")
        elif type == "ID":
            key = value.strip()
            if key in self._identifiers:
                self.fault("eep.identifier", node.path, f"line {node.line}: {key[:_SHORT]}")
            self._identifiers.setdefault(key, node.path)
        elif type == "IDREF":
            self._references.append((value.strip(), node.path))

    def _digest(self, frame: _Frame) -> None:
        running = digester("sm3")
        canonical = Canonical(running.update)
        frame.node.scope = frame.scope
        frame.opened.append((canonical, lambda: bytes.fromhex(running.hexdigest())))
        self._canonicals.append(canonical)

    def _text(self, text: str) -> None:
        frame = self._open[-1]
        if frame.decoder is not None and text.isascii():
            data = text.encode("ascii")
            plain = not any(each in data for each in b"&<>\r")
            for each in self._canonicals:
                each.write(data if plain else text_of(text).encode())
            self._decode(frame, data)
            return
        if self._canonicals:
            canonical = text_of(text).encode()
            for each in self._canonicals:
                each.write(canonical)
        if frame.decoder is not None:
            self._decode(frame, text.encode("utf-8", "surrogatepass"))
            return
        self._characters += len(text)
        if self._characters > self._bounds.text:
            self._refuse("eep.too-large", frame.node.path, f"line {self._parser.CurrentLineNumber}")
        rule = frame.rule
        if rule is None or rule.model is None or rule.mixed:
            frame.parts.append(text)
        elif text.strip():
            self.fault("eep.text", frame.node.path, f"line {self._parser.CurrentLineNumber}: {text.strip()[:_SHORT]}")

    def _decode(self, frame: _Frame, text: bytes) -> None:
        assert frame.decoder is not None
        if frame.node.size == -1:
            return
        try:
            data = frame.decoder.decode(text)
        except NotBase64 as wrong:
            self.fault("eep.base64", frame.node.path, f"line {frame.node.line}: {wrong}")
            frame.node.size = -1
            return
        self._content += len(data)
        if self._content > self._bounds.content:
            self._refuse("eep.too-large", frame.node.path, f"> {self._bounds.content}")
        if frame.sink is not None and data:
            frame.sink.write(data)

    def _end(self, qualified: str) -> None:
        frame = self._open.pop()
        node, rule = frame.node, frame.rule
        node.ends = self._parser.CurrentByteIndex
        for each in self._canonicals:
            each.end(qualified)
        for canonical, digest in frame.opened:
            self._canonicals.remove(canonical)
            node.digest = digest()
        if frame.decoder is not None:
            self._data_ended(frame, frame.decoder)
        node.text = "".join(frame.parts)
        if rule is None:
            return  # told when it began
        if rule.model is not None:
            if not rule.model.may_end(frame.at):
                expected = "、".join(rule.model.expected(frame.at))
                self.fault("eep.element-missing", node.path, f"line {self._parser.CurrentLineNumber}: {expected}")
        elif node.text or not (rule.default or rule.fixed):
            if rule.name != DATA and not rule.admits(node.text if rule.type == "string" else node.text.strip()):
                told = node.text[:_SHORT]
                self.fault("eep.value", node.path, f"line {node.line}: {told} ({rule.asked})")
            elif rule.type in ("ID", "IDREF"):
                self._value(node, rule.type, node.text, "")

    def _data_ended(self, frame: _Frame, decoder: Decoder) -> None:
        node = frame.node
        if node.size == -1:
            node.size = None
            return
        try:
            decoder.finish()
        except NotBase64 as wrong:
            self.fault("eep.base64", node.path, f"line {node.line}: {wrong}")
            return
        node.size = decoder.size

    def _instruction(self, target: str, data: str) -> None:
        for each in self._canonicals:
            each.instruction(target, data)
