"""Tell a person, or everybody of an organisation."""

from __future__ import annotations

from django.utils import timezone

from lantai.work.models import Notice
from lantai.work.sentences import Sentence


def notify(*, text: Sentence, link: str = "", person_id: int | None = None, organisation_id: int | None = None) -> None:
    """Leave a notice in the caller's transaction; without person and organisation it is for all archivists."""
    Notice.objects.create(
        person_id=person_id,
        organisation_id=organisation_id,
        text=text.key,
        values=dict(text.values),
        link=link[:200],
        at=timezone.now(),
    )
