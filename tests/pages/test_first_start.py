"""The first start of an archive: one visitor with the console's code, once, and never again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from lantai.administration.models import Person, Role
from lantai.administration.services.first_start import TRIES, first_start_is_open, open_first_start
from lantai.ledger.queries import list_entries
from tests.make_people import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def home(settings: Any, tmp_path: Path) -> Path:
    settings.LANTAI_HOME = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return tmp_path


def three(code: str, **more: str) -> dict[str, str]:
    people = {
        f"{role}_{name}": value
        for number, role in enumerate(("system", "security", "audit"), 1)
        for name, value in (("username", f"{role}.wang"), ("number", f"YL000{number}"), ("name", f"王{number}"))
    }
    return {"code": code, "archive_name": "测试县档案馆", **people, **more}


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def test_the_first_visitor_founds_the_archive_once(home: Path, client: Client) -> None:
    code = open_first_start()
    assert code is not None and re.fullmatch(r"([A-Z2-9]{4}-){2}[A-Z2-9]{4}", code)
    assert code not in (home / "keys" / "first-start").read_text()
    assert client.get("/")["Location"].startswith(reverse("sign-in"))
    assert client.get(reverse("sign-in"))["Location"] == reverse("first-start")
    assert "启动码" in text_of(client.get(reverse("first-start")))
    page = text_of(client.post(reverse("first-start"), three(code.lower().replace("-", " "))))
    passwords = re.findall(r'id="password-[^"]*"[^>]*>([^<]{16})<', page)
    assert len(passwords) == 3, page
    assert (home / "archive-name").read_text() == "测试县档案馆"
    assert [each.role for each in Person.objects.order_by("pk")] == [Role.SYSTEM, Role.SECURITY, Role.AUDIT]
    signed = Client().post(reverse("sign-in"), {"username": "system.wang", "password": passwords[0]})
    assert signed.status_code == 302
    [named] = list_entries(kinds=("administration.archive-named",), limit=5)
    assert named.detail["after"] == {"name": "测试县档案馆"} and code not in str(named.detail)
    assert len(list_entries(kinds=("people.account-created",), limit=9)) == 3
    for again in (client.get(reverse("first-start")), client.post(reverse("first-start"), three(code))):
        assert again.status_code == 404
    assert open_first_start() is None and not first_start_is_open()
    assert client.get(reverse("sign-in")).status_code == 200


def test_without_the_code_of_the_console_there_is_no_way_in(home: Path, client: Client) -> None:
    assert client.get(reverse("first-start")).status_code == 404
    assert client.post(reverse("first-start"), three("AAAA-AAAA-AAAA")).status_code == 404
    code = open_first_start()
    for left in range(TRIES - 1, 0, -1):
        page = text_of(client.post(reverse("first-start"), three("AAAA-AAAA-AAAA")))
        assert f"还可以试 {left} 次" in page
    assert "首次启动已关闭" in text_of(client.post(reverse("first-start"), three("AAAA-AAAA-AAAA")))
    assert client.post(reverse("first-start"), three(str(code))).status_code == 404
    assert not Person.objects.exists() and not list((home / "keys").glob("first-start*"))
    assert open_first_start() != code, "the console gives another one"


def test_every_fault_is_told_and_the_code_stays(home: Path, client: Client) -> None:
    code = str(open_first_start())
    more: dict[str, Any] = {"security_number": "yl-0001", "audit_username": "x", "archive_name": "", "system_name": ""}
    page = text_of(client.post(reverse("first-start"), three(code, **more)))
    assert "有 4 处需要修改" in page and "三员须是三个不同的人" in page
    refused = text_of(client.post(reverse("first-start"), three(code, system_username="console")))
    assert "账号须为 3 至 64 个小写字母" in refused
    assert not Person.objects.exists() and first_start_is_open()
    assert client.post(reverse("first-start"), three(code)).status_code == 200
    assert Person.objects.count() == 3


def test_an_archive_with_administrators_never_opens(home: Path, client: Client) -> None:
    open_first_start()
    make_person(Role.SYSTEM)
    assert client.get(reverse("first-start")).status_code == 404
    assert open_first_start() is None
    assert not (home / "keys" / "first-start").exists()
