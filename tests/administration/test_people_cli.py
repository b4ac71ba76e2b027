"""`lantai people` at the machine: the first three administrators, and the way back in."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from tests.make_people import make_person
from typer.testing import CliRunner

from lantai.administration.models import Person, Role
from lantai.ledger.queries import list_entries
from lantai.site.cli.people import app

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("people_site"), pytest.mark.database]
THREE = ["start", "--system", "sys.wang,YL0001,王系统", "--security", "sec.li，YL0002，李安全", "--audit"]


def run(*words: str, typed: str = ""):
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, list(words), input=typed)


def test_three_people_start_the_archive_and_must_change_their_passwords():
    result = run(*THREE, "aud.zhao,YL0003,赵审计")
    assert result.exit_code == 0
    assert [person.role for person in Person.objects.order_by("pk")] == [Role.SYSTEM, Role.SECURITY, Role.AUDIT]
    for username in ("sys.wang", "sec.li", "aud.zhao"):
        line = next(line for line in result.output.splitlines() if username in line)
        password = re.findall(r"\S{16}", line)[-1]
        client = Client()
        assert client.post("/sign-in/", {"username": username, "password": password}).status_code == 302
        assert client.get("/")["Location"] == "/account/password/"
    again = run(*THREE, "aud.zhao,YL0003,赵审计")
    assert again.exit_code == 1
    assert "三员已经设立" in again.output
    assert Person.objects.count() == 3


def test_two_of_the_three_may_not_be_one_person():
    result = run(*THREE, "aud.zhao,yl-0001,王系统")
    assert result.exit_code == 1
    assert "一人只能有一个账号" in result.output
    assert Person.objects.count() == 0
    assert run(*THREE, "only-a-name").exit_code == 2


def test_without_options_the_three_are_asked_for():
    typed = "sys.wang\nYL0001\n王系统\nsec.li\nYL0002\n李安全\naud.zhao\nYL0003\n赵审计\n"
    assert run("start", typed=typed).exit_code == 0
    assert Person.objects.count() == 3


def test_a_lost_password_is_replaced_at_the_machine_and_the_lock_goes():
    make_person(Role.SECURITY, "sec.li")
    client = Client()
    for _try in range(5):
        client.post("/sign-in/", {"username": "sec.li", "password": "Wrong-1234"})
    result = run("reset", "SEC.LI")
    assert result.exit_code == 0
    password = result.output.split()[-1]
    assert client.post("/sign-in/", {"username": "sec.li", "password": password}).status_code == 302
    assert client.get("/")["Location"] == "/account/password/"
    reset = next(entry for entry in list_entries() if entry.kind == "people.password-reset")
    assert (reset.actor, reset.role, reset.address) == ("console", "console", "console")
    assert password not in repr(list_entries())
    missing = run("reset", "nobody")
    assert missing.exit_code == 1
    assert "没有账号 nobody" in missing.output
