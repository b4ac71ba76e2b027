"""The package profile of a submission: the one that held on the day it was announced, whenever it is looked at."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from lantai.administration.queries.profiles import profile_on, profile_to_read
from lantai.archival.packages import Profile
from lantai.ingest.models import Submission


def profile_of(submission: Submission) -> Profile:
    """The profile by which this submission is read, checked and described."""
    return profile_on(code=submission.profile, day=timezone.localdate(submission.created_at))


def profile_for_reader(submission: Submission) -> str | dict[str, Any]:
    """The same as the sandbox takes it."""
    return profile_to_read(code=submission.profile, day=timezone.localdate(submission.created_at))
