"""axe-core over every page of every role: at a desk, and on a phone in large type and high contrast, none too wide.

A page template of which no sample was seen fails the test: whoever makes a page gives it one in every_page.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Response
from pytest_django.live_server_helper import LiveServer

from lantai.administration.services.first_start import open_first_start
from lantai.common.pages import Page as AnyPage
from tests.browser.conftest import NewContext
from tests.browser.every_page import Visit, addresses, clients, fill, pages_of, sent_by
from tests.browser.test_pages import _violations
from tests.pages.archive import Archive, make_archive

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]

DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
ELSEWHERE = {
    "administration/started.html",  # here: test_the_first_start
    "administration/carried.html",  # test_losing_nothing
    "catalog/arranging/branch.html",  # a part that the script asks for: test_arranging
    "lantai/pages/sign_in.html",  # test_pages
    "lantai/states/state.html",  # test_pages
}
SEND = """([at, sent]) => {
  const form = Object.assign(document.createElement("form"), { method: "post", action: at });
  const token = document.cookie.match(/csrftoken=([^;]+)/)[1];
  for (const [name, value] of [...Object.entries(sent), ["csrfmiddlewaretoken", token]])
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  document.body.append(form);
  form.submit();
}"""
LARGE = """() => Object.assign(document.documentElement.dataset, { size: "xlarge", contrast: "more" })"""
PLAIN = """() => { for (const each of ["size", "contrast"]) delete document.documentElement.dataset[each]; }"""


def page_templates() -> set[str]:
    """The templates of all pages there are."""
    found, waiting = set(), [AnyPage]
    while waiting:
        each = waiting.pop()
        waiting += each.__subclasses__()
        if isinstance(getattr(each, "template", None), str):
            found.add(each.template)
    return found


def faults_of(page: Page, axe_source: str, *, desk: bool = True, phone: bool = True) -> list[str]:
    """What is wrong with the page that is open: its width on a phone, and what axe finds at the places asked for."""
    page.wait_for_load_state()
    page.evaluate("scrollTo(0, 0)")
    found = [f"desk: {each}" for each in _violations(page, axe_source)] if desk else []
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for size in (PLAIN, LARGE):
        page.evaluate(size)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > PHONE["width"]:
            found.append(f"phone{' large' if size == LARGE else ''}: {wide} px wide")
    if phone:
        found += [f"phone: {each}" for each in _violations(page, axe_source)]
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    return found


def open_visit(page: Page, site: str, visit: Visit) -> Response | None:
    if not visit.sent:
        return page.goto(site + visit.at)
    with page.expect_navigation() as waiting:
        page.evaluate(SEND, [visit.at, dict(visit.sent)])
    return waiting.value


@pytest.fixture
def archive() -> Archive:
    made = make_archive()
    fill(made)
    return made


@pytest.mark.parametrize("letters", ["A", "DPLSYCU"])
def test_every_page_of_every_role(
    letters: str,
    archive: Archive,
    built_assets: Path,
    live_server: LiveServer,
    new_context: NewContext,
    axe_source: str,
    tmp_path: Path,
) -> None:
    known = addresses(archive, tmp_path)
    wrong: dict[str, list[str]] = {}
    seen: set[str] = set()
    people = clients(archive)
    for letter in letters:
        context = new_context(bypass_csp=True)
        key = people[letter][1].cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": key, "url": live_server.url}])
        page = context.new_page()
        visits = [*pages_of(letter, archive, known), *sent_by(letter, archive, known)]
        assert visits
        if letter != "A":
            visits = [*{each.name: each for each in visits}.values()]
        for visit in visits:
            answer = open_visit(page, live_server.url, visit)
            status = answer.status if answer else 0
            named, new = f"{letter} {visit.name} {visit.at}", visit.name not in seen
            if status == 404 and visit.name not in known:
                continue  # the matrix asks for a thing that is not there; the template has a sample all the same
            if status not in (200, 422):
                wrong[named] = [f"answers {status}"]
                continue
            wrong[named] = faults_of(page, axe_source, desk=letter == "A" or not new, phone=new)
            seen.add(visit.name)
    assert {name: faults for name, faults in wrong.items() if faults} == {}


def test_every_page_template_has_a_sample(archive: Archive, tmp_path: Path) -> None:
    known = addresses(archive, tmp_path)
    seen = set(ELSEWHERE)
    for letter, (_person, client) in clients(archive).items():
        for visit in [*pages_of(letter, archive, known), *sent_by(letter, archive, known)]:
            answer: Any = client.post(visit.at, dict(visit.sent)) if visit.sent else client.get(visit.at)
            seen |= {each.name for each in answer.templates}
    assert page_templates() - seen == set()


def test_the_first_start(
    settings: Any,
    tmp_path: Path,
    built_assets: Path,
    live_server: LiveServer,
    new_context: NewContext,
    axe_source: str,
    transactional_db: None,
) -> None:
    settings.LANTAI_HOME = tmp_path
    code = open_first_start()
    page = new_context(bypass_csp=True).new_page()
    page.goto(f"{live_server.url}/")
    page.wait_for_url("**/first-start/")
    assert faults_of(page, axe_source) == []
    page.get_by_label("启动码").fill(code or "")
    page.get_by_label("档案馆名称").fill("云岭县档案馆")
    for number, role in enumerate(("system", "security", "audit"), 1):
        for name, value in (("username", f"{role}.wang"), ("number", f"YL000{number}"), ("name", f"王{number}")):
            page.locator(f"[name={role}_{name}]").fill(value)
    page.get_by_role("main").get_by_role("button").last.click()
    page.wait_for_selector("[id^=password-]")
    assert faults_of(page, axe_source) == []
