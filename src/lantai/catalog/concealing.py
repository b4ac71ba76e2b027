"""Certificate numbers stay out of what can be searched: in the text of documents they become ``＊``."""

from __future__ import annotations

import re
from collections.abc import Collection

from lantai.archival.codes.check_digits import check_identity_number

_IDENTITY = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
HIDDEN = "＊"


def conceal_numbers(*, text: str, known: Collection[str]) -> str:
    """*text* without the *known* certificate numbers, however a line break or a blank cuts them, and without any other
    sound citizen identity number (公民身份号码) of whomever. Its length stays.
    """
    written = "".join(text.split()).casefold()
    for number in known:
        if len(number) > 3 and number.casefold() in written:
            pattern = r"\s*".join(re.escape(each) for each in number)
            text = re.sub(pattern, _hide, text, flags=re.IGNORECASE)
    return _IDENTITY.sub(
        lambda found: _hide(found) if check_identity_number(found[0].upper()).holds else found[0], text
    )


def _hide(found: re.Match[str]) -> str:
    return HIDDEN * len(found[0])
