"""A reader of level strips over the network that reads lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lantai.archival.imaging.models import ReadingModels
from lantai.archival.imaging.pictures import Picture, coloured
from lantai.archival.imaging.recognising import Recogniser, loaded_recogniser
from lantai.archival.imaging.seals.model import StripReader


def strip_reader(models: ReadingModels, *, threads: int = 1) -> StripReader:
    """What reads strips with the recogniser of *models*.

    Raises:
        ModelMissing: a network is missing or altered.
    """
    return reader_of_strips(loaded_recogniser(models, threads))


def reader_of_strips(recogniser: Recogniser) -> StripReader:
    """What reads strips with a recogniser that is loaded: a worker needs no second one."""

    def read(strips: Sequence[Picture]) -> list[tuple[str, float]]:
        found = []
        for strip in strips:
            high, wide = strip.shape[:2]
            whole = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
            (line,) = recogniser.read(coloured(strip), [whole])
            sure = sum(each.confidence for each in line) / len(line) if line else 0.0
            found.append(("".join(each.text for each in line), sure))
        return found

    return read
