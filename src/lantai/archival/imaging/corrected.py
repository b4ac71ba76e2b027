"""Words of a line that a person corrected: those that stayed keep their places, the others stand where they were."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from lantai.archival.imaging.model import Corners, Word
from lantai.archival.imaging.text_lines import WIDE

_KNOWN = 1.0
"""How sure a word is that a person typed."""


def corrected_words(words: Sequence[Word], text: str) -> tuple[Word, ...]:
    """The words of a line once its text is *text*.

    A word that still stands there keeps its place and confidence. Words that were replaced, one by one, take the place
    of those before them; where the number differs, what is new stands as one word over the whole gap; what was only
    added joins the word before it. Put together they are *text* without its spaces.

    Args:
        words: as they were read, along the line.
        text: as the line stands now.
    """
    pieces = _pieces(text)
    if not words or not pieces:
        return ()
    made: list[Word] = []
    waiting = ""
    matcher = SequenceMatcher(None, [each.text for each in words], pieces, autojunk=False)
    for what, start, end, first, last in matcher.get_opcodes():
        new = pieces[first:last]
        if what == "equal":
            made += words[start:end]
        elif what == "replace" and end - start == last - first:
            made += [Word(piece, each.corners, _KNOWN) for piece, each in zip(new, words[start:end], strict=True)]
        elif what == "replace":
            made.append(Word("".join(new), _over(words[start:end]), _KNOWN))
        elif what == "insert" and made:
            before = made.pop()
            made.append(Word(before.text + "".join(new), before.corners, _KNOWN))
        elif what == "insert":
            waiting = "".join(new)
    if waiting:
        made[0] = Word(waiting + made[0].text, made[0].corners, _KNOWN)
    return tuple(made)


def _pieces(text: str) -> list[str]:
    """A text as words are cut: each Chinese character by itself, letters and figures that stand together as one."""
    pieces: list[str] = []
    joins = False
    for each in text:
        if each.isspace():
            joins = False
        elif WIDE.match(each):
            pieces.append(each)
            joins = False
        elif joins:
            pieces[-1] += each
        else:
            pieces.append(each)
            joins = True
    return pieces


def _over(words: Sequence[Word]) -> Corners:
    """The place of words that follow each other, as one."""
    first, last = words[0].corners, words[-1].corners
    return first[0], last[1], last[2], first[3]
