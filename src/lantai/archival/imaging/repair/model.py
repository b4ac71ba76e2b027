"""What repair says of a page: what it measured, and which steps it took with which parameters."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lantai.archival.imaging.pictures import Picture

Matrix = NDArray[np.float64]
"""Two rows of three: where a point of the scan lies on the repaired page."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done to a page (处理步骤), with the parameters to do it again.

    ``name`` is one of ``border``, ``deskew``, ``background``, ``folds``, ``see_through``, ``noise``, ``contrast``.
    """

    name: str
    parameters: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Condition:
    """What a page was found to be like before anything was done (页面状况).

    Attributes:
        paper: brightness of the paper, 0 to 255.
        unevenness: spread of the paper's brightness over the page, stains and shadows included.
        noise: spread of the sensor's noise.
        ink: brightness of the writing.
        skew: degrees the lines lean, clockwise; what deskewing turns back.
        border: share of the page that is the scanner's dark bed.
        see_through: share of the writing that is the other side's (透字).
        folds: fold lines across or down the sheet.
    """

    paper: float
    unevenness: float
    noise: float
    ink: float
    skew: float
    border: float
    see_through: float = 0.0
    folds: int = 0


@dataclass(frozen=True, slots=True)
class Repaired:
    """A page in two versions that lie exactly over each other.

    ``straight`` is only set right: borders cut, lines level. ``restored`` is cleaned as well. Where nothing was asked
    for, both are the scan itself. ``matrix`` says where a point of the scan lies on both.
    """

    straight: Picture
    restored: Picture
    matrix: Matrix
    steps: tuple[Step, ...]
    condition: Condition

    @property
    def cleaned(self) -> bool:
        """Whether ``restored`` differs from ``straight``."""
        return self.restored is not self.straight
