"""How text becomes terms: words, and pairs of characters, so that any fragment of a name is found."""

from lantai.finding.text.words import QuestionPart, bigrams, highlight, normalise, question_parts, words

__all__ = ["QuestionPart", "bigrams", "highlight", "normalise", "question_parts", "words"]
