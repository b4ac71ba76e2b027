"""Seals on scanned pages (印章): found, told by shape and colour, read, matched with their owners, taken off."""

from lantai.archival.imaging.seals.finding import find_seals, moved_outline
from lantai.archival.imaging.seals.model import Colour, Outline, Owner, Seal, Shape, StripReader
from lantai.archival.imaging.seals.owners import KnownOwners, likeness
from lantai.archival.imaging.seals.reading import read_seal, read_seals
from lantai.archival.imaging.seals.removing import without_seals
from lantai.archival.imaging.seals.strips import reader_of_strips, strip_reader

__all__ = [
    "Colour",
    "KnownOwners",
    "Outline",
    "Owner",
    "Seal",
    "Shape",
    "StripReader",
    "find_seals",
    "likeness",
    "moved_outline",
    "read_seal",
    "read_seals",
    "reader_of_strips",
    "strip_reader",
    "without_seals",
]
