"""The single indexer: follows the ledger into the current index, and fills a new one beside it when asked (law 4)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import tantivy
from django.db import transaction
from django_tasks import task

from lantai.catalog.queries import index_documents, record_ids_after
from lantai.finding.models import IndexBuild
from lantai.finding.search import SCHEMA_VERSION, index_folder, open_index, to_document
from lantai.ledger.queries import EntryView, entries_after, latest_checkpoint
from lantai.work.services import current_job

FOLLOWED = (
    "record.accessioned",
    "record.confirmed",
    "record.changed",
    "record.described",
    "record.split",
    "record.merged",
    "record.destroyed",
    "record.moved",
    "record.digitised",
    "code.given",
    "code.changed",
    "code.voided",
)
HEAP = 96 * 1024 * 1024
_HELD: dict[str, tantivy.IndexWriter] = {}


class IndexBusy(Exception):
    """Another process writes this index now; there is only one indexer."""


def follow_ledger(*, limit: int = 2000, now: datetime) -> int:
    """Bring the current index up to the sequenced entries: at most *limit* entries in one commit; returns how many.

    Idempotent: a record is deleted and added again by its 电子文件号, and the position is kept only after the index's
    own commit, so a killed indexer repeats its last batch. An index of another schema is rebuilt, not followed.
    Raises IndexBusy while another process writes.
    """
    build = IndexBuild.objects.filter(current=True).first()
    if build is None or build.schema != SCHEMA_VERSION or not build.filled:
        rebuild_index.call(now=now.isoformat())
        return follow_ledger(limit=limit, now=now)
    entries = entries_after(position=build.position, kinds=FOLLOWED, limit=limit)
    if not entries:
        return 0
    with _writer(build.name) as writer:
        _put(writer, _codes(entries))
    IndexBuild.objects.filter(pk=build.pk).update(position=(entries[-1].index or 0) + 1)
    return len(entries)


@task()
def rebuild_index(*, now: str) -> int:
    """Fill a new index from the first record on, beside the current one, and put it in its place; returns the records.

    Resumable: a killed rebuild goes on after the last record it committed. What changes meanwhile is followed from the
    ledger once the new index is in place, so search never misses a record. The old files are removed after the swap.
    """
    build = IndexBuild.objects.filter(filled=False, schema=SCHEMA_VERSION).order_by("-begun_at").first()
    if build is None:
        begun = datetime.fromisoformat(now)
        build = IndexBuild.objects.create(
            name=f"{SCHEMA_VERSION}-{begun:%Y%m%dT%H%M%S%f}",
            schema=SCHEMA_VERSION,
            position=_last_position(),
            begun_at=begun,
        )
    job = current_job()
    count = 0
    with _writer(build.name, commit=False) as writer:
        while ids := record_ids_after(last=build.last_record, limit=1000):
            for document in index_documents(record_ids=ids):
                writer.delete_documents_by_term("record_code", document.record_code)
                writer.add_document(to_document(document))
            writer.commit()
            build.last_record = ids[-1]
            build.save(update_fields=["last_record"])
            count += len(ids)
            if job is not None:
                job.report(done=count)
        writer.commit()
    with transaction.atomic():
        old = list(IndexBuild.objects.filter(current=True).values_list("name", flat=True))
        IndexBuild.objects.filter(current=True).update(current=False)
        IndexBuild.objects.filter(pk=build.pk).update(current=True, filled=True)
        IndexBuild.objects.filter(name__in=old).delete()
    for name in old:
        _close(name)
        shutil.rmtree(index_folder(name), ignore_errors=True)
    return count


def _last_position() -> int:
    """The position from which a new index follows the ledger: whatever is sequenced after this moment."""
    checkpoint = latest_checkpoint()
    return checkpoint.size if checkpoint else 0


def _codes(entries: Sequence[EntryView]) -> list[str]:
    """The records these entries speak of, each once, in order."""
    codes: dict[str, None] = {}
    for entry in entries:
        listed = (entry.detail or {}).get("records")
        for code in listed if isinstance(listed, list) else [entry.subject]:
            codes[code] = None
    return list(codes)


def _put(writer: tantivy.IndexWriter, codes: Sequence[str]) -> None:
    for start in range(0, len(codes), 500):
        chunk = codes[start : start + 500]
        for code in chunk:
            writer.delete_documents_by_term("record_code", code)
        for document in index_documents(record_codes=chunk):
            writer.add_document(to_document(document))


@contextmanager
def _writer(name: str, *, commit: bool = True) -> Iterator[tantivy.IndexWriter]:
    """The one writer of an index, kept open in this process; tantivy's lock file keeps a second process out."""
    writer = _HELD.get(name)
    if writer is None:
        try:
            writer = open_index(name).writer(HEAP, 1)
        except ValueError as error:
            raise IndexBusy(str(error)) from error
        _HELD[name] = writer
    try:
        yield writer
        if commit:
            writer.commit()
    except BaseException:
        _HELD.pop(name, None)
        writer.rollback()
        raise


def forget_indexes() -> None:
    """Forget every index: in a restored home their files are not there, and one is made anew."""
    IndexBuild.objects.all().delete()


def release_writers() -> None:
    """Let go of every index this process writes, so that another may write it."""
    for name in list(_HELD):
        _close(name)


def _close(name: str) -> None:
    _HELD.pop(name, None)
