"""The upload page in a real Chromium, with script: body asked for first, refusals said, pause and resume."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect
from pytest_django.live_server_helper import LiveServer

from lantai.administration.models import Organisation, Person, Role
from lantai.ingest.models import Submission
from tests.browser.conftest import NewContext
from tests.browser.test_staff_pages import looks_right
from tests.ingest.county import found_county, package, settle
from tests.make_people import PASSWORD, make_person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]


@pytest.fixture
def body() -> Organisation:
    return found_county()


@pytest.fixture
def archivist(body: Organisation) -> Person:
    return make_person(Role.ARCHIVIST)


def sign_in(page: Page, site: str, person: Person) -> None:
    page.goto(f"{site}/")
    page.get_by_label("账号").fill(person.username)
    page.get_by_label("口令").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("我的工作")


@pytest.fixture
def page(archivist: Person, built_assets: Path, live_server: LiveServer, new_context: NewContext) -> Page:
    """The upload page as the archivist opened it, its script at work."""
    page = new_context(bypass_csp=True).new_page()
    sign_in(page, live_server.url, archivist)
    page.goto(f"{live_server.url}/upload/")
    page.wait_for_selector("form[data-ready]")
    return page


def choose(page: Page, *files: tuple[str, bytes]) -> Locator:
    """Choose files; the rows that stand for them."""
    page.set_input_files(
        "input[type=file]", [{"name": name, "mimeType": "application/zip", "buffer": data} for name, data in files]
    )
    return page.locator("[data-uploads] li")


def pieces(page: Page) -> list[Request]:
    """The pieces sent from now on."""
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "PUT" else None)
    return sent


def choose_body(page: Page, body: Organisation) -> None:
    page.get_by_label("移交单位").select_option(str(body.pk))


def received(name: str, data: bytes) -> Submission:
    """The one submission of this name, with exactly these bytes."""
    found = Submission.objects.get(name=name)
    assert found.sha512 == hashlib.sha512(data).hexdigest()
    return found


def test_an_archivist_chooses_body_and_file_and_comes_to_the_submission(
    page: Page, body: Organisation, axe_source: str
) -> None:
    (name, data), (other, other_data) = package(51), package(52)
    sent = pieces(page)
    rows = choose(page, (name, data), (other, other_data))
    field = page.get_by_label("移交单位")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description("请先选择，选好后自动开始上传。")
    expect(rows.nth(0).get_by_text("尚未开始：上面还有必填项")).to_be_visible()
    looks_right(page, axe_source)
    rows.nth(1).get_by_role("button", name="移除").click()
    assert sent == []
    choose_body(page, body)
    expect(page.get_by_text("请先选择，选好后自动开始上传。")).to_have_count(0)
    expect(rows).to_have_count(1)
    expect(rows.locator("[data-when=sent]")).to_be_visible()
    looks_right(page, axe_source)
    assert not Submission.objects.filter(name=other).exists()
    submission = received(name, data)
    assert (submission.organisation_id, submission.profile) == (body.pk, "fuzhou")
    rows.locator("[data-name]").click()
    expect(page.get_by_text("已收到，正在检测。")).to_be_visible()
    settle()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        Submission.objects.select_related("report").get(pk=submission.pk).report.title
    )


def test_the_same_file_again_leads_to_what_was_received(page: Page, body: Organisation) -> None:
    name, data = package(53)
    choose_body(page, body)
    file = {"name": name, "mimeType": "application/zip", "buffer": data}
    page.evaluate("() => { Object.defineProperty(File.prototype, 'lastModified', { get: () => 1 }) }")
    page.set_input_files("input[type=file]", [file])
    first = page.locator("[data-uploads] li").nth(0)
    expect(first.locator("[data-when=sent]")).to_be_visible()
    sent = pieces(page)
    page.set_input_files("input[type=file]", [file])
    second = page.locator("[data-uploads] li").nth(1)
    expect(second.locator("[data-when=sent]")).to_be_visible()
    place = f"/submissions/{received(name, data).record_code}/"
    for row in (first, second):
        expect(row.locator("[data-name]")).to_have_attribute("href", place)
    assert sent == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", "要替代的移交包不存在，或没有被退回。"),
        ("en", "The package to be replaced does not exist or was not returned."),
    ],
    ids=["zh-hans", "en"],
)
def test_a_refusal_is_said_in_the_server_s_words_and_not_tried_again(
    language: str, words: str, page: Page, body: Organisation, archivist: Person
) -> None:
    Person.objects.filter(pk=archivist.pk).update(language=language)
    page.goto(f"{page.url}?replaces=E01M80TY2N3763WJPSWFYGRSXR3&organisation={body.pk}")
    page.wait_for_selector("form[data-ready]")
    sent = pieces(page)
    row = choose(page, package(54))
    expect(row.locator("[data-when=refused]")).to_be_visible()
    expect(row.locator("[data-words]")).to_have_text(words)
    page.wait_for_timeout(1500)
    assert len(sent) == 1
    assert not Submission.objects.filter(name=package(54)[0]).exists()


def test_an_empty_file_is_refused_on_the_spot(page: Page, body: Organisation) -> None:
    choose_body(page, body)
    row = choose(page, ("空.zip", b""))
    expect(row.get_by_text("没有收下：文件是空的")).to_be_visible()


def test_pause_and_resume_goes_on_where_it_stopped(page: Page, body: Organisation) -> None:
    name, data = package(55)
    page.locator("form[data-island]").evaluate("form => { form.dataset.chunk = '1000' }")
    choose_body(page, body)
    held: list[Route] = []
    third = "bytes 2000-2999/"

    def hold(route: Route) -> None:
        if route.request.headers.get("content-range", "").startswith(third):
            held.append(route)  # never answered: the line is as good as dead
        else:
            route.continue_()

    page.route("**/upload/**", hold)
    row = choose(page, (name, data))
    while not held:
        page.wait_for_timeout(20)
    row.get_by_role("button", name="暂停").click()
    expect(row.get_by_text("已暂停")).to_be_visible()
    assert Submission.objects.get(name=name).state == "receiving"
    page.unroute("**/upload/**")
    sent = pieces(page)
    row.get_by_role("button", name="继续").click()
    expect(row.locator("[data-when=sent]")).to_be_visible()
    received(name, data)
    assert sent[0].headers["content-range"].startswith(third)


def test_what_passes_by_itself_is_tried_again_and_the_server_is_given_its_time(page: Page, body: Organisation) -> None:
    name, data = package(56)
    page.locator("form[data-island]").evaluate("form => { form.dataset.chunk = '20000' }")
    choose_body(page, body)
    problem = json.dumps({"title": "操作太频繁", "detail": "请在 3 秒后再试。", "status": 429})
    answers = ["away", "often", "busy"]

    def trouble(route: Route) -> None:
        if route.request.method != "PUT":
            route.continue_()
            return
        match answers.pop(0) if answers else "":
            case "away":
                route.abort("connectionreset")
            case "often":
                route.fulfill(
                    status=429,
                    headers={"Retry-After": "3", "Content-Type": "application/problem+json"},
                    body=problem,
                )
            case "busy":
                route.fulfill(status=503)
            case _:
                route.continue_()

    page.route("**/upload/**", trouble)
    row = choose(page, (name, data))
    expect(row.get_by_text("操作太频繁：请在 3 秒后再试。")).to_be_visible()
    page.wait_for_timeout(2500)
    assert answers == ["busy"], "the time the server asked for was not kept"
    expect(row.locator("[data-when=sent]")).to_be_visible(timeout=20_000)
    expect(row.locator("[data-words]")).to_be_hidden()
    assert answers == []
    received(name, data)


def test_a_session_that_ended_says_so_and_goes_on_after_signing_in_again(
    page: Page, body: Organisation, archivist: Person, live_server: LiveServer
) -> None:
    name, data = package(57)
    choose_body(page, body)
    page.context.clear_cookies(name="sessionid")
    row = choose(page, (name, data))
    expect(row.get_by_text("登录已失效：请在另一个窗口登录，再回到这里继续。")).to_be_visible()
    again = page.context.new_page()
    sign_in(again, live_server.url, archivist)
    row.get_by_role("button", name="继续").click()
    expect(row.locator("[data-when=sent]")).to_be_visible()
    received(name, data)
