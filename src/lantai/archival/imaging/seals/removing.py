"""Seals taken off a reading copy (印章去除), so that the words beneath are read. The scan itself is never changed."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from lantai.archival.imaging.pictures import Picture
from lantai.archival.imaging.seals.finding import ink_of, seal_masks
from lantai.archival.imaging.seals.model import Outline

_STAYS = 0.72
"""In the light of its own colour, a seal's ink is lighter than this share of the paper; writing is darker."""


def without_seals(picture: Picture, outlines: Sequence[Outline]) -> Picture:
    """A copy of a page with the ink of coloured seals taken away; what is written beneath stays. Black seals stay too:
    nothing tells their ink from that of the words."""
    cleaned = picture.copy()
    coloured = [each for each in outlines if each.colour != "black"]
    for each, part in zip(coloured, seal_masks(picture, coloured), strict=True):
        piece = cleaned[part]
        if not piece.size:
            continue  # beyond the edge of a page that was cut
        paper = np.percentile(piece.reshape(-1, 3), 90, axis=0)
        inked = cv2.dilate((ink_of(piece, each.colour) > 12).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        own = piece[:, :, 0 if each.colour == "red" else 2].astype(np.float32)
        light = np.clip(own / max(1.0, float(paper[0 if each.colour == "red" else 2]) * _STAYS), 0, 1)
        piece[inked] = (light[inked][:, None] * paper[None]).astype(np.uint8)
    return cleaned
