"""No page asks the database more than twelve times, whoever opens it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lantai.administration.models import Role
from tests.make_people import make_person, signed_in
from tests.pages.archive import Archive
from tests.permissions.test_matrix import LETTERS, TABLE

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("index")]
MOST = 12


def test_no_page_asks_the_database_more_than_twelve_times(archive: Archive) -> None:
    make_person(Role.SUPERVISOR, username="another", pk=archive.people[Role.LEADER].pk + 1000)
    asked = {}
    for letter in LETTERS:
        if letter == "-":
            continue
        client = signed_in(archive.people[Role(LETTERS[letter])])
        for name, line in TABLE.items():
            if line.method != "get" or letter not in line.who:
                continue
            path = reverse(name, args=line.arguments(archive))
            client.get(path)  # what a process asks once and keeps is no matter of the page
            with CaptureQueriesContext(
                connection,
            ) as queries:
                response = client.get(path)
            if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
                counted = [each["sql"] for each in queries if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))]
                asked[name, letter] = counted
    assert len(asked) > 20
    assert {each: len(counted) for each, counted in asked.items() if len(counted) > MOST} == {}
