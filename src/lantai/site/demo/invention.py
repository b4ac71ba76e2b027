"""People, enterprises and places that never were, by a seeded dice. What makes their numbers nobody's stands in
county.toml."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from lantai.archival.codes.check_digits import identity_digit
from lantai.site.demo.county import credit_code, region, words

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True, slots=True)
class Person:
    """A natural person."""

    name: str
    identity: str
    born: date
    female: bool
    address: str
    phone: str


@dataclass(frozen=True, slots=True)
class Enterprise:
    """An enterprise or a sole trader, and who answers for it."""

    name: str
    credit: str
    address: str
    phone: str
    head: Person
    founded: date
    capital: str
    sole: bool


def invent_person(
    dice: Random, *, on: date, oldest: int = 72, youngest: int = 20, female: bool | None = None
) -> Person:
    """A person of between *youngest* and *oldest* years on the day *on*."""
    if female is None:
        female = dice.random() < 0.5
    born = on - timedelta(days=dice.randint(youngest * 366, oldest * 365))
    serial = 900 + 2 * dice.randrange(45) + (0 if female else 1)
    body = f"{region()}{born:%Y%m%d}{serial:03}"
    return Person(
        name=invent_name(dice),
        identity=body + identity_digit(body),
        born=born,
        female=female,
        address=invent_address(dice),
        phone=invent_phone(dice),
    )


def invent_name(dice: Random) -> str:
    """A name of two to four characters; about one in twelve has a rare character in it."""
    table: Any = words()
    surname = dice.choice(table["rare_surnames"]) if dice.random() < 0.06 else dice.choice(table["surnames"])
    given = dice.choice(table["given"])
    if dice.random() < 0.78:
        given += dice.choice(table["given"])
    if dice.random() < 0.06:
        given = given[:-1] + dice.choice(table["rare_given"])
    return str(surname + given)


def invent_phone(dice: Random) -> str:
    """A mobile number that begins with 100, as none does."""
    return f"100{dice.randrange(10**8):08}"


def invent_address(dice: Random, *, shop: bool = False) -> str:
    """An address in a town, village or estate of the county; that of a shop where asked for."""
    table: Any = words()
    town = dice.choice(list(table["towns"]))
    where = dice.random()
    if where < 0.4 and not shop:
        village = dice.choice(table["towns"][town])
        return f"云岭县{town}{village}村{dice.randint(1, 268)}号"
    if where < 0.65 and not shop:
        estate = dice.choice(table["street"]["estates"])
        room = f"{dice.randint(1, 26)}幢{dice.randint(1, 4)}单元{dice.randint(1, 17)}0{dice.randint(1, 4)}室"
        return f"云岭县{town}{estate}{room}"
    street = dice.choice(table["street"]["names"])
    unit = dice.choice(
        [
            "",
            "",
            f"-{dice.randint(1, 9)}",
            f"{dice.randint(1, 3)}楼",
            f"{dice.choice('ABC')}座{dice.randint(101, 1806)}室",
        ]
    )
    tail = (
        f"（{dice.choice(table['towns'][town])}村集体商铺自东向西第{dice.randint(1, 9)}间）"
        if dice.random() < 0.08
        else ""
    )
    return f"云岭县{town}{street}{dice.randint(1, 388)}号{unit}{tail}"


def invent_enterprise(dice: Random, trade: str, *, on: date) -> Enterprise:
    """An enterprise of *trade* that was there before the day *on*; about a third are sole traders (个体工商户)."""
    table: Any = words()["enterprise"]
    head = invent_person(dice, on=on, youngest=24)
    form = dice.choice(table["forms"])
    sole = form in ("店", "经营部")
    brand = dice.choice(table["first"]) + dice.choice(table["second"]) + dice.choice(table["third"])
    if sole and dice.random() < 0.3:
        brand = f"{head.name[0]}{dice.choice(['记', '家', '老', '小'])}{dice.choice(table['second'])}"
    kind = dice.choice(table["trades"][trade])
    place = dice.choice(["云岭县", "云岭县", "云岭县", f"云岭县{dice.choice(list(words()['towns']))[:2]}", "云岭"])
    name = f"{place}{brand}{kind}{form}"
    if not sole and dice.random() < 0.05:
        name += f"{dice.choice(list(words()['towns']))[:2]}分公司"
    number = "MA" + "".join(dice.choice(_ALPHABET) for _ in range(6))
    return Enterprise(
        name=name,
        credit=credit_code("92" if sole else "91", number),
        address=invent_address(dice, shop=True),
        phone=f"0578-00{dice.randrange(10**5):05}",
        head=head,
        founded=on - timedelta(days=dice.randint(40, 4200)),
        capital=f"{dice.choice([3, 10, 50, 100, 200, 500, 1000, 2000])}万元",
        sole=sole,
    )
