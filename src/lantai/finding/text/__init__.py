"""How text becomes terms: words, and pairs of characters, so that any fragment of a name is found."""

from lantai.finding.text.words import bigrams, highlight, normalise, question_parts, words

__all__ = ["bigrams", "highlight", "normalise", "question_parts", "words"]
