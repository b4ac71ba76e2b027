"""Search from the command line, and make the index anew."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from lantai.administration.queries.people import Clearance, Reader, Role
from lantai.finding.queries import search_records
from lantai.finding.services import rebuild_index

console = Console()
CONSOLE_READER = Reader(
    person_id=None, username="console", name="console", role=Role.ARCHIVIST, clearance=Clearance.RESTRICTED
)


def search(
    question: Annotated[str, typer.Argument(help="检索词 words, names, codes")],
    limit: Annotated[int, typer.Option(help="how many")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON line")] = False,
) -> None:
    """检索档案 Search the records, as an archivist at the machine."""
    found = search_records(question=question, reader=CONSOLE_READER, limit=limit)
    if as_json:
        hits = [
            {
                "record_code": each.record.record_code,
                "archive_code": each.record.archive_code,
                "title": each.record.title,
                "snippet": each.snippet,
            }
            for each in found.hits
        ]
        answer = {
            "question": question,
            "total": found.total,
            "milliseconds": round(found.milliseconds, 1),
            "hits": hits,
        }
        print(json.dumps(answer, ensure_ascii=False))
        return
    table = Table(
        "档号", "题名", "责任者", "日期", title=f"{question}：{found.total} 件，{found.milliseconds:.0f} 毫秒"
    )
    for each in found.hits:
        row = each.record
        table.add_row(row.archive_code, row.title, row.creator, row.formed_on.isoformat())
    console.print(table)


def reindex() -> None:
    """重建索引 Make the search index anew beside the one in use, then swap; goes on where it was broken off."""
    count = rebuild_index.call(now=timezone.now().isoformat())
    console.print(f"已建立索引：{count} 件")
