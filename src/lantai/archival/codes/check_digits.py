"""Check digits of the numbers a case carries: identity numbers, credit codes, organisation codes, region codes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

# GB/T 2260: the first two digits of every region code.
PROVINCES = frozenset(
    str(each)
    for block in (
        range(11, 16),
        range(21, 24),
        range(31, 38),
        range(41, 47),
        range(50, 55),
        range(61, 66),
        (71, 81, 82, 91),
    )
    for each in block
)
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY_DIGITS = "10X98765432"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_VALUES = {character: value for value, character in enumerate(_CREDIT_ALPHABET)}
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY = re.compile(r"[0-9]{17}[0-9X]")
_CREDIT = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}[0-9A-HJ-NPQRTUWXY]")
_ORGANISATION = re.compile(r"[0-9A-Z]{8}-?[0-9X]")
_REGION = re.compile(r"[0-9]{6}(?:[0-9]{3}(?:[0-9]{3})?)?")


@dataclass(frozen=True, slots=True)
class CheckDigit:
    """The outcome of looking at one number: ``fault`` is empty when it holds, else ``form`` (wrong characters or
    length), ``region``, ``date`` or ``digit``; for the last, ``expected`` and ``found`` are the two check digits."""

    fault: Literal["", "form", "region", "date", "digit"] = ""
    expected: str = ""
    found: str = ""

    @property
    def holds(self) -> bool:
        """Whether the number is sound."""
        return not self.fault


_SOUND = CheckDigit()


def identity_digit(body: str) -> str:
    """The check digit of the 17 digits *body* of a citizen identity number (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(body, _IDENTITY_WEIGHTS, strict=True))
    return _IDENTITY_DIGITS[total % 11]


def credit_digit(body: str) -> str:
    """The check character of the 17 characters *body* of a unified social credit code (GB 32100-2015, MOD 31-3)."""
    total = sum(_CREDIT_VALUES[each] * weight for each, weight in zip(body, _CREDIT_WEIGHTS, strict=True))
    return _CREDIT_ALPHABET[-total % 31]


def organisation_digit(body: str) -> str:
    """The check digit of the 8 characters *body* of an organisation code (GB 11714-1997, MOD 11-3)."""
    total = sum(int(each, 36) * weight for each, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def _compare(expected: str, found: str) -> CheckDigit:
    return _SOUND if expected == found else CheckDigit("digit", expected, found)


def check_identity_number(text: str) -> CheckDigit:
    """Judge a citizen identity number (公民身份号码) of 18 characters: form, region, date of birth, check digit."""
    if _IDENTITY.fullmatch(text) is None:
        return CheckDigit("form", found=text)
    if text[:2] not in PROVINCES:
        return CheckDigit("region", found=text[:6])
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return CheckDigit("date", found=text[6:14])
    if born.year < 1800:
        return CheckDigit("date", found=text[6:14])
    return _compare(identity_digit(text[:17]), text[17])


def check_social_credit_code(text: str) -> CheckDigit:
    """Judge a unified social credit code (统一社会信用代码) of 18 characters: form and check character."""
    if _CREDIT.fullmatch(text) is None:
        return CheckDigit("form", found=text)
    return _compare(credit_digit(text[:17]), text[17])


def check_organisation_code(text: str) -> CheckDigit:
    """Judge an organisation code (组织机构代码) of 9 characters, with or without the hyphen: form and check digit."""
    if _ORGANISATION.fullmatch(text) is None:
        return CheckDigit("form", found=text)
    return _compare(organisation_digit(text[:8]), text[-1])


def check_region_code(text: str) -> CheckDigit:
    """Judge a code of an administrative region (行政区划代码, GB/T 2260) of 6 digits, or 9 or 12 with the
    parts below the county: form and province. It carries no check digit."""
    if _REGION.fullmatch(text) is None:
        return CheckDigit("form", found=text)
    return _SOUND if text[:2] in PROVINCES else CheckDigit("region", found=text[:2])
