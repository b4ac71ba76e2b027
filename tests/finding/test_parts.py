"""The index in parts: rights, counts, facets and order against the catalogue itself; records that move; damage."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from lantai.catalog.models import Grant, Record
from lantai.catalog.queries import visible
from lantai.catalog.services import ConfirmedComponents, NewRecord, confirm_components, register_records
from lantai.finding import queries
from lantai.finding.models import IndexBuild
from lantai.finding.queries import found_ids, search_records, suggest_items
from lantai.finding.search import Filters, index_folder, parts, plan_parts, rank, searching
from lantai.finding.services import follow_ledger, indexing, rebuild_index
from lantai.finding.services.indexing import release_writers
from lantai.finding.text import question_parts
from lantai.ledger.services import sequence_entries
from lantai.work.models import Job, JobState
from lantai.work.services import run_jobs
from tests.catalog.records import ARCHIVIST, LEADER, PUBLIC, SUPERVISOR, department, new_record

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
PLACES = ["城关镇", "石桥镇", "青溪乡"]
READERS = [ARCHIVIST, LEADER, SUPERVISOR, PUBLIC, department(1), department(2), department(9)]


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(queries, "_RELOAD_SECONDS", 0.0)
    monkeypatch.setattr(parts, "PART_RECORDS", 30)
    yield
    release_writers()


def enter(*records: NewRecord) -> None:
    with transaction.atomic():
        register_records(records=records, by="t", now=NOW)
    while sequence_entries():
        pass


def catch_up() -> None:
    while sequence_entries():
        pass
    while follow_ledger(now=timezone.now()):
        pass


def varied(count: int) -> list[NewRecord]:
    chance = random.Random(3)
    return [
        new_record(
            n,
            title=f"关于{chance.choice(PLACES)}{chance.choice(['小餐饮店登记', '建房审批'])}的批复",
            applicant=chance.choice(["欧阳建国", "胡宁国", "青禾合作社"]),
            item_name=chance.choice(["小餐饮店登记", "建房审批", "取水许可"]),
            organisation_id=chance.randint(1, 3),
            fonds_code=chance.choice(["J019", "J020"]),
            year=2010 + n % 12,
            formed_on=date(2010 + n % 12, 1 + n % 12, 1 + n % 28),
            open_state=chance.choice(["open", "controlled", "unreviewed"]),
            secrecy=chance.choice([0, 0, 0, 1]),
            sharing=chance.choice(["01", "02", ""]),
            personal=chance.random() < 0.5,
            result=chance.choice(["准予", "不予"]),
        )
        for n in range(1, count + 1)
    ]


def test_totals_hits_facets_and_years_are_those_of_the_catalogue_for_every_reader() -> None:
    enter(*varied(200))
    Grant.objects.create(
        record=Record.objects.filter(open_state="controlled", sharing="02").exclude(organisation_id=9)[0],
        person_id=department(9).person_id,
        acts=" exist describe ",
        until=timezone.localdate(),
        basis="批准利用",
        given_by="person:1",
        given_at=NOW,
    )
    catch_up()
    assert len(IndexBuild.objects.get().parts) > 4
    for reader in READERS:
        seen = Record.objects.filter(visible(reader))
        bare = search_records(question="", reader=reader, limit=500)
        assert bare.total == seen.count(), reader.role
        assert not bare.estimated
        assert {each.record.id for each in bare.hits} == set(seen.values_list("pk", flat=True))
        assert dict(bare.facets.get("item", ())) == Counter(seen.values_list("item_name", flat=True))
        assert dict(bare.years) == Counter(seen.values_list("year", flat=True))
        worded = search_records(question="小餐饮店", reader=reader, limit=500)
        wanted = seen.filter(title__contains="小餐饮店") | seen.filter(item_name__contains="小餐饮店")
        assert {each.record.id for each in worded.hits} == set(wanted.values_list("pk", flat=True))
        assert dict(worded.facets.get("fonds", ())) == Counter(wanted.values_list("fonds_code", flat=True))
        some = Filters(fonds=("J020",), result=("准予",), day_from=20130401, day_to=20180930)
        narrowed = search_records(question="", reader=reader, filters=some, limit=500)
        exact = seen.filter(
            fonds_code="J020", result="准予", formed_on__gte=date(2013, 4, 1), formed_on__lte=date(2018, 9, 30)
        )
        assert narrowed.total == exact.count()
        assert {each.record.id for each in narrowed.hits} == set(exact.values_list("pk", flat=True))


def test_suggestions_count_only_what_the_reader_may_know_of() -> None:
    enter(
        new_record(1, item_name="小餐饮店登记", open_state="open"),
        new_record(2, item_name="小餐饮店登记", open_state="controlled"),
        new_record(3, item_name="餐饮服务许可", open_state="controlled"),
    )
    catch_up()
    assert suggest_items(typed="餐饮", reader=ARCHIVIST) == [("餐饮服务许可", 1), ("小餐饮店登记", 2)]
    assert suggest_items(typed="餐饮", reader=PUBLIC) == [("小餐饮店登记", 1)]
    assert suggest_items(typed=" ", reader=ARCHIVIST) == []


@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
@pytest.mark.parametrize("question", ["小餐饮店", "城关 审批", "建国", ""])
def test_stopping_early_gives_what_asking_every_part_gives(question: str, sort: str) -> None:
    enter(*varied(150))
    catch_up()
    index = queries._index()
    assert index is not None
    asked = queries._asked(index, question_parts(question), ARCHIVIST, None)
    for limit in (1, 10, 40):
        early = rank(index.parts, asked, sort=sort, limit=limit)
        whole = rank(index.parts, asked, sort=sort, limit=limit, stop_early=False)
        assert early.ids == whole.ids
        assert not early.partial
    days = [Record.objects.get(pk=each).formed_on for each in rank(index.parts, asked, sort="newest", limit=60).ids]
    assert days == sorted(days, reverse=True)


def test_a_whole_code_comes_before_a_title_a_title_before_a_text_and_the_newer_of_equals_first() -> None:
    enter(
        new_record(1, title="排水", formed_on=date(2011, 1, 1)),
        new_record(2, title="排烟设施", formed_on=date(2012, 1, 1)),
        new_record(3, title="排烟设施", formed_on=date(2025, 1, 1)),
        new_record(4, title="环评", document_number="排烟", formed_on=date(2010, 1, 1)),
        *(new_record(n, formed_on=date(2015, 1, 1) + timedelta(days=n)) for n in range(5, 60)),
    )
    first = Record.objects.get(record_code=f"E{1:026d}")
    confirm_components(
        confirmed=[ConfirmedComponents(first.pk, first.record_code, [], "经现场核查，后厨排烟符合要求。")],
        by="t",
        now=NOW,
    )
    catch_up()
    found = search_records(question="排烟", reader=ARCHIVIST).hits
    assert [int(each.record.record_code[1:]) for each in found] == [4, 3, 2, 1]


def test_large_counts_by_value_are_estimates_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "SAMPLED", 1)
    monkeypatch.setattr(searching, "EXACT", 10)
    enter(*varied(120))
    catch_up()
    few = search_records(question="胡宁国", reader=ARCHIVIST, filters=Filters(years=(2012,), result=("准予",)))
    many = search_records(question="批复", reader=ARCHIVIST)
    assert 0 < few.total <= 10
    assert not few.estimated
    assert many.estimated
    assert dict(many.facets["item"]) == Counter(Record.objects.values_list("item_name", flat=True))
    assert many.total == 120


def test_what_takes_too_long_is_cut_off_and_called_partial(monkeypatch: pytest.MonkeyPatch) -> None:
    enter(*varied(150))
    catch_up()
    index = queries._index()
    assert index is not None
    asked = queries._asked(index, question_parts("批复"), ARCHIVIST, None)
    cut = rank(index.parts, asked, sort="relevance", limit=150, seconds=0.0)
    assert cut.partial
    assert 0 < len(cut.ids) < 150


def test_a_record_whose_day_changes_goes_to_another_part_and_is_found_once() -> None:
    enter(*varied(100))
    catch_up()
    moved = Record.objects.order_by("formed_on").first()
    assert moved is not None
    Record.objects.filter(pk=moved.pk).update(formed_on=date(2024, 5, 5), title="云岭石刻")
    IndexBuild.objects.update(position=0)
    catch_up()
    assert [each.record.id for each in search_records(question="云岭石刻", reader=ARCHIVIST).hits] == [moved.pk]
    assert search_records(question="", reader=ARCHIVIST).total == 100
    assert found_ids(question="", reader=ARCHIVIST, sort="newest", limit=1) == [moved.pk]


def test_parts_are_cut_between_days_and_a_grown_archive_gets_a_new_one() -> None:
    assert plan_parts([(20200101, 5), (20200102, 5), (20200103, 50), (20200104, 1)], size=10) == [0, 20200103, 20200104]
    assert plan_parts([]) == [0]
    enter(*(new_record(n, formed_on=date(2020, 1, 1)) for n in range(1, 70)))
    catch_up()
    assert IndexBuild.objects.get().parts == [0]
    enter(new_record(70, formed_on=date(2020, 1, 1)))
    catch_up()
    plan = IndexBuild.objects.get().parts
    assert len(plan) == 2
    ahead = timezone.now().date() + timedelta(days=40)
    enter(new_record(71, title="来日登记", formed_on=ahead, year=ahead.year))
    catch_up()
    assert (index_folder(IndexBuild.objects.get().name) / "001" / "meta.json").exists()
    assert search_records(question="来日", reader=ARCHIVIST).total == 1
    assert search_records(question="", reader=ARCHIVIST).total == 71


@pytest.mark.parametrize("damage", ["deleted", "truncated", "segments"])
def test_damaged_files_are_noticed_and_the_index_made_anew(damage: str) -> None:
    enter(*varied(60))
    catch_up()
    folder = index_folder(IndexBuild.objects.get().name) / "000"
    release_writers()
    parts.forget_open(folder.parent.name)
    for each in sorted(folder.iterdir()):
        if damage == "deleted" or (damage == "segments" and each.suffix == ".term"):
            each.unlink()
        elif damage == "truncated" and each.name == "meta.json":
            each.write_bytes(each.read_bytes()[:40])
    broken = search_records(question="批复", reader=ARCHIVIST)
    assert broken.total == 0
    assert not queries.index_ready()
    assert queries.index_state()["state"] == "正在重建"
    catch_up()
    assert search_records(question="批复", reader=ARCHIVIST).total == 60


def test_a_large_index_is_made_by_a_job_that_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    enter(*varied(60))
    catch_up()
    monkeypatch.setattr(indexing, "AT_ONCE", 10)
    IndexBuild.objects.update(schema="older")
    assert [follow_ledger(now=timezone.now()) for _turn in range(3)] == [0, 0, 0]
    job = Job.objects.get(key="finding.rebuild")
    assert job.state == JobState.WAITING
    release_writers()
    assert run_jobs(drain=True) == 1
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == (JobState.DONE, 60, 60)
    assert rebuild_index.call(now=timezone.now().isoformat(), where_needed=True) == 0
    assert search_records(question="批复", reader=ARCHIVIST).total == 60
