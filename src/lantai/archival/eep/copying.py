"""An older package inside a new one: the same bytes into the file, their canonical form into the digest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO
from xml.parsers import expat

from lantai.archival.eep.canonical import Canonical, text_of
from lantai.archival.eep.reading import ReadEep

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Copied:
    """The parts of an older package that go over as they are."""

    stream: BinaryIO
    found: ReadEep

    def copy(self, name: str, target: BinaryIO, digest: Callable[[bytes], object], around: Mapping[str, str]) -> bool:
        """Copy the part *name* of ``ReadEep.spans``; *around* are the namespaces written above it already. Returns
        whether there is one.
        """
        span = self.found.spans.get(name)
        if span is None:
            return False
        canonical = _Fragment(digest, around, self.scope())
        self.stream.seek(span[0])
        left = span[1] - span[0]
        while left and (piece := self.stream.read(min(_PIECE, left))):
            left -= len(piece)
            target.write(piece)
            canonical.feed(piece)
        canonical.close()
        return True

    def scope(self) -> Mapping[str, str]:
        """The prefixes that the parts may use."""
        return {prefix: uri for prefix, uri in self.found.scopes["layer-0"].items() if prefix}


class _Fragment:
    """One copied element, canonicalised as it passes; *around* are the namespaces written above it already."""

    def __init__(self, sink: Callable[[bytes], object], around: Mapping[str, str], scope: Mapping[str, str]) -> None:
        self._canonical = Canonical(sink, around)
        self._scopes: list[Mapping[str, str]] = [{**around, **scope}]
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text, parser.buffer_size, parser.ordered_attributes = True, _PIECE, True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.ProcessingInstructionHandler = self._canonical.instruction
        self._parser = parser

    def feed(self, piece: bytes) -> None:
        """The next bytes of the element."""
        self._parser.Parse(piece, False)

    def close(self) -> None:
        """The element is whole."""
        self._parser.Parse(b"", True)

    def _start(self, name: str, listed: list[str]) -> None:
        pairs = list(zip(listed[::2], listed[1::2], strict=True))
        spaces = {each[6:]: value for each, value in pairs if each == "xmlns" or each.startswith("xmlns:")}
        self._scopes.append({**self._scopes[-1], **spaces})
        others = [(each, value) for each, value in pairs if each != "xmlns" and not each.startswith("xmlns:")]
        self._canonical.start(name, others, self._scopes[-1])

    def _end(self, name: str) -> None:
        self._scopes.pop()
        self._canonical.end(name)

    def _text(self, text: str) -> None:
        self._canonical.write(text_of(text).encode())
