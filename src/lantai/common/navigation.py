"""What stands around every page: who reads, the menu of that reader, preferences. The site hands it in.

``settings.LANTAI_FRAME`` names a function ``(HttpRequest) -> Frame``; it is called at most once a request.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from lantai.common.components import KeyHelp

PREFERENCE_COOKIE = "lantai_display"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the menu. ``key`` is what a page names in its ``here``; ``count`` is shown when not None."""

    key: str
    text: str
    href: str
    icon: str = ""
    count: int | str | None = None
    hot: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the menu with its heading."""

    title: str
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Reader:
    """The person who signed in, as the header shows them."""

    name: str
    role: str
    organisation: str = ""

    @property
    def face(self) -> str:
        """The first letter of the name."""
        return self.name[:1]


@dataclass(frozen=True, slots=True)
class Preferences:
    """How this reader wants pages: size "", "large" or "xlarge"; contrast "" or "more"; keys "" or "off"."""

    size: str = ""
    contrast: str = ""
    keys: str = ""
    density: str = ""

    CHOICES = {
        "size": ("", "large", "xlarge"),
        "contrast": ("", "more"),
        "keys": ("", "off"),
        "density": ("", "compact", "comfortable"),
    }


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything around a page. A stranger has no ``reader`` and sees the public or the bare layout."""

    archive: str = ""
    reader: Reader | None = None
    staff: bool = False
    home: str = "/"
    groups: Sequence[Group] = ()
    search: str = ""
    jobs: str = ""
    jobs_running: int | str = 0
    notices: str = ""
    notices_unread: int | str = 0
    account_links: Sequence[Item] = ()
    sign_in: str = ""
    sign_out: str = ""
    language: str = ""
    preferences: Preferences = field(default_factory=Preferences)
    keys: Sequence[KeyHelp] = ()
    note: str = ""

    @property
    def layout(self) -> str:
        """The template that a page for this reader extends when it serves staff and public alike."""
        if self.staff:
            return "lantai/staff.html"
        return "lantai/public.html" if self.groups else "lantai/bare.html"


def preferences_of(request: HttpRequest) -> Preferences:
    """The display preferences kept in the browser, for readers without an account; anything unknown is dropped."""
    pairs = (part.partition(":") for part in request.COOKIES.get(PREFERENCE_COOKIE, "").split("."))
    kept = {name: value for name, _, value in pairs if value in Preferences.CHOICES.get(name, ())}
    return Preferences(**kept)


def preferences_cookie(preferences: Preferences) -> str:
    """*preferences* as the text of the cookie."""
    pairs = ((name, getattr(preferences, name)) for name in Preferences.CHOICES)
    return ".".join(f"{name}:{value}" for name, value in pairs if value)


def stranger(request: HttpRequest) -> Frame:
    """The frame of somebody who is not known: no menu, the name of the archive, the preferences of the browser."""
    archive = getattr(settings, "LANTAI_ARCHIVE_NAME", "")
    return Frame(archive=archive, preferences=preferences_of(request))


def frame_of(request: HttpRequest) -> Frame:
    """The frame of this request, made once."""
    found: Frame | None = getattr(request, "lantai_frame", None)
    if found is None:
        maker: Callable[[HttpRequest], Frame] = import_string(
            getattr(settings, "LANTAI_FRAME", "lantai.common.navigation.stranger")
        )
        found = maker(request)
        request.lantai_frame = found  # type: ignore[attr-defined]
    return found


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Context processor: every template knows its ``frame``."""
    return {"frame": frame_of(request)}
