"""The second look at new records: PRONOM's exact identifier of every file, and the text that search reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.utils import timezone
from django_tasks import task

from lantai.archival.checks.sandbox import Outcome, ParserError, Sandbox
from lantai.archival.formats import edition_key
from lantai.archival.packages import Component
from lantai.archival.vault import KeyDestroyed, StoredFile, open_fields
from lantai.catalog.queries import UnconfirmedRecord, unconfirmed_records
from lantai.catalog.services import (
    ConfirmedComponents,
    StoredComponent,
    as_component,
    conceal_numbers,
    confirm_components,
    personal_key,
)
from lantai.ingest.services.sandboxes import sandbox
from lantai.ingest.services.waiting import queue_confirmation
from lantai.storage.queries import content_files, unsearchable_objects
from lantai.work.services import current_job, others_wait

CHUNK = 30
_CONFIRM = "lantai.archival.checks.confirming:confirm_package"


@task()
def confirm_records() -> int:
    """Identify and read the files of all records not yet confirmed, some at a time; returns how many.

    Intake goes before: when its jobs wait, this one queues itself again and makes room.

    A file that crashes its child leaves its record with what the first look found, and a trouble in the job's list.
    """
    done = 0
    job = current_job()
    troubles: list[str] = []
    with ThreadPoolExecutor(1, thread_name_prefix="lantai-confirming") as asking:
        for records, outcomes in _ask_ahead(asking, sandbox(), troubles):
            confirmed = [_confirmed(each, told, troubles) for each, told in zip(records, outcomes, strict=True)]
            confirm_components(confirmed=confirmed, by="system", now=timezone.now())
            done += len(records)
            if job is not None:
                job.report(done=done, troubles=troubles)
                if others_wait():
                    queue_confirmation()
                    break
    return done


def _ask_ahead(
    asking: ThreadPoolExecutor, box: Sandbox, troubles: list[str]
) -> Iterator[tuple[list[UnconfirmedRecord], list[Outcome[Any]]]]:
    """The unconfirmed records chunk by chunk, each with what the children say; they look at the next meanwhile."""
    last = 0
    ahead: tuple[list[UnconfirmedRecord], Future[list[Outcome[Any]]]] | None = None
    while True:
        chunk = unconfirmed_records(limit=CHUNK, after=last)
        if chunk:
            last = chunk[-1].representation_id
            records, files = _readable(chunk, troubles)
            silent = unsearchable_objects(object_ids={each.package.object_id for each in records})
            calls: list[tuple[str, tuple[Any, ...]]] = [
                (_CONFIRM, _question(each, file, silent=each.package.object_id in silent))
                for each, file in zip(records, files, strict=True)
            ]
            following = (records, asking.submit(lambda these: list(box.call_many(these)), calls))
        if ahead is not None:
            yield ahead[0], ahead[1].result()
        if not chunk:
            return
        ahead = following


def _readable(
    records: list[UnconfirmedRecord], troubles: list[str]
) -> tuple[list[UnconfirmedRecord], list[StoredFile]]:
    """The records with the files of their packages; those whose keys were destroyed are done with, without text."""
    try:
        return records, content_files(wanted=[(each.package.object_id, each.package.path) for each in records])
    except KeyDestroyed:
        pass
    found, gone = [], []
    for each in records:
        try:
            file = content_files(wanted=[(each.package.object_id, each.package.path)])[0]
            found.append((each, file))
        except KeyDestroyed as fault:
            troubles.append(f"{each.record_code}: {fault}")
            gone.append(ConfirmedComponents(each.id, each.record_code, each.package.components, ""))
    confirm_components(confirmed=gone, by="system", now=timezone.now())
    return [each for each, _file in found], [file for _each, file in found]


def _question(
    record: UnconfirmedRecord, file: StoredFile, *, silent: bool
) -> tuple[Path, tuple[Component, ...], tuple[str, ...], tuple[bool, ...], bytes]:
    """Where the package lies, its files, what the first look took them for, and which are documents to be read.

    The metadata documents of a package are described already; their text would only repeat names and addresses.
    *silent*: no text is taken, because it may not leave its seal.
    """
    return (
        file.path,
        tuple(as_component(each) for each in record.package.components),
        tuple(each.puid for each in record.package.components),
        tuple(not silent and (bool(each.material) or each.format != "xml") for each in record.package.components),
        file.key,
    )


def _confirmed(record: UnconfirmedRecord, outcome: Outcome[Any], troubles: list[str]) -> ConfirmedComponents:
    """What is written of one record: its components with PRONOM's word, its text, and where both looks disagree."""
    if outcome.error is not None or outcome.value is None:
        why = outcome.error.code if isinstance(outcome.error, ParserError) else str(outcome.error)
        troubles.append(f"{record.record_code}: {why}")
        return ConfirmedComponents(record.id, record.record_code, record.package.components, "")
    found: Sequence[Mapping[str, str]] = outcome.value["formats"]
    components: list[StoredComponent] = []
    disagreements: list[Mapping[str, str]] = []
    for component, pronom in zip(record.package.components, found, strict=True):
        puid = pronom.get("puid", "")
        if puid and component.puid and pronom.get("disagrees"):
            disagreements.append({"path": component.path, "first": component.puid, "pronom": puid})
        components.append(
            replace(component, puid=puid or component.puid, format_name=pronom.get("name") or component.format_name)
        )
    text = conceal_numbers(text=str(outcome.value["text"]), known=_numbers(record))
    edition = edition_key(), str(outcome.value["signatures"])
    return ConfirmedComponents(record.id, record.record_code, components, text, tuple(disagreements), edition)


def _numbers(record: UnconfirmedRecord) -> frozenset[str]:
    """The certificate numbers of a record, opened to be left out of its text."""
    if record.sealed is None:
        return frozenset()
    return frozenset(open_fields(personal_key(), record.sealed, record.record_code.encode()).values())
