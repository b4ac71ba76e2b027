"""One archive for all tests of this folder's modules; what a test changes is rolled back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from tests.pages.archive import Archive, make_archive


@pytest.fixture(scope="module")
def archive(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Archive]:
    """Records, packages in every state, and people of every role, made once."""
    with django_db_blocker.unblock():
        yield make_archive()
        call_command("flush", verbosity=0, interactive=False)
