"""Names, numbers and sentences of the people and offices that specimens speak of; numbers have their check digits."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from random import Random
from typing import Any

_WORDS: dict[str, Any] = tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_PERSON_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_DISTRICTS = ("370105", "330109", "510107", "410105", "440605", "420115")


@dataclass(frozen=True, slots=True)
class Region:
    """A province, a city in it, and a district of the city."""

    province: str
    city: str
    district: str


class Inventor:
    """One page's source of words. The same seed gives the same words in the same order."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def one(self, kind: str) -> str:
        """A word or sentence of a list of ``words.toml``."""
        return str(self.chance.choice(_WORDS[kind]))

    def several(self, kind: str, count: int) -> list[str]:
        """Different words of a list."""
        return [str(each) for each in self.chance.sample(_WORDS[kind], count)]

    def region(self) -> Region:
        """Where an office sits."""
        return Region(*self.chance.choice(_WORDS["regions"]))

    def person(self) -> str:
        """A name of two or three characters."""
        given = "".join(self.chance.choice(_WORDS["given"]) for _ in range(self.chance.choice((1, 2, 2))))
        return str(self.chance.choice(_WORDS["surnames"])) + given

    def company(self) -> str:
        """A firm with limited liability."""
        return f"{self.region().city}{self.one('company_marks')}{self.one('trades')}有限公司"

    def address(self) -> str:
        """A street and a number, sometimes with a flat."""
        place, chance = self.region(), self.chance
        door = f"{chance.randint(1, 20)}栋{chance.randint(1, 3)}单元{chance.randint(101, 2402)}室"
        street = f"{place.province}{place.city}{place.district}{self.one('roads')}{chance.randint(1, 399)}号"
        return street + (door if chance.random() < 0.5 else "")

    def day(self) -> str:
        """A date as documents write it."""
        chance = self.chance
        return f"{chance.randint(2003, 2024)}年{chance.randint(1, 12)}月{chance.randint(1, 28)}日"

    def number_of_document(self) -> str:
        """A document number (文号)."""
        return f"{self.one('marks_of_numbers')}〔{self.chance.randint(2005, 2024)}〕{self.chance.randint(1, 399)}号"

    def telephone(self) -> str:
        """A mobile number."""
        head = self.chance.choice(("138", "139", "150", "186", "177"))
        return head + "".join(str(self.chance.randint(0, 9)) for _ in range(8))

    def credit_code(self) -> str:
        """A unified social credit code (统一社会信用代码, GB 32100)."""
        body = f"91{self.chance.choice(_DISTRICTS)}" + "".join(self.chance.choice(_CREDIT) for _ in range(9))
        weighed = sum(_CREDIT.index(each) * weight for each, weight in zip(body, _CREDIT_WEIGHTS, strict=True))
        return body + _CREDIT[(31 - weighed % 31) % 31]

    def identity_number(self) -> str:
        """A citizen's identity number (GB 11643)."""
        chance = self.chance
        born = f"{chance.randint(1955, 2003)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
        body = f"{chance.choice(_DISTRICTS)}{born}{chance.randint(1, 999):03}"
        weighed = sum(int(each) * weight for each, weight in zip(body, _PERSON_WEIGHTS, strict=True))
        return body + "10X98765432"[weighed % 11]
