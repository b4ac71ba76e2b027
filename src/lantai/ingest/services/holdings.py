"""The facts only the archive knows, gathered for a whole batch in a few questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Sum

from lantai.administration.queries import AgreementView, agreements_of, fonds_codes
from lantai.archival.checks import Holdings, RulePack
from lantai.archival.packages import Package, load_profile
from lantai.catalog.queries import held_values
from lantai.ingest.models import ExaminationReport, Submission, SubmissionState
from lantai.ingest.services.receiving import receiving_path
from lantai.ingest.services.viruses import scan_files, virus_engine

_ALIVE = (SubmissionState.EXAMINED, SubmissionState.APPROVED, SubmissionState.ACCESSIONED)


def gather_holdings(
    *, read: Sequence[tuple[Submission, Package]], rules: RulePack, now: datetime
) -> Iterator[Holdings]:
    """Holdings for each of *read*, in order; a package sees those before it in the same batch as held."""
    submissions = [submission for submission, _package in read]
    codes = [_value(package, submission, "record_code") for submission, package in read]
    held_codes = held_values(column="source_code", values=codes) | _living_codes(codes, submissions)
    held_digests = _living_digests(submissions)
    unique: dict[str, set[str]] = {key.code: _held_keys(key.elements, read) for key in rules.keys if key.elements}
    engine, signatures = virus_engine()
    found = scan_files(paths=[receiving_path(each.record_code) for each in submissions]) if engine else {}
    batches = _batches(submissions)
    agreements = agreements_of(organisation_ids={each.organisation_id for each in submissions}, at=now)
    fonds = fonds_codes(organisation_ids={each.organisation_id for each in submissions})
    for (submission, package), code in zip(read, codes, strict=True):
        agreement = agreement_for(submission, agreements)
        path = str(receiving_path(submission.record_code))
        yield Holdings(
            known=_KNOWN | ({"virus"} if engine else frozenset()) | ({"batch"} if submission.batch_id else frozenset()),
            record_codes=frozenset(held_codes),
            package_digests=frozenset(held_digests),
            key_values={name: frozenset(values) for name, values in unique.items()},
            replaces=submission.replaces,
            fonds=frozenset(fonds.get(submission.organisation_id, ())),
            source_registered=agreement is not None,
            agreement=agreement.terms if agreement else {},
            catalogue_readable=True,
            virus_engine=engine,
            virus_signatures=signatures,
            virus_found={package.name: found[path]} if path in found else {},
            classified_environment=settings.LANTAI_CLASSIFIED,
            today=now.date().isoformat(),
            **batches.get(submission.batch_id or 0, {}),
        )
        if code:
            held_codes.add(code)
        held_digests.add(submission.sha512)
        for key in rules.keys:
            unique[key.code].add(_joined(key.elements, package))


_KNOWN = frozenset(
    {
        "record_codes",
        "package_digests",
        "key_values",
        "fonds",
        "source_registered",
        "agreement",
        "catalogue_readable",
        "today",
    }
)


def agreement_for(submission: Submission, agreements: Mapping[int, AgreementView]) -> AgreementView | None:
    """The agreement that covers a submission: its body's, when it names the submission's profile."""
    found = agreements.get(submission.organisation_id)
    return found if found is not None and submission.profile in found.profiles else None


def _value(package: Package, submission: Submission, field: str) -> str:
    return load_profile(submission.profile).value(package.metadata, field).strip()


def _living_codes(codes: Sequence[str], submissions: Sequence[Submission]) -> set[str]:
    """Those codes of departments that another submission, examined or accepted but not yet a record, brought
    already.
    """
    wanted = [each for each in codes if each]
    return set(
        ExaminationReport.objects.filter(source_code__in=wanted, submission__state__in=_ALIVE)
        .exclude(submission_id__in=[each.pk for each in submissions])
        .values_list("source_code", flat=True)
    )


def _living_digests(submissions: Sequence[Submission]) -> set[str]:
    """Digests of these packages that stand under another submission which was not returned."""
    return set(
        Submission.objects.filter(sha512__in=[each.sha512 for each in submissions], state__in=_ALIVE)
        .exclude(pk__in=[each.pk for each in submissions])
        .values_list("sha512", flat=True)
    )


def _joined(elements: Sequence[str], package: Package) -> str:
    return "\u241f".join(package.metadata.get(each, "").strip() for each in elements)


_COLUMNS = {"doc_no": "document_number", "title": "title", "record_code": "source_code", "case_number": "case_number"}


def _held_keys(elements: Sequence[str], read: Sequence[tuple[Submission, Package]]) -> set[str]:
    """Which values of a unique key the catalogue holds already; asked for keys of one element that has a column."""
    if len(elements) != 1:
        return set()
    held: set[str] = set()
    by_column: dict[str, list[str]] = defaultdict(list)
    for submission, package in read:
        profile = load_profile(submission.profile)
        for field, column in _COLUMNS.items():
            if profile.fields.get(field) == elements[0]:
                by_column[column].append(package.metadata.get(elements[0], "").strip())
    for column, values in by_column.items():
        held |= held_values(column=column, values=values)
    return held


def _batches(submissions: Sequence[Submission]) -> dict[int, dict[str, Any]]:
    """Declared and real totals of each hand-over batch among these submissions (register, GB/T 18894 table A.1)."""
    ids = {each.batch_id for each in submissions if each.batch_id}
    if not ids:
        return {}
    real = {
        row["batch_id"]: row
        for row in Submission.objects.filter(batch_id__in=ids)
        .exclude(state=SubmissionState.RECEIVING)
        .values("batch_id")
        .annotate(count=Count("id"), size=Sum("declared_size"))
    }
    return {
        each.batch_id: {
            "batch_count": each.batch.declared_count,
            "batch_bytes": each.batch.declared_bytes,
            "batch_count_found": real[each.batch_id]["count"],
            "batch_bytes_found": real[each.batch_id]["size"],
        }
        for each in submissions
        if each.batch_id and each.batch and each.batch_id in real
    }
