"""How seldom the long-running programs look for garbage."""

import gc

_AFTER = 20_000
"""Objects made since the last look; Python's own 700 costs a busy worker a twelfth of its time."""


def look_seldom_for_garbage() -> None:
    """Leave out of every later look what is loaded now, and look seldom. For programs that are up and stay."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_AFTER)
