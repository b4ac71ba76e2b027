"""Pages whose content is known: made by seed, sealed, and worn as scans are, to measure reading and repair by."""

from lantai.archival.imaging.specimens.making import make_specimen, stamp_seal
from lantai.archival.imaging.specimens.model import (
    KINDS,
    Kind,
    Shape,
    Specimen,
    TrueCell,
    TrueLine,
    TrueSeal,
    TrueTable,
)
from lantai.archival.imaging.specimens.seals import Die
from lantai.archival.imaging.specimens.wearing import FAULTS, LEVELS, Level, worn

__all__ = [
    "FAULTS",
    "KINDS",
    "LEVELS",
    "Die",
    "Kind",
    "Level",
    "Shape",
    "Specimen",
    "TrueCell",
    "TrueLine",
    "TrueSeal",
    "TrueTable",
    "make_specimen",
    "stamp_seal",
    "worn",
]
