"""Normalised copies (规范化副本): a file kept a second time in a format for the long term, each with its own check."""

from lantai.archival.normalising.model import (
    AGENT,
    CHECKS,
    TARGET,
    WAYS,
    CheckLine,
    NotNormalised,
    way_of,
)

__all__ = ["AGENT", "CHECKS", "TARGET", "WAYS", "CheckLine", "NotNormalised", "way_of"]
