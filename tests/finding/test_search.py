"""Search over a real index: fragments, words, codes, filters, counts, rights in the query, rebuild without a gap."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.db import transaction
from django.utils import timezone

from lantai.administration.queries.people import Reader
from lantai.catalog.models import Grant, Record
from lantai.catalog.services import ConfirmedComponents, NewRecord, confirm_components, register_records
from lantai.finding import queries
from lantai.finding.models import IndexBuild
from lantai.finding.queries import search_records
from lantai.finding.search import Filters, index_folder
from lantai.finding.services import follow_ledger, rebuild_index
from lantai.finding.services.indexing import release_writers
from lantai.ledger.services import sequence_entries
from tests.catalog.records import ARCHIVIST, LEADER, PUBLIC, department, new_record

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _fresh_index(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(queries, "_RELOAD_SECONDS", 0.0)
    yield
    release_writers()


def enter(*records: NewRecord) -> None:
    with transaction.atomic():
        register_records(records=records, by="t", now=NOW)
    catch_up()


def catch_up() -> None:
    while sequence_entries():
        pass
    while follow_ledger(now=timezone.now()):
        pass


def found(question: str, reader: Reader = ARCHIVIST, **more: object) -> list[str]:
    result = search_records(question=question, reader=reader, **more)  # type: ignore[arg-type]
    return sorted(hit.record.record_code for hit in result.hits)


def code(number: int) -> str:
    return f"E{number:026d}"


def test_any_fragment_of_two_characters_of_a_name_is_found() -> None:
    names = ["欧阳建国", "胡宁国", "云岭县青禾农业专业合作社", "李四", "A8汽修店"]
    enter(*(new_record(n, applicant=name, title="餐饮许可") for n, name in enumerate(names, 1)))
    for number, name in enumerate(names, 1):
        for start in range(len(name)):
            for end in range(start + 2, len(name) + 1):
                assert code(number) in found(name[start:end]), name[start:end]


def test_fragments_of_titles_numbers_and_addresses_against_plain_substring_search() -> None:
    chance = random.Random(7)
    places = ["城关镇", "石桥镇", "青溪乡", "马家沟村", "解放路"]
    records = [
        new_record(
            n,
            title=f"关于{chance.choice(places)}{chance.choice(['小餐饮店', '建房', '取水'])}的批复",
            address=f"云岭县{chance.choice(places)}{chance.randint(1, 300)}号",
            document_number=f"云审批〔20{chance.randint(10, 26)}〕{chance.randint(1, 99)}号",
        )
        for n in range(1, 120)
    ]
    enter(*records)
    for _attempt in range(150):
        origin = chance.choice(records)
        text = chance.choice([origin.title, origin.address, origin.document_number])
        start = chance.randrange(len(text) - 2)
        fragment = text[start : start + chance.randint(2, 5)].strip("〔〕")
        if len(fragment) < 2:
            continue
        bare = str.maketrans("", "", "〔〕")
        wanted = {
            each.record_code
            for each in records
            for value in (each.title, each.address, each.document_number)
            if fragment.translate(bare) in value.translate(bare)
        }
        result = search_records(question=fragment, reader=ARCHIVIST, limit=500)
        assert wanted <= {hit.record.record_code for hit in result.hits}, fragment


def test_codes_words_and_texts_are_found() -> None:
    enter(
        new_record(1, title="小餐饮店登记", case_number="BJ-2026-0001"),
        new_record(2, title="宅基地建房审批", document_number="云审批〔2026〕12号"),
    )
    first = Record.objects.get(record_code=code(1))
    confirm_components(
        confirmed=[ConfirmedComponents(first.pk, code(1), [], "经现场核查，后厨排烟设施符合要求。")], by="t", now=NOW
    )
    catch_up()
    assert found("BJ-2026-0001") == [code(1)]
    assert found("J019-ZY·XK·2026·D30-000002") == [code(2)]
    assert found("〔2026〕12号") == [code(2)]
    assert found("排烟 设施") == [code(1)]
    hit = search_records(question="排烟", reader=ARCHIVIST).hits[0]
    assert "<mark>排烟</mark>" in hit.snippet
    assert found("不存在的词语") == []


def test_marks_escape_what_they_mark() -> None:
    enter(new_record(1, title="<b>餐饮</b> & 许可"))
    hit = search_records(question="餐饮", reader=ARCHIVIST).hits[0]
    assert hit.title_marked == "&lt;b&gt;<mark>餐饮</mark>&lt;/b&gt; &amp; 许可"


def test_rights_are_inside_the_query_and_its_counts() -> None:
    enter(
        new_record(1, organisation_id=1, title="餐饮 甲", applicant="欧阳建国"),
        new_record(2, organisation_id=2, title="餐饮 乙", applicant="欧阳建国", open_state="open"),
        new_record(3, organisation_id=2, title="餐饮 丙", secrecy=1, sharing="01"),
    )
    assert found("餐饮") == [code(1), code(2), code(3)]
    assert found("餐饮", department(1)) == [code(1), code(2)]
    assert found("餐饮", PUBLIC) == [code(2)]
    public = search_records(question="餐饮", reader=PUBLIC)
    assert public.total == 1
    assert sum(count for _name, count in public.facets["category"]) == 1
    assert found("欧阳", department(1)) == [code(1)]
    assert found("欧阳", PUBLIC) == []
    assert found("欧阳", LEADER) == []


def test_a_grant_opens_one_record_in_search_too() -> None:
    enter(new_record(1, open_state="controlled"), new_record(2, open_state="controlled"))
    stranger = department(9)
    assert found("餐饮", stranger) == []
    Grant.objects.create(
        record=Record.objects.get(record_code=code(2)),
        person_id=stranger.person_id,
        acts=" exist describe ",
        until=timezone.localdate(),
        basis="批准利用",
        given_by="person:1",
        given_at=NOW,
    )
    assert found("餐饮", stranger) == [code(2)]


def test_filters_facets_sorting_and_years() -> None:
    enter(
        *(
            new_record(
                n,
                year=2020 + n % 3,
                formed_on=date(2020 + n % 3, 1, n),
                item_name="餐饮" if n % 2 else "建房",
                result="准予",
            )
            for n in range(1, 13)
        )
    )
    everything = search_records(question="", reader=ARCHIVIST)
    assert everything.total == 12
    assert dict(everything.facets["item"]) == {"餐饮": 6, "建房": 6}
    assert everything.years == ((2020, 4), (2021, 4), (2022, 4))
    one = search_records(question="", reader=ARCHIVIST, filters=Filters(item=("餐饮",), years=(2021,)), sort="oldest")
    days = [hit.record.formed_on for hit in one.hits]
    assert one.total == 2
    assert days == sorted(days)
    assert search_records(question="", reader=ARCHIVIST, filters=Filters(day_from=20220101, day_to=20220105)).total == 2


def test_a_record_closed_a_moment_ago_is_not_shown() -> None:
    enter(new_record(1, open_state="open"))
    assert found("餐饮", PUBLIC) == [code(1)]
    Record.objects.update(open_state="controlled")
    assert found("餐饮", PUBLIC) == []


def test_a_killed_indexer_repeats_its_batch_and_nothing_is_doubled() -> None:
    enter(new_record(1), new_record(2))
    IndexBuild.objects.update(position=0)
    catch_up()
    assert search_records(question="餐饮", reader=ARCHIVIST).total == 2


def test_a_rebuild_swaps_without_a_gap_and_goes_on_after_a_break() -> None:
    enter(*(new_record(n) for n in range(1, 6)))
    old = IndexBuild.objects.get(current=True)
    half = IndexBuild.objects.create(
        name="half", schema=old.schema, position=old.position, last_record=0, begun_at=timezone.now()
    )
    rebuild_index.call(now=timezone.now().isoformat())
    release_writers()
    new = IndexBuild.objects.get()
    assert (new.pk, new.current, new.filled) == (half.pk, True, True)
    assert not index_folder(old.name).exists()
    assert search_records(question="餐饮", reader=ARCHIVIST).total == 5
    enter(new_record(6))
    assert search_records(question="餐饮", reader=ARCHIVIST).total == 6


def test_an_index_of_another_schema_is_made_anew() -> None:
    enter(new_record(1))
    IndexBuild.objects.update(schema="older")
    follow_ledger(now=timezone.now())
    assert IndexBuild.objects.get().schema != "older"
    assert found("餐饮") == [code(1)]


@pytest.mark.parametrize(
    "question",
    ["", " ", "\0", "\ud800", "a" * 5000, "')(*&^%", "\u202e餐饮", "AND OR NOT", "-1", "[x TO y]", "餐" * 300],
)
def test_naughty_questions_are_answered(question: str) -> None:
    enter(new_record(1))
    assert search_records(question=question, reader=ARCHIVIST).total in (0, 1)
