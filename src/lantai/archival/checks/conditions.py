"""Whether the conditions of a rule hold for a package's metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from lantai.archival.checks.pack import Condition


def holds(conditions: Iterable[Condition], metadata: Mapping[str, str]) -> bool:
    """Whether all *conditions* hold for *metadata* (element tag to text). An absent element counts as empty."""
    return all(_holds(each, metadata.get(each.element, "").strip()) for each in conditions)


def _holds(condition: Condition, found: str) -> bool:
    match condition.operator:
        case "is" | "in":
            return found in condition.values
        case "not-in":
            return found not in condition.values
        case "matches":
            return any(compiled(each).fullmatch(found) is not None for each in condition.values)
        case "contains":
            return any(each in found for each in condition.values)
        case "present":
            return bool(found)
        case "absent":
            return not found


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """The regular expression *pattern*, compiled once."""
    return re.compile(pattern)
