"""How many copies are enough (备份策略), and of which the archive has them: pure, no row and no clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Demand:
    """What a policy asks: *copies* on devices of their own, on *media* kinds of carriers, *elsewhere* of them in
    another place than the first, *detached* of them offline or written once.
    """

    copies: int = 3
    media: int = 2
    elsewhere: int = 1
    detached: int = 0


DEFAULT = Demand()
"""Three copies, two kinds of carriers, one elsewhere (三份副本、两种载体、一份异地)."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A location that holds, or could hold, a copy. *medium* is empty while nobody has declared it, *place* likewise.

    The *first* copy is the one at the main location.
    """

    code: str
    device: str
    medium: str
    place: str
    detached: bool = False
    first: bool = False


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing missing: "copies", "media", "elsewhere" or "detached", with how many there are and must be."""

    what: str
    have: int
    need: int


def lacks(holdings: Iterable[Holding], demand: Demand) -> list[Lack]:
    """What *holdings*, each with a verified copy, lack of *demand*. Of those on one device one counts, the first copy
    before others; an undeclared medium is no kind, an undeclared place is nowhere.
    """
    devices: dict[str, Holding] = {}
    for each in holdings:
        if each.first or each.device not in devices:
            devices[each.device] = each
    held = devices.values()
    main = next((each.place for each in held if each.first), "")
    have = {
        "copies": len(held),
        "media": len({each.medium for each in held if each.medium}),
        "elsewhere": sum(1 for each in held if main and each.place and each.place != main),
        "detached": sum(1 for each in held if each.detached),
    }
    need = {
        "copies": demand.copies,
        "media": demand.media,
        "elsewhere": demand.elsewhere,
        "detached": demand.detached,
    }
    return [Lack(what, have[what], need[what]) for what in have if have[what] < need[what]]


def choose(locations: Sequence[Holding], demand: Demand) -> list[str]:
    """Codes of the locations that shall hold a copy: the first, then in the given order each that brings *demand*
    nearer; where it cannot be met, others until there are as many copies: two on one device count once, and still
    are better than one.
    """
    chosen = [each for each in locations if each.first]
    rest = [each for each in locations if not each.first]
    while rest and (missing := _missing(chosen, demand)):
        left = [_missing([*chosen, each], demand) for each in rest]
        best = left.index(min(left))
        if left[best] == missing and len(chosen) >= demand.copies:
            break
        chosen.append(rest.pop(best))
    return [each.code for each in chosen]


def _missing(held: Sequence[Holding], demand: Demand) -> int:
    return sum(each.need - each.have for each in lacks(held, demand))


def strictest(demands: Iterable[Demand]) -> Demand:
    """What meets all of *demands*; the default when there are none."""
    asked = list(demands)
    if not asked:
        return DEFAULT
    return Demand(
        max(each.copies for each in asked),
        max(each.media for each in asked),
        max(each.elsewhere for each in asked),
        max(each.detached for each in asked),
    )
