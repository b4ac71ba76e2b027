"""What the search room must withstand: questions nobody should ask, a full disk, a clock that goes back."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.catalog.models import Record
from lantai.catalog.services import ConfirmedComponents, register_records
from lantai.catalog.services import confirm_components as confirm
from lantai.finding import queries
from lantai.finding.models import IndexBuild
from lantai.finding.queries import search_records
from lantai.finding.services import follow_ledger
from lantai.finding.services.indexing import release_writers
from lantai.finding.text import fragments, normalise, question_parts, word_terms
from lantai.ledger.services import sequence_entries
from tests.catalog.records import ARCHIVIST, PUBLIC, new_record

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
ODD = [
    "的 了 和 是 在",
    "(((((" * 200,
    ")))) OR AND NOT -",
    "(.*)*x" * 100,
    "a?" * 500 + "a" * 500,
    "餐\0\x01\x1b[31m饮",
    "餐\ud800饮许可",
    "\u202e餐饮",
    "餐饮" * 5_000,
    "👩‍👩‍👧‍👦 許可 ｶﾀｶﾅ",
    "%' OR 1=1 --",
    "<script>alert(1)</script>",
]
FULL = """
import os, resource, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
from django.conf import settings
settings.DATABASES["default"]["NAME"] = os.environ["LANTAI_TEST_DATABASE_NAME"]
import django; django.setup()
from django.utils import timezone
from lantai.finding.services import follow_ledger
from lantai.finding.services.writing import IndexUnwritable
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
try:
    follow_ledger(now=timezone.now())
except IndexUnwritable as error:
    print("unwritable")
"""


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(queries, "_RELOAD_SECONDS", 0.0)
    yield
    release_writers()


def enter(first: int, count: int) -> None:
    with transaction.atomic():
        register_records(records=[new_record(n) for n in range(first, first + count)], by="t", now=NOW)
    while sequence_entries():
        pass


def catch_up() -> None:
    while follow_ledger(now=timezone.now()):
        pass


def test_questions_nobody_should_ask_are_answered() -> None:
    enter(1, 3)
    catch_up()
    chance = random.Random(5)
    long = ["".join(chance.choices("餐饮许可登记批复abc 0189", k=10_000)) for _each in range(3)]
    for question in [*ODD, *long]:
        for reader in (ARCHIVIST, PUBLIC):
            assert search_records(question=question, reader=reader).total in range(4)
        assert sum(len(each.words) + len(each.fragments) for each in question_parts(question)) < 1_000


def test_a_text_with_half_a_surrogate_is_indexed() -> None:
    enter(1, 1)
    text = "经核查，后厨排\ud800烟设施符合要求。"
    record = Record.objects.get()
    confirm(confirmed=[ConfirmedComponents(record.pk, record.record_code, [], text)], by="t", now=NOW)
    while sequence_entries():
        pass
    catch_up()
    assert search_records(question="符合要求", reader=ARCHIVIST).total == 1


@settings(max_examples=150)
@given(st.text(max_size=40), st.integers(0, 38), st.integers(2, 12))
def test_where_a_fragment_stands_all_it_asks_for_stands(text: str, start: int, size: int) -> None:
    """The law by which any fragment is found: what a piece needs is among what a text that holds it has."""
    text = normalise(text)
    piece = text[start : start + size]
    if len(piece) < 2 or not piece.isalnum():
        return
    held = fragments(text)
    for part in question_parts(piece):
        assert set(part.fragments) <= held
        if part.whole_words:
            assert set(part.words) <= held | set(word_terms(text))


def test_a_full_disk_stops_the_indexer_and_loses_nothing() -> None:
    enter(1, 20)
    catch_up()
    release_writers()
    before = IndexBuild.objects.get().position
    enter(21, 20)
    told = subprocess.run(
        [sys.executable, "-c", FULL],
        env=os.environ | {"LANTAI_TEST_DATABASE_NAME": str(connection.settings_dict["NAME"])},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert told.stdout.strip() == "unwritable", told.stderr
    assert IndexBuild.objects.get().position == before
    assert search_records(question="餐饮", reader=ARCHIVIST).total == 20
    catch_up()
    assert search_records(question="餐饮", reader=ARCHIVIST).total == 40


def test_a_clock_that_goes_back_does_not_stop_the_index() -> None:
    enter(1, 5)
    catch_up()
    enter(6, 5)
    while follow_ledger(now=timezone.now() - timedelta(days=4000)):
        pass
    assert search_records(question="餐饮", reader=ARCHIVIST).total == 10
