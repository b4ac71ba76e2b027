"""What tests of administration share: quick password hashes, a clock to be moved, plain static files."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone


class Clock:
    """The time all of Lantai sees; it stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = timezone.now().replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that only the test moves."""
    made = Clock()
    monkeypatch.setattr(timezone, "now", made)
    return made


@pytest.fixture
def people_site(settings) -> None:
    """Pages of people under quick hashes and unbuilt static files."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ROOT_URLCONF = "people_urls"
    settings.LANTAI_FRAME = "people_urls.frame"
    [engine] = settings.TEMPLATES
    frame = "lantai.common.navigation.frame"
    processors = [each for each in engine["OPTIONS"]["context_processors"] if each != frame]
    settings.TEMPLATES = [{**engine, "OPTIONS": {**engine["OPTIONS"], "context_processors": [*processors, frame]}}]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
