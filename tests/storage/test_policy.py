"""The arithmetic of policies against a slow reference: every set of locations tried."""

from __future__ import annotations

from itertools import combinations, permutations

from hypothesis import given
from hypothesis import strategies as st

from lantai.storage.policy import Demand, Holding, choose, lacks, strictest

DEMANDS = st.builds(Demand, st.integers(1, 4), st.integers(0, 3), st.integers(0, 2), st.integers(0, 2))


@st.composite
def places(draw: st.DrawFn) -> list[Holding]:
    count = draw(st.integers(1, 5))
    return [
        Holding(
            code=str(number),
            device=draw(st.sampled_from("abcd")),
            medium=draw(st.sampled_from(["", "disk", "tape", "object"])),
            place=draw(st.sampled_from(["", "here", "there"])),
            detached=draw(st.booleans()),
            first=number == 0,
        )
        for number in range(count)
    ]


def one_a_device(held: list[Holding]) -> list[Holding]:
    """Written out: the first copy, then of every other device its first location."""
    kept: list[Holding] = [each for each in held if each.first]
    for each in held:
        if each.device not in [other.device for other in kept]:
            kept.append(each)
    return kept


@given(places(), DEMANDS)
def test_what_is_lacking_is_counted_over_devices(held: list[Holding], demand: Demand) -> None:
    kept = one_a_device(held)
    away = [each for each in kept if kept[0].place and each.place and each.place != kept[0].place]
    expected = {
        "copies": (len(kept), demand.copies),
        "media": (len({each.medium for each in kept} - {""}), demand.media),
        "elsewhere": (len(away), demand.elsewhere),
        "detached": (len([each for each in kept if each.detached]), demand.detached),
    }
    found = {each.what: (each.have, each.need) for each in lacks(held, demand)}
    assert found == {what: told for what, told in expected.items() if told[0] < told[1]}


@given(places(), DEMANDS)
def test_a_choice_that_can_meet_the_demand_does(held: list[Holding], demand: Demand) -> None:
    chosen = choose(held, demand)
    assert chosen[0] == "0" and len(set(chosen)) == len(chosen)
    picked = [each for each in held if each.code in chosen]
    possible = any(
        not lacks(list(some), demand)
        for size in range(1, len(held) + 1)
        for some in combinations(held, size)
        if some[0].first
    )
    if possible and len({each.device for each in held}) == len(held):
        assert not lacks(picked, demand)
    if lacks(picked, demand):
        assert len(chosen) >= min(demand.copies, len(held))


@given(st.lists(DEMANDS, min_size=1, max_size=4))
def test_the_strictest_meets_every_demand(demands: list[Demand]) -> None:
    best = strictest(demands)
    assert strictest([]) == Demand()
    for name in ("copies", "media", "elsewhere", "detached"):
        assert getattr(best, name) == max(getattr(each, name) for each in demands)
    for some in permutations(demands):
        assert strictest(some) == best
