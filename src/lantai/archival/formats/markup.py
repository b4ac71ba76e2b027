"""Plain text, XML, HTML, JSON and e-mail: decoded, well formed, and their words."""

from __future__ import annotations

import email
import email.policy
import json
import re
from email.errors import MessageError

from lxml import etree, html

from lantai.archival.formats.cleaning import TEXT_LIMIT, clean
from lantai.archival.formats.content import Content
from lantai.archival.formats.reading import Reading, fault
from lantai.archival.formats.textual import encoding_of
from lantai.archival.formats.xmlsafe import XmlFault, local, parse_xml

_SCRIPTS = re.compile(rb"<\s*script\b|\bon(?:load|error|click|mouseover)\s*=|javascript:", re.I)
_EXTERNAL_ENTITY = re.compile(rb"<!ENTITY[^>]{0,500}\b(?:SYSTEM|PUBLIC)\b")
_RTF_GROUPS = re.compile(
    r"\{\\\*?\\?(?:fonttbl|colortbl|stylesheet|info|pict|themedata|datastore|latentstyles|generator)[^{}]*"
    r"(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}[^{}]*)*\}"
)
_RTF_WORD = re.compile(
    r"\\u(-?\d{1,5}) ?\??|\\'([0-9a-fA-F]{2})|\\(par|line|tab)\b ?|\\[a-zA-Z]+-?\d* ?|\\[^a-zA-Z]|[{}\r\n]"
)


def read_text(content: Content, *, text: bool, key: str) -> Reading:
    """Decode a text file; control characters and broken encoding are faults."""
    data = content.whole
    if data is None:
        encoding = encoding_of(content.head, cut=True)
        attributes = {"encoding": encoding, "characters": ""}
        return Reading(readable=None, fault=fault("too-large", content.size), attributes=attributes)
    encoding = encoding_of(data)
    if not encoding:
        return Reading(readable=False, fault=fault("not-decodable"))
    words = data.decode(encoding)
    attributes = {"encoding": encoding, "characters": str(len(words))}
    if key == "json":
        try:
            json.loads(words)
        except (ValueError, RecursionError) as failure:
            return Reading(False, fault("damaged", failure), attributes=attributes)
    return Reading(attributes=attributes, text=clean(words) if text else None)


def read_xml(content: Content, *, text: bool) -> Reading:
    """Parse XML safely: well formed or not, its encoding, root element and namespace."""
    data = content.whole
    if data is None:
        return Reading(readable=None, fault=fault("too-large", content.size))
    try:
        root = parse_xml(data)
    except XmlFault as failure:
        active = ("external-entity",) if _EXTERNAL_ENTITY.search(data[:65536]) else ()
        return Reading(readable=False, fault=fault("not-well-formed", failure), active_content=active)
    information = root.getroottree().docinfo
    namespace = root.tag.partition("}")[0].lstrip("{") if "}" in root.tag else ""
    attributes = {"encoding": (information.encoding or "").lower(), "root": local(root), "namespace": namespace}
    active = ("script",) if local(root) == "svg" and _SCRIPTS.search(data) else ()
    words = clean("\n".join(_limited(root))) if text else None
    return Reading(active_content=active, attributes=attributes, text=words)


def _limited(root: etree._Element) -> list[str]:
    parts, held = [], 0
    for part in root.itertext():
        if part.strip():
            parts.append(str(part).strip())
            held += len(part)
            if held > TEXT_LIMIT:
                break
    return parts


def read_html(content: Content, *, text: bool) -> Reading:
    """Parse HTML leniently, as browsers do; scripts are active content and give no text."""
    data = content.whole
    if data is None:
        return Reading(readable=None, fault=fault("too-large", content.size))
    encoding = encoding_of(data)
    if not encoding:
        return Reading(readable=False, fault=fault("not-decodable"))
    active = ("script",) if _SCRIPTS.search(data) else ()
    words = None
    if text:
        try:
            parser = html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, encoding="utf-8")
            root = html.document_fromstring(data.decode(encoding).encode(), parser=parser)
        except (etree.ParserError, etree.XMLSyntaxError, ValueError) as failure:
            return Reading(False, fault("damaged", failure), attributes={"encoding": encoding})
        etree.strip_elements(root, "script", "style", "template", with_tail=False)
        words = clean("\n".join(_limited(root)))
    return Reading(active_content=active, attributes={"encoding": encoding}, text=words)


def read_rtf(content: Content, *, text: bool) -> Reading:
    """RTF: braces in balance; its text without control words."""
    data = content.whole
    if data is None:
        return Reading(readable=None, fault=fault("too-large", content.size))
    escaped = data.replace(b"\\{", b"").replace(b"\\}", b"")
    if escaped.count(b"{") != escaped.count(b"}"):
        return Reading(readable=False, fault=fault("cut-short"))
    active = ("embedded-object",) if b"\\objdata" in data or b"\\objocx" in data else ()
    return Reading(active_content=active, text=clean(_rtf_text(data)) if text else None)


def _rtf_text(data: bytes) -> str:
    source = _RTF_GROUPS.sub("", data.decode("latin-1"))
    pending = bytearray()
    parts: list[str] = []
    at = 0

    def flush() -> None:
        if pending:
            parts.append(pending.decode("gb18030", "replace"))
            pending.clear()

    for found in _RTF_WORD.finditer(source):
        if found.start() > at:
            flush()
            parts.append(source[at : found.start()])
        at = found.end()
        if found[2]:
            pending.append(int(found[2], 16))
            continue
        flush()
        if found[1]:
            parts.append(chr(int(found[1]) % 65536))
        elif found[3]:
            parts.append("\n" if found[3] != "tab" else "\t")
    flush()
    return "".join(parts) + source[at:]


def read_mail(content: Content, *, text: bool) -> Reading:
    """An e-mail (RFC 5322): headers, attachments, and the text of its body."""
    data = content.whole
    if data is None:
        return Reading(readable=None, fault=fault("too-large", content.size))
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
        attributes = {name.lower(): clean(str(message[name] or ""))[:300] for name in ("From", "To", "Date", "Subject")}
        names = [part.get_filename() or "" for part in message.walk() if part.get_content_disposition() == "attachment"]
        body = message.get_body(("plain", "html")) if text else None
        words = str(body.get_content()) if body is not None else ""
    except (MessageError, LookupError, ValueError, TypeError, AttributeError, IndexError, KeyError) as failure:
        return Reading(readable=False, fault=fault("damaged", failure))
    return Reading(
        active_content=("embedded-file",) if names else (),
        attributes=attributes | {"attachments": "\n".join(names)[:2000]},
        text=clean(attributes["subject"] + "\n" + re.sub(r"<[^>]*>", " ", words)) if text else None,
    )
