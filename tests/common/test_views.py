"""State pages for people, problems for machines, headers for everybody."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import override_settings

from lantai.common.components import Pager
from lantai.common.errors import FieldProblem, Problem, failure_number
from lantai.common.middleware import HEADERS, CompressedPages, Maintenance
from lantai.common.navigation import PREFERENCE_COOKIE, Preferences, preferences_cookie, preferences_of
from lantai.common.views import bad_request, csrf_failure

MACHINE = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def client() -> Client:
    with override_settings(ROOT_URLCONF="tests.browser.sample_urls", LANTAI_FRAME="tests.browser.samples.frame"):
        yield Client(raise_request_exception=False, HTTP_ACCEPT="text/html", HTTP_ACCEPT_LANGUAGE="zh-CN")


def test_refusal_says_why_who_and_what_to_do(client: Client) -> None:
    answer = client.get("/refused/")
    text = answer.content.decode()
    assert answer.status_code == 403
    for words in ("这件档案控制使用。", "持公函的单位", "可以在线申请查阅。", "谁可以", "怎么办", 'id="lt-menu"'):
        assert words in text


def test_stranger_gets_no_menu_and_may_sign_in(client: Client) -> None:
    text = client.get("/refused/?bare=1").content.decode()
    assert 'id="lt-menu"' not in text
    assert "/sample/sign-in/" in text


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/refused/", 403, "forbidden"),
        ("/nowhere/", 404, "not-found"),
        ("/broken/", 500, "failure"),
        ("/often/", 429, "too-many-requests"),
    ],
)
def test_a_machine_gets_a_problem(client: Client, path: str, status: int, kind: str) -> None:
    answer = client.get(path, **MACHINE)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.content)
    assert problem["type"].endswith(f"/{kind}")
    assert problem["status"] == status
    assert problem["title"]


@pytest.mark.parametrize("accepted", ["*/*", "application/json, text/html;q=0.9", "image/png", ""])
def test_api_paths_answer_problems(client: Client, accepted: str) -> None:
    answer = client.get("/api/broken/", HTTP_ACCEPT=accepted)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_browser_gets_a_page_from_an_api_path_too(client: Client) -> None:
    answer = client.get("/api/broken/", HTTP_ACCEPT="text/html,application/xhtml+xml,*/*;q=0.8")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "系统出错了" in answer.content.decode()


def test_failure_number_stands_in_page_header_and_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="lantai.failure"):
        answer = client.get("/broken/")
    number = answer.headers["X-Error-Number"]
    assert answer.status_code == 500
    assert number in answer.content.decode()
    record = next(record for record in caplog.records if number in record.getMessage())
    assert record.exc_info is not None
    assert "broken on purpose" in str(record.exc_info[1])
    assert "broken on purpose" not in answer.content.decode()


def test_failure_page_needs_neither_user_nor_menu(client: Client) -> None:
    def no_frame(request: HttpRequest) -> None:
        raise RuntimeError("the database is gone")

    globals()["no_frame"] = no_frame
    with override_settings(LANTAI_FRAME="tests.common.test_views.no_frame"):
        answer = client.get("/broken/")
    assert answer.status_code == 500
    assert "系统出错了" in answer.content.decode()


def test_numbers_of_failures_differ() -> None:
    numbers = {failure_number() for _ in range(500)}
    assert len(numbers) == 500
    assert all(len(number) == 11 and number.startswith("E-") for number in numbers)


def test_too_many_says_when(client: Client) -> None:
    answer = client.get("/often/")
    assert answer.headers["Retry-After"] == "30"
    assert "30" in answer.content.decode()


def test_bad_request_and_stale_form_are_pages(client: Client) -> None:
    request = RequestFactory().get("/", HTTP_ACCEPT="text/html")
    assert bad_request(request, ValueError()).status_code == 400
    stale = csrf_failure(request, "no cookie")
    assert stale.status_code == 403
    assert "表单已失效" in stale.content.decode()


def test_a_form_without_token_is_refused_with_our_page() -> None:
    with override_settings(ROOT_URLCONF="tests.browser.sample_urls", LANTAI_FRAME="tests.browser.samples.frame"):
        client = Client(enforce_csrf_checks=True, HTTP_ACCEPT="text/html", HTTP_ACCEPT_LANGUAGE="zh-CN")
        answer = client.post("/display/", {"size": "large"})
    assert answer.status_code == 403
    assert "表单已失效" in answer.content.decode()


def test_every_answer_carries_the_headers(client: Client) -> None:
    for path in ("/sample/work/", "/nowhere/", "/broken/", "/api/broken/"):
        answer = client.get(path)
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
    assert "unsafe-eval" not in HEADERS["Content-Security-Policy"]
    assert "script-src 'self';" in HEADERS["Content-Security-Policy"]


def test_only_whole_pages_are_compressed() -> None:
    def answer(kind: str) -> HttpResponse:
        request = RequestFactory().get("/", HTTP_ACCEPT_ENCODING="gzip")
        response = CompressedPages(lambda _: HttpResponse("a" * 5000, content_type=kind))(request)
        assert isinstance(response, HttpResponse)
        return response

    assert answer("text/html; charset=utf-8").headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in answer("application/zip").headers


def test_maintenance_while_the_sign_hangs(tmp_path: Path) -> None:
    with override_settings(LANTAI_HOME=tmp_path):
        middleware = Maintenance(lambda request: HttpResponse("open"))
        request = RequestFactory().get("/", HTTP_ACCEPT="text/html")
        assert middleware(request).status_code == 200
        (tmp_path / "maintenance").write_text("升级到 18:00", encoding="utf-8")
        closed = middleware(request)
        assert isinstance(closed, HttpResponse)
        assert closed.status_code == 503
        assert "升级到 18:00" in closed.content.decode()
        assert closed.headers["Retry-After"] == "120"
        assert middleware(RequestFactory().get(f"{settings.STATIC_URL}x.css")).status_code == 200
        (tmp_path / "maintenance").unlink()
        assert middleware(request).status_code == 200


def test_display_preferences_are_kept_and_nothing_else(client: Client) -> None:
    answer = client.post("/display/", {"size": "large", "contrast": "loud", "next": "/sample/work/"})
    assert answer.headers["Location"] == "/sample/work/"
    assert client.cookies[PREFERENCE_COOKIE].value == "size:large"
    client.post("/display/", {"contrast": "more", "next": "https://elsewhere.example/"})
    assert client.cookies[PREFERENCE_COOKIE].value == "size:large.contrast:more"


def test_display_never_leads_elsewhere(client: Client) -> None:
    for target in ("https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""):
        answer = client.post("/display/", {"size": "large", "next": target})
        assert answer.headers["Location"] == "/sample/work/"


@pytest.mark.parametrize("text", ["size:huge", "size", "a:b.c:d", "size:large.size:x", "__class__:x", ":.::", "..."])
def test_forged_preferences_do_no_harm(text: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES[PREFERENCE_COOKIE] = text
    found = preferences_of(request)
    assert found.size in Preferences.CHOICES["size"]
    assert (found.contrast, found.keys, found.density) == ("", "", "")


def test_preferences_survive_the_cookie() -> None:
    wanted = Preferences(size="xlarge", contrast="more", keys="off", density="compact")
    request = RequestFactory().get("/")
    request.COOKIES[PREFERENCE_COOKIE] = preferences_cookie(wanted)
    assert preferences_of(request) == wanted


def test_problem_has_the_members_of_the_standard() -> None:
    problem = Problem(
        type="invalid-package",
        title="包不完整",
        status=422,
        detail="缺少 2 个文件",
        errors=[FieldProblem("/files/0", "missing", "没有 permit.pdf")],
        more={"number": "E-1", "status": 200},
    )
    body = json.loads(problem.response({"Retry-After": "5"}).content)
    assert body["type"].endswith("/invalid-package")
    assert (body["title"], body["status"], body["detail"]) == ("包不完整", 422, "缺少 2 个文件")
    assert body["errors"] == [{"pointer": "/files/0", "code": "missing", "detail": "没有 permit.pdf"}]
    assert body["number"] == "E-1"
    assert "instance" not in body
    assert problem.response({"Retry-After": "5"}).headers["Retry-After"] == "5"


@pytest.mark.parametrize(
    ("page", "pages", "numbers"),
    [
        (1, 1, [1]),
        (1, 3, [1, 2, 3]),
        (1, 10, [1, 2, 3, 0, 10]),
        (5, 10, [1, 0, 3, 4, 5, 6, 7, 0, 10]),
        (10, 10, [1, 0, 8, 9, 10]),
        (1, 0, [1]),
    ],
)
def test_pager_offers_near_pages_and_both_ends(page: int, pages: int, numbers: list[int]) -> None:
    assert Pager(first=1, last=1, total=1, page=page, pages=pages, base="?").numbers == numbers


def test_design_page_is_for_staff(client: Client) -> None:
    assert client.get("/design/").status_code == 200
    assert client.get("/design/?public=1").status_code == 403
