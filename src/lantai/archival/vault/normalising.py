"""The normal form of identity numbers, other certificate numbers and telephone numbers: one number, one spelling."""

from __future__ import annotations

import re
import string
import unicodedata

from lantai.archival.codes import check_identity_number
from lantai.archival.codes.check_digits import identity_digit

_FILLERS = re.compile(r"[\s\-–—‐-‑·._/()（）]+")
_UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
_OLD_IDENTITY = re.compile("[0-9]{15}")
_COUNTRY = re.compile(r"(?:\+|00)?86(?=1[0-9]{10}$|0[0-9]{9,11}$)")


def _plain(text: str) -> str:
    """Full-width forms made plain, fillers (space, dash, dot, brackets) taken out, letters upper case."""
    bare = _FILLERS.sub("", unicodedata.normalize("NFKC", text)).translate(_UPPER)
    return unicodedata.normalize("NFKC", bare)


def normalise_certificate_number(text: str) -> str:
    """A certificate number (证件号码) without spaces, dashes and the like, letters in upper case.

    A citizen identity number of the old form, 15 digits, becomes the one of 18 it stands for (GB 11643-1999): the
    century 19 and the check digit are put in, when that gives a sound number.
    """
    plain = _plain(text)
    if _OLD_IDENTITY.fullmatch(plain):
        body = f"{plain[:6]}19{plain[6:]}"
        whole = body + identity_digit(body)
        return whole if check_identity_number(whole).holds else plain
    return plain


def normalise_phone(text: str) -> str:
    """A telephone number as digits, without the country code 86 of the mainland; other country codes keep their +."""
    plain = _COUNTRY.sub("", _plain(text))
    return re.sub(r"^00(?=[1-9])", "+", plain)


def normalise_value(text: str, *, purpose: str) -> str:
    """*text* in the normal form of *purpose*: certificates and telephone numbers as above, other text with its
    full-width forms made plain, single spaces and no difference of case."""
    if purpose in ("identity", "certificate"):
        return normalise_certificate_number(text)
    if purpose == "phone":
        return normalise_phone(text)
    return unicodedata.normalize("NFKC", " ".join(unicodedata.normalize("NFKC", text).casefold().split()))
