"""The facts only the archive knows, gathered for a whole batch in a few questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from lantai.administration.queries import AgreementView, agreements_of, fonds_codes
from lantai.administration.queries.profiles import profile_on
from lantai.archival.checks import Holdings, RulePack, key_values
from lantai.archival.checks.authenticity_checks import package_stem
from lantai.archival.checks.moments import read_moment
from lantai.archival.packages import Package
from lantai.catalog.queries import described_alike, held_values
from lantai.ingest.area import receiving_path
from lantai.ingest.models import ExaminationReport, Submission, SubmissionState
from lantai.ingest.profiles import profile_of
from lantai.ingest.services.batches import LISTED
from lantai.ingest.services.viruses import scan_files
from lantai.ingest.value_lists import dated_lists, own_day

MOST_NAMES = 5_000
"""Batches beyond this are not searched for gaps in their running numbers with every chunk of them."""
_ALIVE = (SubmissionState.EXAMINED, SubmissionState.APPROVED, SubmissionState.ACCESSIONED)


def gather_holdings(
    *, read: Sequence[tuple[Submission, Package]], rules: RulePack, now: datetime
) -> Iterator[Holdings]:
    """Holdings for each of *read*, in order; a package sees those before it in the same batch as held."""
    submissions = [submission for submission, _package in read]
    codes = [_value(package, submission, "record_code") for submission, package in read]
    held_codes = held_values(column="source_code", values=codes) | _living_codes(codes, submissions)
    held_digests = _living_digests(submissions)
    keys = [key_values(package, profile=profile_of(submission), pack=rules) for submission, package in read]
    unique = _held_keys(rules, read, keys)
    scan = scan_files(paths=[receiving_path(each.record_code) for each in submissions])
    batches = _batches(submissions)
    agreements = agreements_of(organisation_ids={each.organisation_id for each in submissions}, at=now)
    fonds = fonds_codes(organisation_ids={each.organisation_id for each in submissions})
    lists = dated_lists()
    for (submission, package), code, own in zip(read, codes, keys, strict=True):
        agreement = agreement_for(submission=submission, agreements=agreements)
        path = receiving_path(submission.record_code)
        batch = batches.get(submission.batch_id or 0)
        yield Holdings(
            known=_KNOWN | {name for name, asked in (("virus", path in scan.looked), ("batch", batch)) if asked},
            record_codes=frozenset(held_codes),
            package_digests=frozenset(held_digests),
            key_values={name: frozenset(values) for name, values in unique.items()},
            replaces=submission.replaces,
            fonds=frozenset(fonds.get(submission.organisation_id, ())),
            source_registered=agreement is not None,
            agreement=agreement.terms if agreement else {},
            catalogue_readable=True,
            virus_engine=scan.engine,
            virus_signatures=scan.signatures,
            virus_found={package.name: scan.found[path]} if path in scan.found else {},
            classified_environment=settings.LANTAI_CLASSIFIED,
            today=now.date().isoformat(),
            lists=lists.on(own_day(profile=profile_of(submission), metadata=package.metadata) or now.date()),
            batch_count=batch.count if batch else None,
            batch_bytes=batch.size if batch else None,
            batch_count_found=batch.count_found if batch else None,
            batch_bytes_found=batch.size_found if batch else None,
            batch_serials=batch.serials(submission) if batch else (),
        )
        if code:
            held_codes.add(code)
        held_digests.add(submission.sha512)
        for name, value in own.items():
            unique[name].add(value)


_KNOWN = frozenset(
    {
        "carrier",
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


def agreement_for(*, submission: Submission, agreements: Mapping[int, AgreementView]) -> AgreementView | None:
    """The agreement that covers a submission: its body's, when it names the submission's profile."""
    found = agreements.get(submission.organisation_id)
    return found if found is not None and submission.profile in found.profiles else None


def _value(package: Package, submission: Submission, field: str) -> str:
    return profile_of(submission).value(package.metadata, field).strip()


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


def _held_keys(
    rules: RulePack, read: Sequence[tuple[Submission, Package]], keys: Sequence[Mapping[str, str]]
) -> dict[str, set[str]]:
    """Values of the unique keys (唯一性规则) that records of the catalogue hold, as far as these packages share a case
    number, a document number, or fonds, title and day with them.
    """
    held: dict[str, set[str]] = {rule.code: set() for rule in rules.keys}
    if not any(keys):
        return held
    said = [(profile_of(each), package.metadata) for each, package in read]
    dates = [profile.value(metadata, "date").strip() for profile, metadata in said]
    alike = described_alike(
        case_numbers={profile.value(metadata, "case_number").strip() for profile, metadata in said},
        document_numbers={profile.value(metadata, "doc_no").strip() for profile, metadata in said},
        titles={profile.value(metadata, "title").strip() for profile, metadata in said},
        days={moment.date() for moment in map(read_moment, dates) if moment is not None},
    )
    for code, description in alike:
        record = Package(name="", container="zip", profile=code, size=0, metadata=description)
        for name, value in key_values(record, profile=profile_on(code=code), pack=rules).items():
            held[name].add(value)
    return held


@dataclass(frozen=True, slots=True)
class BatchTotals:
    """What is declared of a whole batch and what came of it (register, GB/T 18894 table A.1)."""

    count: int | None
    size: int | None
    count_found: int
    size_found: int
    names: tuple[str, ...]

    def serials(self, submission: Submission) -> tuple[str, ...]:
        """Running numbers of the packages in the batch whose names are of the same sequence as the submission's."""
        profile = profile_of(submission)
        own = profile.parse_name(package_stem(submission.name))
        if not own or "serial" not in own or len(self.names) > MOST_NAMES:
            return ()
        parsed = (profile.parse_name(package_stem(each)) for each in self.names)
        return tuple(each["serial"] for each in parsed if each and {**each, "serial": ""} == {**own, "serial": ""})


def _batches(submissions: Sequence[Submission]) -> dict[int, BatchTotals]:
    """Totals of each batch with a register among these submissions that is complete or closed; of one that still comes
    nothing can be said.
    """
    batches = {each.batch_id: each.batch for each in submissions if each.batch_id and each.batch}
    listed = [key for key, each in batches.items() if each.declared_count is not None]
    if not listed:
        return {}
    arrived = Submission.objects.filter(batch_id__in=listed).exclude(state=SubmissionState.RECEIVING)
    names: dict[int, list[str]] = defaultdict(list)
    sizes: dict[int, int] = defaultdict(int)
    for key, name, size in arrived.values_list("batch_id", "name", "declared_size"):
        names[key].append(name)
        sizes[key] += size
    return {
        key: BatchTotals(each.declared_count, each.declared_bytes, len(names[key]), sizes[key], tuple(names[key]))
        for key, each in batches.items()
        if key in names and (each.channel in LISTED or len(names[key]) >= (each.declared_count or 0))
    }
