"""Telling texts apart: encoding, then XML, HTML, RTF, e-mail, scripts and plain text."""

from __future__ import annotations

import codecs
import re
from typing import Literal

from lantai.archival.formats.content import WINDOW, Content
from lantai.archival.formats.model import Format
from lantai.archival.formats.registry import named

_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_XML = re.compile(rb"<\?xml\s+version=[\"'](1\.[01])[\"']")
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_ROOTS_OF_PRONOM = frozenset(
    b"rdf svg html kml gml gpx mets ead tei mods rss feed xfdf wordDocument Workbook package plist".lower().split()
)
_HTML5 = re.compile(rb"<!doctype.{0,4}html(?:>|.{0,4}system.{0,4}['\"]about:legacy-compat['\"]>)", re.I | re.S)
_HTML_OLD = re.compile(rb"<!doctype html public \"-//.{1,16}//dtd .{0,64}html (3\.2|4\.01|4\.0)[ /]", re.I | re.S)
_XHTML = re.compile(rb"<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML (1\.[01])", re.S)
_RTF = re.compile(rb"\{\\rtf1?(.{0,15})\\?(?:ansi|mac|pc|pca)", re.S)
_WARC = re.compile(rb"WARC/(1\.[01])\r\n.{0,512}(?:WARC-Record-ID|Content-Length|WARC-Type|WARC-Date)", re.S)
_MAIL_HEADER = re.compile(rb"\A[A-Za-z][A-Za-z0-9-]*:[ \t]")
_MAIL_MARKS = (b"To: ", b"From: ", b"Date: ", b"Content-Type: ")
_KINDS_BY_NAME = {".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".md": "md"}


def encoding_of(data: bytes, *, cut: bool = False) -> str:
    """The encoding of a text: ``utf-8``, ``utf-8-sig``, ``utf-16``, ``gb18030``, or empty where it is not text.

    Args:
        data: the text's bytes, or its first part.
        cut: the last character may be incomplete, because the bytes were cut off.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16" if _decodes(data, "utf-16", cut=cut) else ""
    if _CONTROLS.search(data):
        return ""
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig" if _decodes(data, "utf-8-sig", cut=cut) else ""
    for encoding in ("utf-8", "gb18030"):
        if _decodes(data, encoding, cut=cut):
            return encoding
    return ""


def _decodes(data: bytes, encoding: str, *, cut: bool) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(data, final=not cut)
    except UnicodeError:
        return False
    return True


def identify_text(content: Content, suffix: str) -> Format | None:
    """What a text file is; None where it is no text, or a kind PRONOM tells better.

    Args:
        content: the file.
        suffix: of its name, lower case with the dot; only tells CSV, JSON and Markdown from plain text.
    """
    head = content.head
    encoding = encoding_of(head, cut=content.size > WINDOW)
    if not head or not encoding:
        return None
    if encoding == "utf-16":
        text = codecs.getincrementaldecoder("utf-16")().decode(head).lstrip()[:200]
        if text.startswith("<?xml"):
            return named("xml", "1.1" if 'version="1.1"' in text else "1.0")
        return named("txt") if suffix in (".txt", "") else None
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if start.startswith(b"<"):
        markup = _identify_markup(start, suffix)
        if markup is not False:
            return markup
    if start.startswith(b"{\\rt"):
        return _identify_rtf(content)
    if start.startswith(b"#!"):
        return named("script")
    warc = _WARC.search(head[:5000])
    if warc:
        return named("warc", warc[1].decode())
    if _MAIL_HEADER.match(start) and b"\nMIME-Version: 1.0" in b"\n" + head[:16384]:
        return named("eml", "1.0") if all(mark in head[:16384] for mark in _MAIL_MARKS) else None
    if b"WARC/" in head[:4096] or b"<html" in head[:1024].lower() or b"<!doctype" in head[:1024].lower():
        return None
    return named(_KINDS_BY_NAME.get(suffix, "txt"))


def _identify_markup(start: bytes, suffix: str) -> Format | Literal[False] | None:
    """The format, None for PRONOM to say, or False where it only looks like markup."""
    found = _XHTML.search(start[:1024])
    if found:
        return named("html", f"XHTML {found[1].decode()}")
    declared = _XML.match(start)
    root = _ROOT.search(start)
    if declared or suffix == ".xml":
        if root and root[1].lower() in _ROOTS_OF_PRONOM:
            return None
        return named("xml", declared[1].decode() if declared else "1.0")
    if _HTML5.search(start[:1024]):
        return named("html", "5")
    old = _HTML_OLD.search(start[:1024])
    if old:
        return named("html", old[1].decode())
    if re.match(rb"<html", start, re.I) or suffix in (".html", ".htm"):
        return named("html")
    return False


def _identify_rtf(content: Content) -> Format | None:
    head, data = content.head, content.searchable()
    if not _RTF.match(head):
        return None
    if b"\\ansicpg" not in head[:64]:
        return named("rtf", "1.0-1.4")
    if b"\\stshfdbch" not in data:
        return named("rtf", "1.5-1.6")
    if any(mark in data for mark in (b"\\colorschememapping", b"\\afelev", b"\\*\\datastore", b"\\*\\defchp")):
        return named("rtf", "1.9")
    return named("rtf", "1.8" if b"\\lsdstimax" in data else "1.7")
