"""Catalogues for tests of imports: small tables, files that come with them, and an import brought to its end."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence

from django.utils import timezone

from lantai.administration.models import Person
from lantai.administration.services.people_access import Actor
from lantai.ingest.models import CatalogueImport
from lantai.ingest.services.imports import open_catalogue, queue_check, queue_import
from lantai.work.services import run_jobs

HEAD = ("档号", "全宗号", "门类代码", "年度", "保管期限", "题名", "责任者", "文号", "成文日期", "页数", "备注")


def row(number: int, **more: str) -> list[str]:
    """A sound line without archive code, as a county bureau writes it; *more* replaces cells by heading."""
    cells = {
        "档号": "",
        "全宗号": "0059",
        "门类代码": "ZY",
        "年度": "2011",
        "保管期限": "永久",
        "题名": f"关于第{number}号事项的批复",
        "责任者": "云岭县行政审批局",
        "文号": f"云审〔2011〕{number}号",
        "成文日期": "2011年5月3日",
        "页数": str(number),
        "备注": "",
    } | more
    return [cells[each] for each in HEAD]


def as_csv(rows: Sequence[Sequence[str]], *, head: Sequence[str] = HEAD, encoding: str = "utf-8-sig") -> bytes:
    """*rows* below *head* as a CSV file."""
    text = io.StringIO()
    csv.writer(text).writerows([head, *rows])
    return text.getvalue().encode(encoding)


def as_zip(files: dict[str, bytes]) -> bytes:
    """A ZIP of *files*."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def by(person: Person) -> Actor:
    """*person* as services take it."""
    return Actor(person.pk, person.username, person.role, "192.0.2.7")


def bring(person: Person, data: bytes, *, name: str = "目录.csv", files: bytes | None = None) -> CatalogueImport:
    """A catalogue uploaded."""
    attached = ("扫描件.zip", io.BytesIO(files)) if files is not None else None
    return open_catalogue(name=name, stream=io.BytesIO(data), attached=attached, by=by(person), now=timezone.now())


def check(person: Person, catalogue: CatalogueImport) -> CatalogueImport:
    """The dry run, to its end."""
    queue_check(catalogue_id=catalogue.pk, by=by(person))
    run_jobs(drain=True)
    catalogue.refresh_from_db()
    return catalogue


def take(person: Person, catalogue: CatalogueImport) -> CatalogueImport:
    """Checked and imported, to its end."""
    check(person, catalogue)
    queue_import(catalogue_id=catalogue.pk, by=by(person), now=timezone.now())
    run_jobs(drain=True)
    catalogue.refresh_from_db()
    return catalogue
