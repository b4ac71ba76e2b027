"""Package profiles (包方案) of the archive's own: read a profile file, publish a version from a day on."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.administration.models import PackageProfile
from lantai.administration.queries.profiles import forget_profiles
from lantai.administration.services.evidence import ReferenceRefused, change_entry, require_steward, state_of
from lantai.administration.services.people_access import Actor
from lantai.archival.packages import ProfileRefused, profile_from_data, profiles
from lantai.ledger.services import append_entries

LARGEST_PROFILE = 500_000
"""Characters of a profile file."""


class ProfileFaults(ReferenceRefused):
    """A profile file that cannot be used; ``faults`` lists every fault with its place."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("；".join(faults[:20]))
        self.faults = faults


def read_profile(*, text: str) -> dict[str, Any]:
    """The data in the text of a profile file, TOML or JSON, sound as a profile. Raises ProfileFaults."""
    try:
        data = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (json.JSONDecodeError, tomllib.TOMLDecodeError, RecursionError) as fault:
        raise ProfileFaults((f"(file): {fault}",)) from fault
    try:
        plain: dict[str, Any] = json.loads(json.dumps(data))
        profile_from_data(plain)
    except ProfileRefused as refused:
        raise ProfileFaults(refused.faults) from refused
    except (TypeError, AttributeError) as fault:  # a date or a list where a table belongs
        raise ProfileFaults((f"(file): {fault}",)) from fault
    return plain


def publish_profile(
    *, data: Mapping[str, Any], effective_from: date, note: str, by: Actor, now: datetime
) -> PackageProfile:
    """Publish a version of a profile: packages received from *effective_from* on are read and checked by it.

    Raises ProfileFaults, and ReferenceRefused for a version or a first day that stands already, and a day that has
    passed: what was received was examined by the profile of its day.
    """
    require_steward(by=by)
    try:
        profile = profile_from_data(data)
    except ProfileRefused as refused:
        raise ProfileFaults(refused.faults) from refused
    if effective_from < timezone.localdate(now):
        raise ReferenceRefused(_("生效日期不能早于今天。"))
    delivered = profiles().get(profile.code)
    if delivered is not None and delivered.version == profile.version:
        raise ReferenceRefused(_("版本 %(version)s 已经存在。") % {"version": profile.version})
    text = json.dumps(dict(data), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    try:
        with transaction.atomic():
            row = PackageProfile.objects.create(
                code=profile.code,
                version=profile.version,
                data=dict(data),
                digest=hashlib.sha256(text.encode()).hexdigest(),
                effective_from=effective_from,
                published_at=now,
                note=note,
            )
            append_entries(
                entries=[
                    change_entry(
                        kind="profile-published",
                        subject=f"profile:{profile.code}/{profile.version}",
                        by=by,
                        now=now,
                        after=state_of(row=row),
                        reason=note,
                    )
                ]
            )
    except IntegrityError:
        told = {"version": profile.version, "day": effective_from.isoformat()}
        raise ReferenceRefused(_("版本 %(version)s 已经存在，或 %(day)s 起已有一个版本。") % told) from None
    forget_profiles()
    return row
