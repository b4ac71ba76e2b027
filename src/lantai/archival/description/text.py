"""Text inside a description document: escaped without loss, and without anybody's identity number."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from lantai.archival.codes import check_identity_number

# What stands in the place of an identity or certificate number; the number itself lies sealed in the catalogue.
CONCEALED = "〔证件号码不录〕"

# XML 1.0 cannot carry these at all, not even as references: C0 controls, lone surrogates, U+FFFE and U+FFFF. They are
# written ␛hex; and the mark ␛ (U+241B) itself as ␛241B; so that nothing is lost.
_FORBIDDEN = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff\u241b"
SPECIAL = re.compile(f'[&<>"\t\n\r{_FORBIDDEN}]')
_MARKED = re.compile("\u241b([0-9A-F]+);")
_REFERENCES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\t": "&#9;",
    "\n": "&#10;",
    "\r": "&#13;",
}
# What looks like a citizen identity number: a region, a birth date from 1800 to 2099; the check digit decides.
_IDENTITY = re.compile(r"[1-9][0-9]{5}(?:1[89]|20)[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9Xx]")


def _reference(match: re.Match[str]) -> str:
    character = match[0]
    return _REFERENCES.get(character) or f"\u241b{ord(character):X};"


def escape(text: str) -> str:
    """*text* fit for an attribute or an element of an XML 1.0 document."""
    return text if SPECIAL.search(text) is None else SPECIAL.sub(_reference, text)


def restore(text: str) -> str:
    """The characters that ``escape`` had to write as marks, put back in a parsed text."""
    return _MARKED.sub(lambda match: chr(int(match[1], 16)), text) if "\u241b" in text else text


def _mask(match: re.Match[str]) -> str:
    around = match.string[max(match.start() - 1, 0) : match.start()] + match.string[match.end() : match.end() + 1]
    within_longer = any(each.isascii() and each.isalnum() for each in around)
    return match[0] if within_longer or not check_identity_number(match[0].upper()).holds else CONCEALED


def conceal(text: str, secrets: Collection[str]) -> str:
    """*text* with every one of *secrets* and every citizen identity number replaced by ``CONCEALED``."""
    for secret in secrets:
        if secret in text:
            text = text.replace(secret, CONCEALED)
    return text if _IDENTITY.search(text) is None else _IDENTITY.sub(_mask, text)


@lru_cache(maxsize=4096)
def token(text: str) -> str:
    """``escape`` for words of our own that come again and again: codes, keys, names of fields."""
    return escape(text)
