"""Start Django for a command that needs the archive itself."""

from __future__ import annotations

import os

import django
from django.core.management import call_command
from django.db import connection


def start_django() -> None:
    """Load the settings and the rooms; called by each command that touches the archive, first thing."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
    django.setup()


def prepare_store() -> None:
    """Bring the database to this version and lay out what lies in files. Safe to repeat."""
    call_command("migrate", verbosity=0, interactive=False)
    connection.close()
