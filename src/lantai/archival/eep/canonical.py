"""Exclusive XML Canonicalization 1.0 (without comments) of a part of a document, as it streams past.

What is canonicalised may be larger than memory: every piece goes on to a sink, usually a digest, as it comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

_FLUSH = 1 << 16
_IN_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"}
_IN_VALUE = {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
_TEXT_SPECIAL, _VALUE_SPECIAL = re.compile("[&<>\r]"), re.compile('[&<"\t\n\r]')
Scope = Mapping[str, str]
"""The namespaces in scope by prefix; the default one stands under the empty prefix."""


def text_of(value: str) -> str:
    """Character data as canonical XML writes it."""
    return _TEXT_SPECIAL.sub(lambda match: _IN_TEXT[match[0]], value)


def value_of(value: str) -> str:
    """An attribute's value as canonical XML writes it, without the quotation marks."""
    return _VALUE_SPECIAL.sub(lambda match: _IN_VALUE[match[0]], value)


class Canonical:
    """Writes one element and all it holds in canonical form into *sink*, event by event.

    *rendered* are the namespaces that an ancestor, which is canonicalised too, has written already.
    """

    def __init__(self, sink: Callable[[bytes], object], rendered: Scope | None = None) -> None:
        self._sink = sink
        self._rendered: list[dict[str, str]] = [dict(rendered or {})]
        self._held: list[bytes] = []
        self._size = 0
        self.depth = 0

    def start(self, name: str, attributes: Sequence[tuple[str, str]], scope: Scope) -> None:
        """An element begins: its qualified name, its attributes but for namespace declarations."""
        rendered = self._rendered[-1]
        used = {name.partition(":")[0] if ":" in name else ""}
        used |= {each.partition(":")[0] for each, _value in attributes if ":" in each}
        declared = ""
        fresh = None
        for prefix in sorted(used - {"xml"}):
            uri = scope.get(prefix, "")
            if rendered.get(prefix, "") != uri:
                fresh = fresh if fresh is not None else dict(rendered)
                fresh[prefix] = uri
                declared += f' xmlns{":" if prefix else ""}{prefix}="{value_of(uri)}"'
        listed = sorted(attributes, key=lambda each: _place(each[0], scope)) if len(attributes) > 1 else attributes
        told = "".join([f' {each}="{value_of(value)}"' for each, value in listed])
        self._rendered.append(rendered if fresh is None else fresh)
        self.depth += 1
        self.write(f"<{name}{declared}{told}>".encode())

    def end(self, name: str) -> None:
        """The element that began last ends; with the outermost, everything has gone to the sink."""
        self.write(f"</{name}>".encode())
        self._rendered.pop()
        self.depth -= 1
        if not self.depth:
            self.flush()

    def instruction(self, target: str, data: str) -> None:
        """A processing instruction inside the element."""
        told = data.replace("\r", "&#xD;")
        self.write(f"<?{target}{' ' if told else ''}{told}?>".encode())

    def write(self, canonical: bytes) -> None:
        """Bytes that are in canonical form already."""
        self._held.append(canonical)
        self._size += len(canonical)
        if self._size >= _FLUSH:
            self.flush()

    def flush(self) -> None:
        """Hand everything on to the sink."""
        self._sink(b"".join(self._held))
        self._held.clear()
        self._size = 0


def _place(name: str, scope: Scope) -> tuple[str, str]:
    """Where an attribute stands: by the name of its namespace, those without one first, then by its local name."""
    prefix, colon, local = name.partition(":")
    if not colon:
        return "", name
    return ("http://www.w3.org/XML/1998/namespace" if prefix == "xml" else scope.get(prefix, "")), local
