"""The format register: what is shipped, what people decide over it, the counts, and the work of lacking plans."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from django.utils import timezone

from lantai.administration.models import Organisation
from lantai.administration.queries.people import Reader, Role
from lantai.administration.services.people_access import CONSOLE
from lantai.archival.formats import formats
from lantai.catalog.components import pack_components, unpack_components
from lantai.catalog.models import Record, RecordState, Representation, Secrecy
from lantai.ledger.queries import list_entries
from lantai.ledger.services import reset_cursor
from lantai.preservation.models import CopyRule, FormatCount, FormatDecision, HeldFormat
from lantai.preservation.queries import (
    copied_families,
    copy_rules,
    format_lines,
    format_register,
    records_behind,
    unplanned_formats,
)
from lantai.preservation.register import AT_RISK, GRADES, TARGETS, WISHES, shipped_register
from lantai.preservation.services import PlanRefused, count_records, decide_format, set_copy_rule
from lantai.work.models import DueWork
from tests.catalog.records import ARCHIVIST, PUBLIC, new_record
from tests.preservation.holdings import count, take_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]


def duties() -> set[str]:
    return set(DueWork.objects.filter(kind="preservation-format", finished_at=None).values_list("subject", flat=True))


def test_the_shipped_register_judges_every_format_we_know() -> None:
    register = shipped_register()
    assert set(register) == {each.puid for each in formats()}
    for entry in register.values():
        assert entry.grade in GRADES
        assert entry.target in TARGETS
        assert not entry.target or entry.way
        assert entry.zh
        assert entry.en
        assert len(entry.wishes) == len(WISHES)
    assert register["fmt/477"].grade == "low"
    assert register["fmt/40"].grade == "high"
    assert register["lantai/ofd"].target == "pdfa-2b"


@pytest.mark.database
def test_formats_at_risk_without_plan_become_work_until_there_is_one(body: Organisation) -> None:
    take_in(body, 71)
    lacking = unplanned_formats()
    assert lacking["lantai/ofd"] == "no-rule"
    assert duties() == set(lacking)
    set_copy_rule(fonds_code="", classes="", families=["pdf", "ofd"], by=CONSOLE, now=timezone.now())
    assert duties() == set(unplanned_formats()) == set()
    decide_format(puid="fmt/101", grade="high", target="", reason="旧式标记", by=CONSOLE, now=timezone.now())
    assert unplanned_formats() == {}  # somebody decided that it stays as it is
    set_copy_rule(fonds_code="", classes="", families=None, by=CONSOLE, now=timezone.now())
    assert "lantai/ofd" in duties()
    told = {each.kind for each in list_entries(kinds=("preservation.rule-set", "preservation.format-decided"))}
    assert told == {"preservation.rule-set", "preservation.format-decided"}


def test_a_format_that_comes_anew_and_that_nobody_judged_becomes_work(body: Organisation) -> None:
    record = take_in(body, 72)
    form = Representation.objects.get(record=record)
    files = [*unpack_components(bytes(form.components))]
    files[0] = replace(files[0], puid="fmt/9999", format="", format_name="An unheard-of format")
    Representation.objects.filter(pk=form.pk).update(components=pack_components(files))
    count_records(record_codes=[record.record_code], now=timezone.now())
    assert "fmt/9999" in duties()
    assert DueWork.objects.get(subject="fmt/9999").title == "An unheard-of format"
    decide_format(puid="fmt/9999", grade="low", target="", reason="公开的文本格式", by=CONSOLE, now=timezone.now())
    assert "fmt/9999" not in duties()
    assert format_register()["fmt/9999"].name == "An unheard-of format"


def test_a_decision_is_a_version_with_before_and_after() -> None:
    first = decide_format(puid="fmt/40", grade="medium", target="pdfa-2b", reason="甲", by=CONSOLE, now=timezone.now())
    again = decide_format(puid="fmt/40", grade="medium", target="pdfa-2b", reason="甲", by=CONSOLE, now=timezone.now())
    second = decide_format(puid="fmt/40", grade="high", target="pdfa-2b", reason="乙", by=CONSOLE, now=timezone.now())
    assert (bool(first), again, second > first) == (True, 0, True)
    entry = format_register()["fmt/40"]
    assert (entry.grade, entry.reason, entry.decided, entry.number) == ("high", "乙", True, second)
    told = [each.detail for each in reversed(list_entries(kinds=("preservation.format-decided",))) if each.detail]
    assert [each["before"]["grade"] for each in told] == ["high", "medium"]
    assert [each["after"]["grade"] for each in told] == ["medium", "high"]
    assert FormatDecision.objects.count() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"grade": "none"},
        {"target": "docx"},
        {"reason": "  "},
        {"puid": "fmt/101", "target": "pdfa-2b"},
    ],
)
def test_decisions_that_make_no_sense_are_refused(wrong: dict[str, str]) -> None:
    asked = {"puid": "fmt/40", "grade": "high", "target": "", "reason": "甲"} | wrong
    with pytest.raises(PlanRefused):
        decide_format(by=CONSOLE, now=timezone.now(), **asked)
    assert not FormatDecision.objects.exists()


def test_rules_that_name_what_is_not_there_are_refused(body: Organisation) -> None:
    for wrong in ({"fonds_code": "9999"}, {"classes": "XX"}, {"families": ["video"]}):
        asked = {"fonds_code": "", "classes": "", "families": ["pdf"]} | wrong
        with pytest.raises(PlanRefused):
            set_copy_rule(by=CONSOLE, now=timezone.now(), **asked)
    assert not CopyRule.objects.exists()


def test_the_most_particular_rule_counts(body: Organisation) -> None:
    for fonds, classes, families in (
        ("", "", ["pdf"]),
        ("", "ZY", ["ofd"]),
        ("", "ZY·XK", ["image"]),
        ("0059", "", ["office"]),
    ):
        set_copy_rule(fonds_code=fonds, classes=classes, families=families, by=CONSOLE, now=timezone.now())
    rules = copy_rules()

    def of(fonds: str, category: str, class_code: str) -> tuple[str, ...]:
        return copied_families(rules=rules, fonds=fonds, category=category, class_code=class_code)

    assert of("0060", "WS", "") == ("pdf",)
    assert of("0060", "ZY", "QT") == ("ofd",)
    assert of("0060", "ZY", "XK") == ("image",)
    assert of("0059", "ZY", "XK") == ("office",)


def naive_counts() -> Counter[tuple[str, str, str]]:
    """The figures of every format in every fonds, counted record by record."""
    found: Counter[tuple[str, str, str]] = Counter()
    for form in Representation.objects.filter(kind="received", record__state=RecordState.HELD):
        seen = set()
        for each in unpack_components(bytes(form.components)):
            place = (form.record.fonds_code, each.puid)
            found[(*place, "files")] += 1
            found[(*place, "bytes")] += each.size
            if place not in seen:
                found[(*place, "records")] += 1
            seen.add(place)
    return +found


def kept_counts() -> Counter[tuple[str, str, str]]:
    found: Counter[tuple[str, str, str]] = Counter()
    for each in FormatCount.objects.all():
        for name in ("records", "files", "bytes"):
            found[each.fonds_code, each.puid, name] += getattr(each, name)
    return +found


@pytest.mark.parametrize("seed", range(3))
def test_counts_kept_step_by_step_are_those_of_a_slow_count(seed: int) -> None:
    chance = random.Random(seed)
    records = [_invented(number, chance) for number in range(12)]
    codes = [each.record_code for each in records]
    for _step in range(15):
        part = chance.sample(codes, 4)
        for code in part:
            _changed(code, chance)
        count_records(record_codes=part, now=timezone.now())
        count_records(record_codes=part, now=timezone.now())  # twice is once
    count_records(record_codes=codes, now=timezone.now())
    assert kept_counts() == naive_counts()
    assert HeldFormat.objects.count() == sum(n for (*_place, what), n in naive_counts().items() if what == "records")


def _invented(number: int, chance: random.Random) -> Record:
    told = new_record(number)
    values = {
        name: getattr(told, name) for name in ("record_code", "fonds_code", "category_code", "class_code", "year")
    }
    record = Record.objects.create(
        **values,
        retention="D30",
        title=told.title,
        creator=told.creator,
        formed_on=told.formed_on,
        organisation_id=1,
        accessioned_at=timezone.now(),
        changed_at=timezone.now(),
    )
    Representation.objects.create(
        record=record, object_id=f"o{number}", path="p", container="zip", bytes=1, sha512="", components=_files(chance)
    )
    return record


def _files(chance: random.Random) -> bytes:
    puids = ("fmt/18", "fmt/43", "fmt/412", "")
    return pack_components(
        [
            {"path": f"{n}", "size": chance.randrange(1, 99), "puid": chance.choice(puids), "method": "stored"}
            | {"stored_size": 1, "offset": 0}
            for n in range(chance.randrange(0, 6))
        ]
    )


def _changed(code: str, chance: random.Random) -> None:
    match chance.randrange(4):
        case 0:
            Representation.objects.filter(record__record_code=code).update(components=_files(chance))
        case 1:
            Record.objects.filter(record_code=code).update(fonds_code=chance.choice(("J019", "J020")))
        case 2:
            Record.objects.filter(record_code=code).update(
                state=chance.choice((RecordState.HELD, RecordState.DESTROYED))
            )
        case _:
            Record.objects.filter(record_code=code).update(secrecy=chance.choice((0, 1)))


def test_counts_and_lists_ask_the_access_rule(body: Organisation) -> None:
    plain, restricted = take_in(body, 73), take_in(body, 74)
    Record.objects.filter(pk=restricted.pk).update(secrecy=Secrecy.RESTRICTED)
    count_records(record_codes=[restricted.record_code], now=timezone.now())
    low = Reader(person_id=5, username="b", name="档案员", role=Role.ARCHIVIST, clearance=Secrecy.PUBLIC)

    def seen(reader: Reader) -> tuple[int, list[str]]:
        lines = {each.entry.puid: each.records for each in format_lines(reader=reader)}
        found, total = records_behind(puid="lantai/ofd", reader=reader)
        assert total == lines.get("lantai/ofd", 0)
        return total, [each.record_code for each, *_figures in found]

    assert seen(ARCHIVIST) == (2, [restricted.record_code, plain.record_code])
    assert seen(low) == (1, [plain.record_code])
    assert seen(PUBLIC) == (0, [])
    assert all(each.entry.grade in AT_RISK or each.entry.grade == "low" for each in format_lines(reader=low))


def test_the_follower_counts_again_from_the_first_entry_and_finds_the_same(body: Organisation) -> None:
    take_in(body, 75)
    before = kept_counts()
    reset_cursor(follower="preservation.formats")
    HeldFormat.objects.all().delete()
    FormatCount.objects.all().delete()
    count()
    assert kept_counts() == before
