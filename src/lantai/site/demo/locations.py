"""The demo county's storage locations: two more folders beside the main one, so that newcomers see three copies.

All three lie on one device and count once; the pages say so.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from lantai.administration.services.people_access import CONSOLE
from lantai.storage.copies import list_locations
from lantai.storage.services import NewLocation, add_location, declare_location, look_at_location, main_location

_MAIN = "县档案馆机房"
_OTHERS = (("copy-2", "县档案馆库房"), ("copy-3", "市档案馆"))


def add_locations(*, now: datetime) -> None:
    """Declare where the main location stands and add the other two; one that is there already is left as it is."""
    main = main_location()
    look_at_location(code=main.code, now=now)
    declare_location(
        code=main.code,
        medium="disk",
        place=_MAIN,
        offline=False,
        write_once=False,
        in_service=True,
        by=CONSOLE,
        now=now,
    )
    known = {each.code for each in list_locations()}
    for code, place in _OTHERS:
        if code not in known:
            path = str(settings.LANTAI_HOME / "copies" / code)
            new = NewLocation(code=code, kind="posix", path=path, medium="disk", place=place)
            add_location(new=new, by=CONSOLE, now=now)
