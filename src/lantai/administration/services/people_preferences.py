"""What people decide about their own account: language and display. Not worth an entry: nobody's rights change."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from lantai.administration.models import Person


@dataclass(frozen=True, slots=True)
class Preferences:
    """Language ("zh-hans" or "en"), letters, contrast, lines, and whether single keys are shortcuts (WCAG 2.1.4)."""

    language: str
    text_size: str
    contrast: str
    density: str
    single_keys: bool


def choose_language(*, user: AbstractBaseUser | AnonymousUser, language: str) -> None:
    """Remember the language of somebody signed in; for the public only the browser remembers."""
    if isinstance(user, Person) and user.language != language:
        user.language = language
        user.save(update_fields=["language"])


def choose_preferences(*, person: Person, wanted: Preferences) -> None:
    """Remember how *person* wants to see the pages; the values were bounded by the form."""
    person.language, person.text_size = wanted.language, wanted.text_size
    person.contrast, person.density, person.single_keys = wanted.contrast, wanted.density, wanted.single_keys
    person.save(update_fields=["language", "text_size", "contrast", "density", "single_keys"])
