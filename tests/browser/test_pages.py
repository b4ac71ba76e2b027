"""Every page template, shown with sample values: accessible, no wider than a phone, light, in the reader's language."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from playwright.sync_api import Page, Response

from tests.browser.conftest import NewContext
from tests.browser.samples import sample_pages

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ADDRESSES = [f"/sample/{name}/" for name in sample_pages("en")] + [
    "/design/",
    "/sample/search/?public=1",
    "/refused/?bare=1",
    "/nowhere/",
    "/broken/",
]
STAFF_LIMIT, PUBLIC_LIMIT = 120 * 1024, 60 * 1024
CHINESE = re.compile(r"[\u3400-\u9fff]+")
VISIBLE_TEXT = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!parent.closest("script, style, [lang^=zh]:not(html)")) found.push(walker.currentNode.textContent);
  }
  for (const each of document.querySelectorAll("[aria-label], [title], [placeholder], [alt], [data-label]")) {
    if (each.closest("[lang^=zh]:not(html)")) continue;
    const names = ["aria-label", "title", "placeholder", "alt", "data-label"];
    found.push(...names.map((name) => each.getAttribute(name) || ""));
  }
  return [...found, document.title].join("\\n");
}"""


LOOK = """async rules => {
  const found = await axe.run(document, { runOnly: rules, resultTypes: ["violations"], preload: false });
  const told = found.violations.map((each) => `${each.id}: ${each.nodes[0].html.slice(0, 200)}`);
  return [found.passes.length, told];
}"""


def _violations(page: Page, axe_source: str) -> list[str]:
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe_source)
    passes, told = page.evaluate(LOOK, RULES)
    assert passes, "axe looked at nothing"
    return list(told)


@pytest.mark.parametrize("address", ADDRESSES)
def test_page_is_accessible_and_light(
    address: str, sample_server: str, new_context: NewContext, axe_source: str
) -> None:
    page = new_context(bypass_csp=True).new_page()
    transferred = {"bytes": 0}
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on(
        "Network.loadingFinished",
        lambda event: transferred.update(bytes=transferred["bytes"] + event["encodedDataLength"]),
    )
    page.goto(sample_server + address, wait_until="networkidle")
    assert transferred["bytes"] > 10_000, "the transfer was not measured"
    assert transferred["bytes"] <= (PUBLIC_LIMIT if "public" in address else STAFF_LIMIT)
    assert _violations(page, axe_source) == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_phone_in_english_without_sideways_scrolling(address: str, sample_server: str, new_context: NewContext) -> None:
    page = new_context(phone=True, language="en").new_page()
    page.goto(sample_server + address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("html").get_attribute("lang") == "en"
    text = page.evaluate(VISIBLE_TEXT)
    data = {"本人", "持公函的单位", "这件档案控制使用", "可以在线申请查阅"} if "refused" in address else set()
    assert set(CHINESE.findall(text)) - data - {settings.LANTAI_ARCHIVE_NAME} == set()


@pytest.mark.parametrize("name", ["work", "record", "submission", "search"])
def test_phone_is_accessible(name: str, sample_server: str, new_context: NewContext, axe_source: str) -> None:
    page = new_context(phone=True, bypass_csp=True).new_page()
    page.goto(f"{sample_server}/sample/{name}/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert _violations(page, axe_source) == []


@pytest.mark.parametrize("size", ["large", "xlarge"])
def test_large_type_still_fits(size: str, sample_server: str, new_context: NewContext) -> None:
    context = new_context(phone=True)
    context.add_cookies([{"name": "lantai_display", "value": f"size:{size}.contrast:more", "url": sample_server}])
    page = context.new_page()
    for name in ("work", "record", "submission", "search", "form", "sign-in"):
        page.goto(f"{sample_server}/sample/{name}/")
        assert page.locator("html").get_attribute("data-size") == size
        assert page.locator("html").get_attribute("data-contrast") == "more"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name


def test_no_page_breaks_its_security_policy_or_throws(sample_server: str, new_context: NewContext) -> None:
    page = new_context().new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    for name in sample_pages("zh-hans"):
        answer = page.goto(f"{sample_server}/sample/{name}/", wait_until="networkidle")
        assert isinstance(answer, Response)
        assert "script-src 'self'" in (answer.header_value("content-security-policy") or "")
    assert said == []


def test_every_icon_on_the_design_page_is_in_the_sprite(sample_server: str, new_context: NewContext) -> None:
    page = new_context().new_page()
    page.goto(f"{sample_server}/design/")
    missing = page.evaluate(
        """async () => {
          const uses = [...document.querySelectorAll("svg.lt-icon use")].map((use) => use.getAttribute("href"));
          const sprite = await (await fetch(uses[0].split("#")[0])).text();
          const names = new Set(uses.map((href) => href.split("#")[1]));
          return [...names].filter((name) => !sprite.includes(`id="${name}"`));
        }"""
    )
    assert missing == []
