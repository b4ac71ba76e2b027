"""The single indexer: follows the ledger into the current index, and fills a new one beside it when asked (law 4)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop
from django_tasks import task

from lantai.catalog.queries import IndexDocument, index_documents, record_ids_after, records_by_day
from lantai.finding.models import IndexBuild
from lantai.finding.search import (
    SAMPLE,
    SCHEMA_VERSION,
    IndexDamaged,
    cube_age,
    forget_open,
    holding,
    index_folder,
    is_sampled,
    keep_cube,
    next_part,
    part_names,
    part_of,
    plan_parts,
    read_parts,
    size_of,
    to_document,
)
from lantai.finding.services.writing import FILLING_HEAP, IndexBusy, close_writers, commit, release_writers, writers
from lantai.ledger.queries import EntryView, entries_after, latest_checkpoint
from lantai.work.services import current_job, queue_job

__all__ = ["FOLLOWED", "IndexBusy", "follow_ledger", "forget_indexes", "rebuild_index", "release_writers"]

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
AT_ONCE = 20_000
"""Up to so many records the indexer makes an index itself; more are a job, so that it goes on following."""
COMMIT_EVERY = 100_000
CUBE_SECONDS = 4.0
SMALL = 20_000
_uncounted: set[tuple[str, str]] = set()


def follow_ledger(*, limit: int = 2000, now: datetime) -> int:
    """Bring the current index up to the sequenced entries: at most *limit* entries in one commit; returns how many.

    Idempotent: a record is deleted and added again by its 电子文件号, and the position is kept only after the index's
    own commit, so a killed indexer repeats its last batch. An index of another schema, or one whose files are damaged,
    is made anew: at once where it is small, else by a job. Raises IndexBusy while another process writes.
    """
    build = IndexBuild.objects.filter(current=True).first()
    if build is None or build.schema != SCHEMA_VERSION or not build.filled:
        if not _make_anew(now):
            return 0
        return follow_ledger(limit=limit, now=now)
    _count_anew(build.name)
    entries = entries_after(position=build.position, kinds=FOLLOWED, limit=limit)
    if not entries:
        return 0
    try:
        _put(build, _codes(entries), now)
    except IndexDamaged:
        IndexBuild.objects.filter(pk=build.pk).update(schema="damaged")
        return 0
    IndexBuild.objects.filter(pk=build.pk).update(position=(entries[-1].index or 0) + 1)
    return len(entries)


@task()
def rebuild_index(*, now: str, where_needed: bool = False) -> int:
    """Fill a new index from the first record on, beside the current one, and put it in its place; returns the records.

    Part after part, by day and number. Resumable: a killed rebuild goes on after the last record it committed. What
    changes meanwhile is followed from the ledger once the new index is in place, so search never misses a record. The
    old files are removed after the swap. ``where_needed`` does nothing when the current index is in order.
    """
    if where_needed and IndexBuild.objects.filter(current=True, filled=True, schema=SCHEMA_VERSION).exists():
        return 0
    build = _begun(datetime.fromisoformat(now))
    count = _fill(build)
    with transaction.atomic():
        old = list(IndexBuild.objects.filter(current=True).values_list("name", flat=True))
        IndexBuild.objects.filter(current=True).update(current=False)
        IndexBuild.objects.filter(pk=build.pk).update(current=True, filled=True)
        IndexBuild.objects.filter(name__in=old).delete()
    for name in old:
        _remove(name)
    return count


def _make_anew(now: datetime) -> bool:
    """Make an index at once where there are few records; else queue the job that does, once."""
    if sum(count for _day, count in records_by_day()) <= AT_ONCE:
        rebuild_index.call(now=now.isoformat(), where_needed=True)
        return True
    queue_job(
        task=rebuild_index,
        title=gettext_noop("重建检索索引"),
        arguments={"now": now.isoformat(), "where_needed": True},
        key="finding.rebuild",
    )
    return False


def _begun(now: datetime) -> IndexBuild:
    """The rebuild that was broken off, or a new one, with its plan of parts."""
    days = records_by_day()
    build = IndexBuild.objects.filter(filled=False, schema=SCHEMA_VERSION).order_by("-begun_at").first()
    if build is None:
        for name in IndexBuild.objects.filter(filled=False).values_list("name", flat=True):
            _remove(name)
        IndexBuild.objects.filter(filled=False).delete()
        build = IndexBuild.objects.create(
            name=f"{SCHEMA_VERSION}-{now:%Y%m%dT%H%M%S%f}",
            schema=SCHEMA_VERSION,
            position=_last_position(),
            begun_at=now,
        )
    if not build.parts:
        build.parts = plan_parts(days)
        build.save(update_fields=["parts"])
    return build


def _fill(build: IndexBuild) -> int:
    """Put all records in, part after part, from where the last commit was; returns how many are in."""
    job = current_job()
    if job is not None:
        job.report(total=sum(count for _day, count in records_by_day()))
    repeated = build.last_record > 0
    names = part_names(build.parts)
    with writers(build.name, [SAMPLE]):
        pass
    for number in range(build.parts_filled, len(names)):
        first, before = build.parts[number], build.parts[number + 1] if number + 1 < len(names) else None
        at = (build.last_day, build.last_record) if build.last_day >= first else (first, 0)
        with writers(build.name, [names[number], SAMPLE], heap=FILLING_HEAP) as opened:
            waiting = 0
            for documents, last in _stretches(at, before):
                for document in documents:
                    whither = [names[number], SAMPLE] if is_sampled(document.record_code) else [names[number]]
                    made = to_document(document)
                    for each in whither:
                        if repeated:
                            opened[each].delete_documents_by_term("record_code", document.record_code)
                        opened[each].add_document(made)
                at, waiting = last, waiting + len(documents)
                if job is not None:
                    job.report(done=build.records + waiting)
                if waiting >= COMMIT_EVERY:
                    commit(opened=opened)
                    _note(build, at, waiting)
                    waiting, repeated = 0, False
            commit(opened=opened)
        _note(build, at, waiting, filled=number + 1)
        repeated = False
        close_writers(name=build.name)
        keep_cube(build.name, names[number])
    return build.records


def _stretches(at: tuple[int, int], before: int | None) -> Iterator[tuple[list[IndexDocument], tuple[int, int]]]:
    """The documents after *at* (day, number), before the day *before*, a thousand at a time, with the last of each."""
    while found := record_ids_after(day=at[0], last=at[1], before=before, limit=1000):
        at = found[-1]
        yield list(index_documents(record_ids=[each for _day, each in found])), at


def _note(build: IndexBuild, at: tuple[int, int], records: int, *, filled: int | None = None) -> None:
    build.last_day, build.last_record = at
    build.records += records
    if filled is not None:
        build.parts_filled = filled
    build.save(update_fields=["last_day", "last_record", "records", "parts_filled"])


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


def _put(build: IndexBuild, codes: Sequence[str], now: datetime) -> None:
    """Take these records out of the parts that hold them and put them in as they are now."""
    parts, sample = read_parts(build.name, build.parts, reload_seconds=0.0)
    begun = next_part(parts[0], today=now.year * 10000 + now.month * 100 + now.day)
    if begun is not None:
        build.parts = [*build.parts, begun]
        keep_cube(build.name, part_names(build.parts)[-1])
        build.save(update_fields=["parts"])
    for start in range(0, len(codes), 1000):
        chunk = codes[start : start + 1000]
        documents = list(index_documents(record_codes=chunk))
        target = {each.record_code: part_of(build.parts, each.day) for each in documents}
        old = [each.name for each in [*parts, sample] if holding(each, chunk)]
        sampled = [SAMPLE] if any(is_sampled(each) for each in target) else []
        touched = list(dict.fromkeys([*target.values(), *sampled, *old]))
        with writers(build.name, touched) as opened:
            for name in old:
                for code in chunk:
                    opened[name].delete_documents_by_term("record_code", code)
            for each in documents:
                made = to_document(each)
                opened[target[each.record_code]].add_document(made)
                if is_sampled(each.record_code):
                    opened[SAMPLE].add_document(made)
        _uncounted.update((build.name, name) for name in touched if name != SAMPLE)
    _count_anew(build.name)


def _count_anew(name: str) -> None:
    """Count the parts anew that were written: a small one at once, a large one every few seconds."""
    for each in [part for part in _uncounted if part[0] == name]:
        age = cube_age(*each)
        if age > CUBE_SECONDS or size_of(*each) < SMALL:
            keep_cube(*each)
            _uncounted.discard(each)


def forget_indexes() -> None:
    """Forget every index: in a restored home their files are not there, and one is made anew."""
    IndexBuild.objects.all().delete()


def _remove(name: str) -> None:
    close_writers(name=name)
    forget_open(name)
    shutil.rmtree(index_folder(name), ignore_errors=True)
