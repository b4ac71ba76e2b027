"""Is everything found in a moment when the archive is as large as a province?

As many case records as asked for (``--records``, 100,000 unless said) are made by seed, streamed into the catalogue and
indexed by the archive's own rebuild. Then one archivist asks, through the search room's own door, with totals and
facets as the page shows them: rare, medium and common words, three words together, fragments of names, exact numbers,
filtered questions, lists by date, the first page of everything, questions as natural language resolves them, long
phrases of frequent words, suggestions. Every class is timed on the wall and by processor; ``p95_ms`` is the worst of
the classes that have 100 ms. ``fragment_recall`` compares with plain substring search over the whole corpus;
``order_recall`` with an engine that stops nowhere early. Four clients ask at once. With ``--peers`` SQLite FTS5 and
PostgreSQL GIN answer beside, over the same terms.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.make_corpus import DEPARTMENTS, PHRASES, Case, make_corpus, world
from bench.packages import bench_county_data
from bench.pages import sign_in
from bench.report import Bar, clock, finish, lantai_home, say
from bench.search_peers import ask_peers

QUESTIONS, CLIENTS, CLIENT_QUESTIONS, TRUTHS = 60, 4, 40, 90
PAGES = ("/", "/work/", "/search/", "/arrange/", "/describing/", "/preservation/", "/handover/")


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="6,000 records, under 60 seconds, the same figures")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, default=None, help="where to work; its file system is what is measured")
    parser.add_argument("--peers", action="store_true", help="SQLite FTS5 and PostgreSQL beside, over the same terms")
    given = parser.parse_args()
    if given.quick:
        given.records = 6_000
    return given


def fill_catalogue(records: int) -> None:
    """The corpus as rows of the catalogue, with the texts of the one in twenty that has one."""
    import zlib

    from django.db import transaction
    from django.utils import timezone

    from lantai.catalog.models import ComponentText, Record

    now = timezone.now()
    left_out = {"number", "body"}
    names = [each for each in Case.__dataclass_fields__ if each not in left_out]
    for at, stretch in enumerate(batches(make_corpus(records=records), 2_000)):
        with transaction.atomic():
            rows = Record.objects.bulk_create(
                [
                    Record(**{name: getattr(each, name) for name in names}, accessioned_at=now, changed_at=now)
                    for each in stretch
                ]
            )
            ComponentText.objects.bulk_create(
                [
                    ComponentText(
                        record=row, body=zlib.compress(each.body.encode()), characters=len(each.body), extracted_at=now
                    )
                    for row, each in zip(rows, stretch, strict=True)
                    if each.body
                ]
            )
        if at % 50 == 49:
            say(f"  {(at + 1) * 2_000:,} in the catalogue")


def batches(values: Iterator[Case], size: int) -> Iterator[list[Case]]:
    """Stretches of *size*."""
    while stretch := list(islice(values, size)):
        yield stretch


def questions(records: int) -> dict[str, list[dict[str, Any]]]:
    """The questions of every class, by seed, from records spread over the whole corpus."""
    from lantai.finding.search import Filters

    chance = random.Random(7)
    cases = some_cases(chance, records, QUESTIONS * 4)
    drawn = world()
    short = [each[:4] for each in PHRASES]
    spread = cases[:QUESTIONS]
    rare = [each.address.split("路")[0][-4:-1] for each in cases[QUESTIONS : 2 * QUESTIONS]]
    return {
        "rare": [{"question": each} for each in rare],
        "medium": [{"question": each.item_name} for each in spread],
        "common": [{"question": each} for each in (short * 2)[:QUESTIONS]]
        + [{"question": "许可"}, {"question": "登记"}],
        "three": [{"question": f"{each.creator[:3]} {each.item_name[:-2]} {each.applicant[:2]}"} for each in spread],
        "fragment": [{"question": fragment(chance, each.applicant)} for each in spread],
        "number": [{"question": each.document_number} for each in spread[: QUESTIONS // 2]]
        + [{"question": each.archive_code} for each in spread[QUESTIONS // 2 :]],
        "filtered": [
            {
                "question": chance.choice(short),
                "filters": Filters(
                    category=(each.category_code,),
                    result=(each.result,),
                    day_from=(each.year - 2) * 10_000,
                    day_to=each.year * 10_000 + 1231,
                ),
            }
            for each in spread
        ],
        "by_date": [
            {"question": chance.choice((*short, "")), "sort": chance.choice(("newest", "oldest"))} for _each in spread
        ],
        "everything": [{"question": ""} for _each in range(QUESTIONS // 2)],
        "natural": [
            {
                "question": each.creator[:3],
                "filters": Filters(
                    item=(each.item_name,), day_from=each.year * 10_000, day_to=each.year * 10_000 + 1231
                ),
            }
            for each in spread[: QUESTIONS // 2]
        ]
        + [{"question": each.applicant, "filters": Filters(day_from=20190101)} for each in spread[QUESTIONS // 2 :]],
        "phrase": [{"question": "".join(chance.sample(PHRASES, 2))} for _each in range(QUESTIONS // 2)]
        + [{"question": f"{chance.choice(DEPARTMENTS)}{chance.choice(drawn.items.values)}"} for _each in range(10)],
    }


def naughty(chance: random.Random) -> list[dict[str, Any]]:
    """Questions nobody should ask: endless, of stop words only, of operators, of patterns that explode, of controls."""
    letters = "".join(PHRASES)
    endless = ["".join(chance.choices(letters, k=10_000)), "".join(chance.choices("abcdefgh0123 ", k=10_000))]
    odd = [
        "的 了 和 是 在",
        "(((((" * 200,
        "AND OR NOT (",
        "a?" * 500 + "a" * 500,
        "(.*)*x" * 100,
        "\0\x01\x1b\u202e餐\ud800饮",
    ]
    return [{"question": each} for each in (*endless, *odd, " ".join(letters[:300]), "[* TO *]", "许" * 9_000)]


def some_cases(chance: random.Random, records: int, count: int) -> list[Case]:
    """Cases from all over the corpus: the first few of its thousands are quickly made."""
    whole = records // 1_000
    wanted = [chance.randrange(whole) * 1_000 + chance.randrange(20) for _each in range(count)]
    return [next(make_corpus(records=1, first=each, of=records)) for each in wanted]


def fragment(chance: random.Random, text: str) -> str:
    """Two to four neighbouring characters of *text*."""
    size = min(len(text), chance.randint(2, 4))
    at = chance.randrange(len(text) - size + 1)
    return text[at : at + size]


class Timed:
    """Milliseconds on the wall and by processor of each question of a class."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.cpu: list[float] = []

    def ask(self, call: Callable[[], object]) -> None:
        """Time one call."""
        wall, cpu = time.perf_counter(), time.process_time()
        call()
        self.wall.append((time.perf_counter() - wall) * 1000)
        self.cpu.append((time.process_time() - cpu) * 1000)


