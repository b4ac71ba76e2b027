"""One example of everything that a page of the staff shows and intake alone does not bring: an imported catalogue, a
changed description, an arrangement that is prepared, a document in a fonds file, items to be imported, a bulk act, a
scan batch, packages to take away, a restore drill.
"""

from __future__ import annotations

import csv
import io
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bench.packages import BODY, FONDS

if TYPE_CHECKING:
    from lantai.work.services import DutyToRaise

HEAD = ("全宗号", "门类代码", "年度", "保管期限", "题名", "责任者", "文号", "成文日期", "页数")
LINES = 200
PATIENCE = 60


def make_examples(record_code: str, archivist: str, duties: int) -> None:
    """Do the acts as services, by the *archivist* (user name), around the record *record_code*; workers must run. The
    queue of the archivists gets *duties* lines.

    Raises TimeoutError when the workers do not finish the import.
    """
    from django.utils import timezone

    from lantai.administration.models import Organisation, Person
    from lantai.administration.queries.people import Reader
    from lantai.administration.services.fonds_files import (
        NewFondsEntry,
        NewFondsGuide,
        add_fonds_entry,
        publish_fonds_guide,
    )
    from lantai.administration.services.item_imports import read_items
    from lantai.administration.services.people_access import Actor
    from lantai.catalog.models import Describing, Record
    from lantai.catalog.services.arranging import choose_records
    from lantai.catalog.services.describing import describe_record
    from lantai.digitisation.services import take_uploads
    from lantai.exchange.services.asking import ask_export
    from lantai.ingest.models import CatalogueImport
    from lantai.ingest.services import open_batch
    from lantai.ingest.services.imports import open_catalogue, queue_check, queue_import
    from lantai.site.backups.reports import Line, Report
    from lantai.storage.services import NewCarrier, keep_drill, register_carrier
    from lantai.work.duties import PUT_OFF
    from lantai.work.models import DueWork
    from lantai.work.services.ordering import prepare_bulk

    now, today = timezone.now(), timezone.localdate()
    person = Person.objects.get(username=archivist)
    by = Actor(person.pk, person.username, person.role, "127.0.0.1")
    catalogue = open_catalogue(name="旧目录.csv", stream=io.BytesIO(_old_catalogue()), by=by, now=now)
    for queue in (lambda: queue_check(catalogue_id=catalogue.pk, by=by),
                  lambda: queue_import(catalogue_id=catalogue.pk, by=by, now=now)):  # fmt: skip
        queue()
        deadline = time.monotonic() + PATIENCE
        while CatalogueImport.objects.get(pk=catalogue.pk).state in ("checking", "running"):
            if time.monotonic() > deadline:
                raise TimeoutError("the catalogue was not imported")
            time.sleep(0.2)
    record = Record.objects.get(record_code=record_code)
    version = Describing.objects.filter(record=record).values_list("version", flat=True).first() or 0
    describe_record(record_code=record_code, values={"note": "著录示例。"}, version=version, by=by, now=now)
    choose_records(record_ids=list(Record.objects.values_list("pk", flat=True)[:50]), by=by, now=now)
    add_fonds_entry(
        entry=NewFondsEntry(fonds=FONDS, part="3", title="整理说明", made_on=today, text="按年度整理。"), by=by, now=now
    )
    guide = NewFondsGuide(fonds=FONDS, valid_from=today, history="云岭县行政审批局。", scope="办件档案。")
    publish_fonds_guide(guide=guide, by=by, now=now)
    items = "事项编码,事项名称\n0155000702,小作坊登记\n".encode()
    read_items(file_name="事项.csv", data=items, valid_from=date(2027, 1, 1), whole_of="", by=by, now=now)
    raise_duties(0, duties)
    chosen = [f"{kind}:{subject}" for kind, subject in DueWork.objects.values_list("kind", "subject")[:20]]
    reader = Reader(person.pk, person.username, person.name, person.role)
    prepare_bulk(act=PUT_OFF, listing="duties", reader=reader, keys=chosen, address="127.0.0.1", back="/work/", now=now)
    carrier = NewCarrier("LTO-001", "tape", 2_500_000_000_000, today, content="2026 年第 1 批", place="县档案馆库房")
    register_carrier(new=carrier, by=by, now=now)
    body = Organisation.objects.get(code=BODY)
    open_batch(organisation_id=body.pk, channel="upload", number="2026-1", name="2026 年第 1 批", now=now)
    scans = [(f"{number:04}.jpg", io.BytesIO(_scan(number))) for number in range(2)]
    take_uploads(uploads=scans, name="2026 年第 1 批扫描件", profile="text", by=by, now=now)
    ask_export(kind="bag", codes=[record_code], reader=reader, by=by, now=now)
    facts = [("备份", "backup", "bench")]
    lines = [Line("可检索的档案", "records found", "1", "1", True)] * 14
    report = Report("恢复演练报告", "Restore drill", "云岭县档案馆", now.isoformat(), now.isoformat(), facts, lines)
    keep_drill(backup="bench", report=report.as_data(), met=report.met, by=by.reference, begun_at=now, now=now)


def raise_duties(first: int, end: int) -> None:
    """Lines *first* to *end* (not included) of the archivists' queue."""
    from django.db import transaction
    from django.utils import timezone

    from lantai.work.services import raise_work

    now, today = timezone.now(), timezone.localdate()
    for start in range(first, end, 5000):
        with transaction.atomic():
            raise_work(duties=[_late(each, today) for each in range(start, min(start + 5000, end))], now=now)


def _late(number: int, today: date) -> DutyToRaise:
    from lantai.work.services import DutyToRaise, Sentence

    why = Sentence("correction-late", {"body": "云岭县市场监督管理局", "day": f"{today:%Y-%m-%d}"})
    title = f"第 {number} 号小餐饮店登记"
    due_on = today + timedelta(days=number % 90 - 10)
    return DutyToRaise("correction-late", f"D{number:026d}", title, why, "archivist", due_on)


def _scan(seed: int) -> bytes:
    """A scanned page: a document on A4, 150 dpi."""
    from PIL import Image

    from lantai.archival.imaging.specimens import make_specimen

    page, file = Image.fromarray(make_specimen(seed).picture).reduce(2), io.BytesIO()
    page.save(file, "JPEG", dpi=(150, 150), quality=80)
    return file.getvalue()


def _old_catalogue() -> bytes:
    body, day = "云岭县行政审批局", "20110503"
    lines = [
        (FONDS, "ZY", 2011, "永久", f"关于第 {each} 号事项的批复", body, f"云审〔2011〕{each}号", day, 3)
        for each in range(LINES)
    ]
    text = io.StringIO()
    csv.writer(text).writerows([HEAD, *lines])
    return text.getvalue().encode()
