"""The dry run (试导): every line checked against itself, its file, the catalogue and the files; nothing is imported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from lantai.archival.checks.sandbox import ParserError
from lantai.archival.tables import Line, rules_from_data
from lantai.catalog.queries import codes_ever_given, held_values, volumes_by_code
from lantai.ingest.models import CatalogueImport, ImportLine, ImportState, LineState
from lantai.ingest.services.imports.resolving import Fault, Place, Resolved, place_of_import, resolve_lines
from lantai.ingest.services.imports.stranger import attached_files, lines_of_catalogue
from lantai.work.services import current_job

AT_ONCE = 500
_SHOWN = 500
_MOST_FAULTS = 20
_EXAMPLES = 5


@task()
def check_catalogue(*, catalogue_id: int) -> int:
    """Check every line of an import; returns how many. Broken off, it goes on behind the last line it kept.

    A file that ends the child reading it is told as a trouble of the import, which then waits for a person.
    """
    catalogue = CatalogueImport.objects.get(pk=catalogue_id)
    if catalogue.state != ImportState.CHECKING:
        return 0
    try:
        attached = attached_files(catalogue=catalogue)
        place = place_of_import(rules=rules_from_data(catalogue.rules), columns=catalogue.columns, attached=attached)
        last = catalogue.lines.order_by("-number").values_list("number", flat=True).first() or 0
        used = Counter(path for files in catalogue.lines.values_list("files", flat=True) for path in files)
        done = catalogue.lines.count()
        job = current_job()
        for portion in lines_of_catalogue(catalogue=catalogue, after=last):
            for start in range(0, len(portion), AT_ONCE):
                done += _check(catalogue, portion[start : start + AT_ONCE], place, used)
                if job is not None:
                    job.report(done=done)
    except ParserError as error:
        CatalogueImport.objects.filter(pk=catalogue.pk).update(
            state=ImportState.MAPPING, troubles=[f"{error.code}: {error.detail}"[:300]]
        )
        return 0
    surplus = sorted(set(place.attached) - set(used))
    CatalogueImport.objects.filter(pk=catalogue.pk, state=ImportState.CHECKING).update(
        state=ImportState.CHECKED, lines_read=done, surplus=surplus[:_SHOWN], surplus_count=len(surplus),
        checked_at=timezone.now(), fault_groups=_groups(catalogue),
    )  # fmt: skip
    return done


def _groups(catalogue: CatalogueImport) -> list[list[Any]]:
    """The faults of all lines, equal ones together: code, column, element, grave, how many, the first lines, an
    example; what keeps lines out first, the commonest first.
    """
    groups: dict[tuple[str, int, str, bool], list[Any]] = {}
    rows = catalogue.lines.exclude(faults=[]).order_by("number").values_list("number", "faults")
    for number, faults in rows.iterator(chunk_size=2000):
        for code, column, target, found, grave in faults:
            group = groups.setdefault((code, column, target, grave), [0, [], found])
            group[0] += 1
            if len(group[1]) < _EXAMPLES:
                group[1].append(number)
    ordered = sorted(groups.items(), key=lambda each: (not each[0][3], -each[1][0]))
    return [[*key, *group] for key, group in ordered[:_SHOWN]]


def _check(catalogue: CatalogueImport, lines: Sequence[Line], place: Place, used: Counter[str]) -> int:
    """Check some lines and keep what was found; in one short transaction."""
    resolved = resolve_lines(lines=lines, place=place, now=timezone.now())
    _against_others(catalogue, resolved, place)
    known = _taken_before([each.fingerprint for each in resolved])
    for each in resolved:
        for path in each.files:
            used[path] += 1
            if used[path] > 1:
                each.faults.append(Fault("file-twice", place.column_of("files"), "files", path[-80:]))
    with transaction.atomic():
        ImportLine.objects.bulk_create([_row(catalogue, each, known) for each in resolved])
    return len(resolved)


def _row(catalogue: CatalogueImport, each: Resolved, known: dict[str, str]) -> ImportLine:
    state = LineState.FAULTY if each.faulty else LineState.READY
    if each.fingerprint in known:
        state = LineState.KNOWN
        each.faults = [one for one in each.faults if not one.grave]
    return ImportLine(
        catalogue=catalogue,
        number=each.line.number,
        state=state,
        faults=[
            [one.code, one.column, one.target, one.found, one.grave] for one in _grave_first(each.faults)[:_MOST_FAULTS]
        ],
        warnings=sum(not one.grave for one in each.faults),
        fingerprint=each.fingerprint,
        brought_code=each.brought_code[:120],
        document_number=_number_key(each),
        files=list(each.files),
    )


def _grave_first(faults: Sequence[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda each: not each.grave)


def _number_key(each: Resolved) -> str:
    number = each.values.get("document_number", "")
    return f"{each.values.get('fonds_code', '')}|{number}"[:120] if number else ""


def _taken_before(fingerprints: Sequence[str]) -> dict[str, str]:
    """The lines among these that an import took already, with the record they became."""
    rows = ImportLine.objects.filter(
        fingerprint__in=fingerprints, state__in=[LineState.TAKEN, LineState.RESERVED]
    ).values_list("fingerprint", "record_code")
    return dict(rows)


def _against_others(catalogue: CatalogueImport, resolved: Sequence[Resolved], place: Place) -> None:
    """Codes and numbers that stand twice: in the file, or in the catalogue; volumes that are not there."""
    codes = [each.brought_code for each in resolved if each.brought_code]
    parents = {each.values["parent"] for each in resolved if each.values.get("parent")}
    given = codes_ever_given(codes=codes)
    volumes = set(volumes_by_code(codes=parents))
    earlier = catalogue.lines.filter(brought_code__in=[*codes, *parents]).exclude(state=LineState.FAULTY)
    seen = dict(earlier.values_list("brought_code", "number"))
    prints = dict(
        catalogue.lines.filter(fingerprint__in=[each.fingerprint for each in resolved]).values_list(
            "fingerprint", "number"
        )
    )
    numbers = dict(
        catalogue.lines.filter(
            document_number__in=[_number_key(each) for each in resolved if _number_key(each)]
        ).values_list("document_number", "number")
    )
    held = _held_numbers(resolved)
    for each in resolved:
        code, number = each.brought_code, _number_key(each)
        if each.fingerprint in prints:
            each.faults.append(Fault("same-line", -1, "", str(prints[each.fingerprint])))
        elif code and code in seen:
            each.faults.append(Fault("code-repeated", place.column_of("archive_code"), "archive_code", str(seen[code])))
        if code in given:
            each.faults.append(Fault("code-held", place.column_of("archive_code"), "archive_code", given[code]))
        parent = each.values.get("parent", "")
        if parent and parent not in volumes and parent not in seen:
            each.faults.append(Fault("parent-missing", place.column_of("parent"), "parent", parent[:80]))
        if number and number in numbers:
            told = Fault("number-repeated", place.column_of("document_number"), "document_number", str(numbers[number]))
            each.faults.append(Fault(told.code, told.column, told.target, told.found, grave=False))
        elif number in held:
            value = each.values["document_number"]
            each.faults.append(
                Fault("number-held", place.column_of("document_number"), "document_number", value[:80], grave=False)
            )
        prints.setdefault(each.fingerprint, each.line.number)
        if code and not each.faulty:
            seen.setdefault(code, each.line.number)
        if number:
            numbers.setdefault(number, each.line.number)


def _held_numbers(resolved: Sequence[Resolved]) -> set[str]:
    """The document numbers among these that the catalogue holds in the same fonds, as keys of ``_number_key``."""
    asked: dict[str, set[str]] = {}
    for each in resolved:
        if each.values.get("document_number"):
            asked.setdefault(each.values.get("fonds_code", ""), set()).add(each.values["document_number"])
    return {
        f"{fonds}|{number}"[:120]
        for fonds, numbers in asked.items()
        for number in held_values(column="document_number", values=numbers, fonds=fonds)
    }
