"""How text becomes terms: words, and runs of two to four characters, so that any fragment of a name is found."""

from lantai.finding.text.words import (
    QuestionPart,
    counted_terms,
    fragments,
    highlight,
    normalise,
    question_parts,
    word_terms,
    words,
)

__all__ = [
    "QuestionPart",
    "counted_terms",
    "fragments",
    "highlight",
    "normalise",
    "question_parts",
    "word_terms",
    "words",
]
