"""Strangers' XML, parsed so that it can neither read a file, nor reach a network, nor grow."""

from __future__ import annotations

import codecs
import re

from lxml import etree

from lantai.archival.packages.limits import Limits
from lantai.archival.packages.model import Problem

_DECLARED = re.compile(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_DOCTYPE = re.compile(rb"(?>\s++|<!--.*?-->|<\?.*?\?>)*+<!DOCTYPE", re.DOTALL)
_UTF8 = frozenset({"utf-8", "utf8", "ascii", "us-ascii"})


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=True,
    )


_PARSER = _parser()


def parse_xml(data: bytes, path: str, limits: Limits) -> tuple[etree._Element | None, list[Problem]]:
    """The root of the XML document *data*, or None, and what is wrong with it (each with line and column).

    UTF-8 is asked for. Another declared encoding is a problem, yet read where Python knows it, so that the rest can be
    judged too. A document type declaration is refused whatever it holds: no description needs one, and every known
    attack by entities does.
    """
    problems: list[Problem] = []
    if len(data) > limits.metadata_size:
        return None, [Problem("xml.too-large", path, f"{len(data)} > {limits.metadata_size}")]
    utf8, problem = _as_utf8(data, path)
    if problem is not None:
        problems.append(problem)
    if utf8 is None:
        return None, problems
    if match := _DOCTYPE.match(utf8):
        line = utf8.count(b"\n", 0, match.end()) + 1
        return None, [*problems, Problem("xml.doctype", path, f"line {line}: a document type declaration")]
    try:
        root = etree.fromstring(utf8, _PARSER)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        reason = str(error.msg).partition(", line ")[0]
        return None, [*problems, Problem("xml.malformed", path, f"line {line}, column {column}: {reason}")]
    return root, problems


def _as_utf8(data: bytes, path: str) -> tuple[bytes | None, Problem | None]:
    """*data* in UTF-8 without byte order mark; a problem where it is not what it says or not what is asked for."""
    encoding, wrong = "utf-8", False
    if data.startswith(codecs.BOM_UTF8):
        data = data[3:]
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding, wrong = "utf-16", True
    elif match := _DECLARED.match(data[:200]):
        encoding = match.group(1).decode().lower()
        wrong = encoding not in _UTF8
        encoding = {"gb2312": "gb18030", "gbk": "gb18030"}.get(encoding, encoding if wrong else "utf-8")
    try:
        text = data.decode(encoding)
    except LookupError:
        return None, Problem("xml.encoding", path, f"line 1: nobody knows the encoding {encoding}")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        return None, Problem("xml.encoding", path, f"line {line}, column {column}: not {encoding}")
    except UnicodeError as error:
        return None, Problem("xml.encoding", path, f"line 1: not {encoding}: {error}")
    if wrong:
        try:
            return text.encode(), Problem("xml.encoding", path, f"line 1: {encoding}, not UTF-8")
        except UnicodeEncodeError:
            return None, Problem("xml.encoding", path, f"line 1: not {encoding}")
    return data, None


def local_name(element: etree._Element) -> str:
    """The tag without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if tag[0] == "{" else tag
