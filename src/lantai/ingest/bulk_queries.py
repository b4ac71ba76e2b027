"""Where submissions stand, in words that are kept with a bulk act."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import override

from lantai.ingest.models import Submission, SubmissionState


def states_now(*, record_codes: Sequence[str]) -> dict[str, str]:
    """The states of these submissions in Chinese, by 电子文件号; for archivists only, who see them all."""
    found = Submission.objects.filter(record_code__in=list(record_codes)).values_list("record_code", "state")
    with override("zh-hans"):
        words = {state: str(SubmissionState(state).label) for state in SubmissionState.values}
    return {code: words[state] for code, state in found}
