"""Read and check one package by a profile that is not published yet; nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from lantai.administration.queries import rule_pack, trust_list
from lantai.administration.queries.people import Reader
from lantai.archival.checks import Examination, Holdings, examine
from lantai.archival.checks.sandbox import ReadRequest
from lantai.archival.packages import Package, profile_from_data
from lantai.ingest.area import receiving_path
from lantai.ingest.queries import NoSuchSubmission, submission_state
from lantai.ingest.services.sandboxes import sandbox
from lantai.ingest.value_lists import dated_lists, own_day


def try_profile(*, record_code: str, data: Mapping[str, Any], reader: Reader) -> tuple[Package, Examination]:
    """The package as the profile in *data* reads it, and what the rules in force say of it, without the facts that only
    the archive knows.

    Raises NoSuchSubmission when there is none that *reader* may see, or its bytes lie in the archive already.
    """
    found = submission_state(record_code=record_code, reader=reader)
    path = receiving_path(record_code)
    if not path.exists():
        raise NoSuchSubmission(record_code)
    trust = trust_list(at=timezone.now())
    (package,) = sandbox().read_many([ReadRequest(path=path, profile=dict(data), name=found.name, trust=trust)])
    profile, today = profile_from_data(data), timezone.localdate()
    lists = dated_lists().on(own_day(profile=profile, metadata=package.metadata) or today)
    holdings = Holdings(today=today.isoformat(), lists=lists)
    return package, examine(package, profile=profile, pack=rule_pack(), holdings=holdings)
