"""Repair of scanned pages: what a page is like, what was done to it, and the page set right and cleaned."""

from lantai.archival.imaging.repair.model import Condition, Matrix, Repaired, Step
from lantai.archival.imaging.repair.steps import repair

__all__ = ["Condition", "Matrix", "Repaired", "Step", "repair"]