def p95(values: Sequence[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def recall(records: int) -> tuple[float, float]:
    """Share of what plain substring search finds in names, items and addresses that is found, and of counts that are
    not below it.
    """
    from lantai.catalog.models import Record
    from lantai.finding.queries import count_found, found_ids

    chance = random.Random(11)
    asked: list[tuple[str, str]] = []
    for case in some_cases(chance, records, TRUTHS):
        field = ("applicant", "item_name", "address")[len(asked) % 3]
        asked.append((field, fragment(chance, getattr(case, field))))
    truth: dict[int, list[str]] = {at: [] for at in range(len(asked))}
    for case in make_corpus(records=records):
        for at, (field, wanted) in enumerate(asked):
            if wanted in getattr(case, field):
                truth[at].append(case.record_code)
    found = wanted_in_all = counted = 0
    for at, (_field, text) in enumerate(asked):
        counted += count_found(question=text, reader=reader()) >= len(truth[at])
        some = truth[at] if len(truth[at]) <= 500 else chance.sample(truth[at], 500)
        ids = found_ids(question=text, reader=reader(), among=some, limit=len(some))
        codes = set(Record.objects.filter(pk__in=ids).values_list("record_code", flat=True))
        found += len(codes & set(some))
        wanted_in_all += len(some)
    return found / max(1, wanted_in_all), counted / len(asked)


def order_recall(asked: dict[str, list[dict[str, Any]]]) -> tuple[float, float]:
    """Share of the ten best of an engine that asks every part to the end that are among our ten, and of questions whose
    order is the same too.
    """
    from lantai.finding import queries
    from lantai.finding.search import rank
    from lantai.finding.text import question_parts

    kept = same = of = 0
    whole = [each for name in ("rare", "medium", "common", "three", "fragment", "phrase") for each in asked[name][:15]]
    for each in whole:
        index = queries._index()
        assert index is not None
        question = queries._asked(index, question_parts(each["question"]), reader(), None)
        ours = rank(index.parts, question, sort="relevance", limit=10).ids
        theirs = rank(index.parts, question, sort="relevance", limit=10, seconds=600, stop_early=False).ids
        kept += len(set(ours) & set(theirs))
        of += len(theirs)
        same += ours == theirs
    return kept / max(1, of), same / len(whole)


def reader() -> Any:
    """An archivist, who may know of all."""
    from lantai.administration.queries.people import Clearance, Reader, Role

    return Reader(person_id=1, username="bench", name="bench", role=Role.ARCHIVIST, clearance=Clearance.RESTRICTED)


def ask_room(asked: dict[str, list[dict[str, Any]]]) -> dict[str, float]:
    """Every class through the door of the room, warm."""
    from lantai.finding.queries import search_records, suggest_items

    figures: dict[str, float] = {}
    for name, each in asked.items():
        for question in each[:5]:
            search_records(reader=reader(), **question)
        taken, told = Timed(), []
        for _turn in range(3):
            for question in each:
                taken.ask(lambda question=question, told=told: told.append(search_records(reader=reader(), **question)))
        figures[f"{name}_p50_ms"] = statistics.median(taken.wall)
        figures[f"{name}_p95_ms"] = p95(taken.wall)
        figures[f"{name}_cpu_p95_ms"] = p95(taken.cpu)
        figures[f"{name}_hits"] = statistics.median(one.total for one in told)
        if name == "phrase":
            figures["phrase_partial_share"] = sum(one.partial for one in told) / len(told)
        say(
            f"  {name:12} p50 {figures[f'{name}_p50_ms']:8.1f}  p95 {figures[f'{name}_p95_ms']:8.1f} ms, "
            f"processor p95 {figures[f'{name}_cpu_p95_ms']:8.1f} ms, hits {figures[f'{name}_hits']:,.0f}"
        )
    taken = Timed()
    for question in naughty(random.Random(3)) * 3:
        taken.ask(lambda question=question: search_records(reader=reader(), **question))
    figures["naughty_worst_ms"] = max(taken.wall)
    taken = Timed()
    items = list(world().items.values)
    for _turn in range(3):
        for each in items[:40]:
            taken.ask(lambda typed=each[:2]: suggest_items(typed=typed, reader=reader()))
    figures["suggest_p95_ms"] = p95(taken.wall)
    return figures


def ask_together(asked: dict[str, list[dict[str, Any]]]) -> float:
    """The 95th percentile, in ms, of four clients who ask all classes at once."""
    from django.db import connections

    from lantai.finding.queries import search_records

    mixed = [each for name, some in asked.items() if name != "phrase" for each in some]

    def client(number: int) -> list[float]:
        chance, taken = random.Random(number), Timed()
        for _turn in range(CLIENT_QUESTIONS):
            question = chance.choice(mixed)
            taken.ask(lambda question=question: search_records(reader=reader(), **question))
        connections.close_all()
        return taken.wall

    with ThreadPoolExecutor(CLIENTS) as clients:
        return p95([each for some in clients.map(client, range(CLIENTS)) for each in some])


def ask_pages(records: int) -> dict[str, float]:
    """Pages of the catalogue and the search page as an archivist sees them: the slowest of each after a first look."""
    from django.conf import settings
    from django.test import Client

    from lantai.administration.models import Role
    from lantai.catalog.models import Record

    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client(headers={"cookie": sign_in([Role.ARCHIVIST])[0]})
    some = Record.objects.get(pk=records // 2)
    place = f"/arrange/fonds/{some.fonds_code}/"
    figures = {}
    paths = [*PAGES, f"/search/?q={PHRASES[3]}", f"/records/{some.record_code}/", place]
    for path in paths:
        client.get(path)
        taken = Timed()
        for _turn in range(5):
            answer = None

            def call(path: str = path) -> None:
                nonlocal answer
                answer = client.get(path)

            taken.ask(call)
            if answer is None or answer.status_code not in (200, 302):
                raise SystemExit(f"{path}: {answer and answer.status_code}")
        figures[path] = max(taken.wall)
        say(f"  page {path:40} {figures[path]:8.1f} ms")
    return {"pages_worst_ms": max(figures.values())}


def live_seconds(records: int) -> float:
    """Seconds from the entry of fifty new records, spread over all parts, until the last of them is found."""
    from dataclasses import fields

    from django.db import transaction
    from django.utils import timezone

    from lantai.catalog.services import NewRecord, register_records
    from lantai.finding.queries import count_found
    from lantai.finding.services import follow_ledger
    from lantai.ledger.services import sequence_entries

    names = {each.name for each in fields(NewRecord)} & set(Case.__dataclass_fields__)
    new = [
        NewRecord(**{name: getattr(each, name) for name in names} | {"title": f"{each.title}活录验证"})
        for each in make_corpus(records=50, first=records, of=records + 50)
    ]
    began = time.perf_counter()
    with transaction.atomic():
        register_records(records=new, by="bench", now=timezone.now())
    while sequence_entries():
        pass
    while follow_ledger(now=timezone.now()):
        pass
    while count_found(question="活录验证", reader=reader()) < len(new):
        time.sleep(0.02)
    return time.perf_counter() - began


def resident_gib() -> float:
    """What this process has resident now, mapped files of the index included."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**30


def size_of(folder: Path) -> int:
    """Bytes below a folder."""
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())


def main() -> int:
    """Fill, index, ask, tell."""
    given = options()
    records = given.records
    figures: dict[str, float] = {"records": float(records)}
    with lantai_home(given.folder) as home:
        from django.core.management import call_command
        from django.utils import timezone

        from lantai.administration.services import load_reference_data
        from lantai.administration.services.people_access import CONSOLE
        from lantai.common.translations import compile_translations
        from lantai.finding import queries
        from lantai.finding.services import rebuild_index

        compile_translations()
        call_command("collectstatic", verbosity=0, interactive=False)
        load_reference_data(data=bench_county_data(), by=CONSOLE, now=timezone.now())
        with clock() as taken:
            fill_catalogue(records)
        figures["catalogue_per_s"] = records / taken.wall
        say(f"catalogue: {records:,} in {taken.wall:,.0f} s")
        with clock() as taken:
            rebuild_index.call(now=timezone.now().isoformat())
        figures["build_per_s"], figures["build_cpu_per_s"] = records / taken.wall, records / taken.cpu
        figures["index_bytes_per_record"] = size_of(home / "index") / records
        figures["disk_gib"] = size_of(home) / 2**30
        say(f"index: {figures['build_per_s']:,.0f} a second, {figures['index_bytes_per_record']:,.0f} bytes each")
        queries._current_index(anew=True)
        asked = questions(records)
        figures |= ask_room(asked)
        figures["four_clients_p95_ms"] = ask_together(asked)
        figures["resident_gib"] = resident_gib()
        figures |= ask_pages(records)
        figures["live_s"] = live_seconds(records)
        figures["fragment_recall"], figures["fragment_counts"] = recall(records)
        figures["order_recall"], figures["same_order"] = order_recall(asked)
        if given.peers:
            figures |= ask_peers(home, records, asked)
    held = [name for name in asked if name != "phrase"]
    figures["p95_ms"] = max(figures[f"{name}_p95_ms"] for name in held)
    bars = [
        Bar("p95_ms", 100, at_least=False),
        Bar("phrase_p95_ms", 250, at_least=False),
        Bar("suggest_p95_ms", 30, at_least=False),
        Bar("naughty_worst_ms", 200, at_least=False),
        Bar("four_clients_p95_ms", 250, at_least=False),
        Bar("fragment_recall", 1.0),
        Bar("fragment_counts", 1.0),
        Bar("order_recall", 1.0),
        Bar("live_s", 5, at_least=False),
        Bar("build_per_s", 2_500),
        Bar("resident_gib", 4, at_least=False),
    ]
    return finish(question=f"Is everything found in a moment among {records:,} records?", figures=figures, bars=bars)


if __name__ == "__main__":
    sys.exit(main())
