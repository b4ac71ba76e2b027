"""Cases (办件) of 云岭县: who applied for what, when, who handled it, and how it ended. Case and seed give the case."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random
from typing import Any, Literal

from lantai.archival.checks.workdays import is_working_day
from lantai.site.demo.county import Item, Version, items, rule_pack, words
from lantai.site.demo.invention import (
    Enterprise,
    Person,
    invent_address,
    invent_enterprise,
    invent_name,
    invent_person,
)

LAST_DAY = date(2026, 10, 30)
"""No case ends later, unless another day is given."""

SERIAL_FROM = 100_000
"""Running numbers of cases begin above it: those below belong to the fault library."""

Outcome = Literal["granted", "refused", "withdrawn"]
Step = Literal["receipt", "correction", "acceptance", "examination", "suspension", "decision", "delivery", "other"]
_YEARS = (2016, 2017, 2018, 2019, 2020, 2021, 2022, 2023, 2024, 2025, 2026)
_WEIGHTS = (2, 2, 3, 4, 5, 6, 8, 12, 18, 22, 18)
# How often an item is asked for, beside 1: what a county's counter sees most.
_OFTEN = {"0119000101": 9, "0119000102": 3, "0734000201": 6, "0715000301": 6, "0110000101": 4, "0115000402": 2}


@dataclass(frozen=True, slots=True)
class Act:
    """One act of the handling."""

    step: Step
    action: str
    actor: str
    at: datetime
    basis: str
    opinion: str


@dataclass(frozen=True, slots=True)
class Case:
    """One case, whole. ``number`` tells it from all others of its seed; ``follows`` is the number of the case it
    changes, 0 for none. ``parties`` are the persons named: one applicant, or the two of a marriage."""

    number: int
    seed: int
    item: Item
    version: Version
    parties: tuple[Person, ...]
    enterprise: Enterprise | None
    title: str
    office: str
    answers: tuple[tuple[str, str], ...]
    outcome: Outcome
    result: str
    decision_number: str
    licence_number: str
    case_number: str
    acceptance_number: str
    acts: tuple[Act, ...]
    lacking: tuple[str, ...]
    received: datetime
    accepted: datetime
    decided: datetime
    delivered: datetime
    archived: datetime
    project: tuple[str, str, str] = ("", "", "")
    follows: int = 0
    followed_licence: str = ""
    choices: tuple[tuple[str, str], ...] = field(default=())

    @property
    def applicant(self) -> str:
        """What the applicant is called."""
        return self.enterprise.name if self.enterprise else "、".join(each.name for each in self.parties)

    @property
    def person(self) -> Person:
        """The natural person who signs: applicant, or head of the enterprise."""
        return self.enterprise.head if self.enterprise else self.parties[0]

    @property
    def address(self) -> str:
        """Of the applicant."""
        return self.enterprise.address if self.enterprise else self.parties[0].address

    @property
    def phone(self) -> str:
        """Of the applicant."""
        return self.enterprise.phone if self.enterprise else self.parties[0].phone

    @property
    def at_once(self) -> bool:
        """Whether it was settled at the counter (即办件)."""
        return self.item.days <= 1

    @property
    def reference(self) -> str:
        """The number of the paper that settled it: of the licence, or of the decision where there is none."""
        return self.licence_number or self.decision_number


def make_case(seed: int, number: int, *, until: date = LAST_DAY) -> Case:
    """Case *number* of *seed*; none ends after *until*, which must not lie before 2017.

    A change of a licence follows an earlier case of this seed where there is one.
    """
    item = item_of(seed, number)
    if item.changes:
        earlier = _earlier(seed, number, item.changes)
        if earlier:
            base = make_case(seed, earlier, until=until)
            if base.outcome == "granted" and base.decided.date() < until - timedelta(days=120):
                return _make(seed, number, item, until, base)
    return _make(seed, number, item, until, None)


def item_of(seed: int, number: int) -> Item:
    """The item of a case, without making the case."""
    table = _weighted_items()
    return table[Random(f"item/{seed}/{number}").randrange(len(table))]


@cache
def _weighted_items() -> tuple[Item, ...]:
    return tuple(item for code, item in sorted(items().items()) for _ in range(_OFTEN.get(code, 1)))


def _earlier(seed: int, number: int, code: str) -> int:
    return next((each for each in range(number - 1, max(0, number - 400), -1) if item_of(seed, each).code == code), 0)


@cache
def officers_of(body: str) -> dict[str, str]:
    """Who does what in a body: the same people in all its cases."""
    dice = Random(f"officers/{body}")
    roles = ("receive", "accept", "visit", "second", "review", "decide", "deliver", "archive")
    return {role: invent_name(dice) for role in roles}


def _working(day: date) -> date:
    calendar = rule_pack().calendar
    while not is_working_day(calendar, day):
        day += timedelta(days=1)
    return day


def _after(day: date, days: int) -> date:
    """The day *days* working days after *day*."""
    for _ in range(days):
        day = _working(day + timedelta(days=1))
    return day


def _at(day: date, dice: Random, begin: int = 9, end: int = 17) -> datetime:
    hour = dice.choice([each for each in range(begin, end) if each not in (12, 13)])
    return datetime.combine(day, time(hour, dice.randrange(60), dice.randrange(60)))


def _first_day(dice: Random, item: Item, until: date, base: Case | None) -> date:
    if base is not None:
        room = max(1, (until - base.decided.date()).days - 110)
        return _working(base.decided.date() + timedelta(days=20 + dice.randrange(room)))
    year = dice.choices(_YEARS, _WEIGHTS)[0]
    first = max(date(year, 1, 2), item.versions[0].begins)
    last = min(date(max(year, first.year), 12, 20), until - timedelta(days=90))
    if last <= first:
        first, last = item.versions[0].begins, until - timedelta(days=90)
    return _working(first + timedelta(days=dice.randrange(max(1, (last - first).days))))


def _make(seed: int, number: int, item: Item, until: date, base: Case | None) -> Case:
    dice = Random(f"case/{seed}/{number}")
    day = _first_day(dice, item, until, base)
    parties, enterprise = _applicant(dice, item, day, base)
    outcome = _outcome(dice, item)
    course = _Course(dice, item, day, outcome)
    version = item.version_on(course.accepted.date())
    serial = SERIAL_FROM + number
    year = course.decided.year
    names = enterprise.name if enterprise else "、".join(each.name for each in parties)
    body = item.body
    return Case(
        number=number,
        seed=seed,
        item=item,
        version=version,
        parties=parties,
        enterprise=enterprise,
        title=f"{names}{item.name}",
        office=dice.choice(body.offices),
        answers=tuple((label, dice.choice(choices)) for label, choices in item.asks),
        outcome=outcome,
        result=_result(item, outcome),
        decision_number=f"{body.short}〔{year}〕{number}号",
        licence_number=_licence_number(item, year, number) if outcome == "granted" else "",
        case_number=f"YL{day:%Y%m%d}{serial:06}",
        acceptance_number=f"{body.code}-{course.accepted:%Y}-{serial:06}",
        acts=tuple(course.acts),
        lacking=course.lacking,
        received=course.received,
        accepted=course.accepted,
        decided=course.decided,
        delivered=course.delivered,
        archived=course.archived,
        project=_project(dice, item, day, number),
        follows=base.number if base else 0,
        followed_licence=base.licence_number if base else "",
        choices=_choices(dice, version, enterprise),
    )


def _outcome(dice: Random, item: Item) -> Outcome:
    thrown = dice.random()
    if item.family == "marriage" or thrown > 0.085:
        return "granted"
    return "refused" if thrown < 0.055 else "withdrawn"


def _result(item: Item, outcome: Outcome) -> str:
    if outcome == "granted":
        return item.granted
    if outcome == "refused":
        return "不予许可" if item.type == "01" else "不予办理"
    return "终止办理"


def _licence_number(item: Item, year: int, number: int) -> str:
    prefix = item.prefix.format(year=year)
    if prefix.endswith("第"):
        return f"{prefix}{number:07}号"
    if prefix.endswith("字"):
        return f"{prefix}〔{year}〕第{number}号"
    if prefix.isascii() or prefix[0] == "（" or prefix.endswith("331199"):
        return f"{prefix}{SERIAL_FROM + number:07}"
    return f"{prefix}〔{year}〕{number}号"


def _applicant(dice: Random, item: Item, day: date, base: Case | None) -> tuple[tuple[Person, ...], Enterprise | None]:
    if base is not None:
        return base.parties, base.enterprise
    if item.family == "marriage":
        man = invent_person(dice, on=day, oldest=46, youngest=23, female=False)
        woman = invent_person(dice, on=day, oldest=44, youngest=21, female=True)
        return (man, woman), None
    if item.subject == "enterprise" or (item.subject == "either" and dice.random() < 0.7):
        return (), invent_enterprise(dice, item.trade, on=day)
    old = item.code == "0534000401"
    return (invent_person(dice, on=day, oldest=96 if old else 68, youngest=80 if old else 20),), None


def _project(dice: Random, item: Item, day: date, number: int) -> tuple[str, str, str]:
    """Code, name and place of a construction project, empty where the item is not of one."""
    if not item.project:
        return ("", "", "")
    table: Any = words()["documents"]
    name = f"{dice.choice(table['projects'])}工程（{dice.choice(['一期', '二期', 'A标段', 'B标段', '附属设施'])}）"
    return (
        f"{day.year % 100:02}{day.month:02}-331199-04-01-{number % 1_000_000:06}",
        name,
        invent_address(dice, shop=True),
    )


def _choices(dice: Random, version: Version, enterprise: Enterprise | None) -> tuple[tuple[str, str], ...]:
    """The materials brought: of alternatives the one that suits the applicant, of those not needed every second."""
    found = []
    for slot in version.slots:
        if not slot.needed and dice.random() < 0.5:
            continue
        fitting = [each for each in slot.choices if each[0] != ("id" if enterprise else "licence")] or list(
            slot.choices
        )
        found.append(dice.choice(fitting) if len(slot.choices) > 1 else slot.choices[0])
    return tuple(found)


class _Course:
    """The way of one case through the office, step by step, in working days of the county's calendar."""

    def __init__(self, dice: Random, item: Item, day: date, outcome: Outcome) -> None:
        self._dice = dice
        self._people = officers_of(item.body.code)
        self._says: Any = words()["process"]
        self.acts: list[Act] = []
        self.lacking: tuple[str, ...] = ()
        self.received = self._add(
            "receipt", "收件", "receive", _at(day, dice, 9, 11), "《行政许可法》第二十九条", self._one("receive")
        )
        accepted = self.received + timedelta(minutes=dice.randint(5, 50))
        if item.days > 3 and dice.random() < 0.16:
            accepted = self._correct(day)
        self.accepted = self._add(
            "acceptance", "受理", "accept", accepted, "《行政许可法》第三十二条", self._one("accept")
        )
        if item.days <= 1:
            self._decide(item, outcome, self.accepted + timedelta(minutes=dice.randint(15, 90)))
        else:
            self._examine(item, outcome)
        self.delivered = self._deliver()
        self.archived = _at(_after(self.delivered.date(), dice.randint(1, 6)), dice)
        self._add("other", "归档", "archive", self.archived, "国办发〔2023〕26号", "整理归档，形成归档信息包。")

    def _one(self, name: str) -> str:
        return str(self._dice.choice(self._says[name]))

    def _add(self, step: Step, action: str, who: str, at: datetime, basis: str, opinion: str) -> datetime:
        self.acts.append(Act(step, action, self._people[who], at, basis, opinion))
        return at

    def _correct(self, day: date) -> datetime:
        """One notice of everything that is lacking within five days (Licensing Law Art. 32), and its answer."""
        dice = self._dice
        self.lacking = tuple(dice.sample(self._says["correct"], dice.randint(1, 2)))
        told = _at(_after(day, dice.randint(1, 4)), dice)
        text = f"一次性告知需补正：{'；'.join(self.lacking)}。"
        self._add("correction", "补正告知", "accept", told, "《行政许可法》第三十二条第一款第四项", text)
        mended = _at(_after(told.date(), dice.randint(2, 9)), dice, 9, 16)
        self._add("correction", "确认补正", "accept", mended, "《行政许可法》第三十二条", "补正材料齐全。")
        return mended + timedelta(minutes=20)

    def _examine(self, item: Item, outcome: Outcome) -> None:
        dice = self._dice
        spent = dice.randint(max(1, item.days // 4), max(1, item.days - 1))
        day = _after(self.accepted.date(), max(1, spent // 3) if spent > 1 else 0)
        used = max(1, spent // 3) if spent > 1 else 0
        if item.days >= 10 and dice.random() < 0.06:
            self._add(
                "suspension", "挂起", "review", _at(day, dice, 9, 11), "《行政许可法》第四十五条", self._one("suspend")
            )
            day = _after(day, dice.randint(4, 15))
        visit = self._one("visit") if outcome != "refused" else "现场核查不符合要求，详见核查记录。"
        moment = self._add("examination", "审查", "visit", self._later(day, 9, 12), "《行政许可法》第三十四条", visit)
        day = _after(day, max(0, spent - used - 1))
        said = self._one("refuse") if outcome == "refused" else self._one("review")
        if outcome == "withdrawn":
            said = "申请人书面撤回申请，建议终止办理。"
        moment = max(self._later(day, 9, 12), moment + timedelta(minutes=25))
        self._add("examination", "审核", "review", moment, "《行政许可法》第三十四条", said)
        day = _after(day, 1 if spent > used + 1 else 0)
        self._decide(item, outcome, max(self._later(day, 14, 17), moment + timedelta(minutes=15)))

    def _later(self, day: date, begin: int, end: int) -> datetime:
        return max(_at(day, self._dice, begin, end), self.acts[-1].at + timedelta(minutes=10))

    def _decide(self, item: Item, outcome: Outcome, at: datetime) -> None:
        opinion = self._one("decide") if outcome == "granted" else "同意审核意见。"
        self.decided = self._add("decision", "办结", "decide", at, item.basis, f"{_result(item, outcome)}。{opinion}")

    def _deliver(self) -> datetime:
        dice = self._dice
        way = dice.choice(["窗口领取", "邮寄送达", "电子证照自动推送", "窗口领取"])
        at = self.decided + timedelta(minutes=dice.randint(10, 40))
        if way != "电子证照自动推送" and dice.random() < 0.7:
            at = _at(_after(self.decided.date(), dice.randint(1, 7)), dice)
        return self._add("delivery", "送达", "deliver", at, "《行政许可法》第四十四条", f"{way}，申请人已签收。")


def corrected(case: Case) -> Case:
    """The same case as its department sends it again, a day later."""
    return replace(case, archived=case.archived + timedelta(days=1))
