"""Two ways to do the same step of a journey: with the mouse, or with keys alone and the focus watched on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from playwright.sync_api import ConsoleMessage, FilePayload, Locator, Page, expect

FAR = 300
"""So many presses of Tab are enough for the longest page."""
NO_MOUSE = 'addEventListener("pointerdown", () => console.error("a mouse was used"), true)'
WAY = """wanted => {
  const here = document.activeElement;
  const radios = wanted.type === "radio" && here.type === "radio" && here.form === wanted.form;
  if (here === wanted || (radios && here.name === wanted.name)) return "";
  const main = document.getElementById("main");
  if (here.matches(".lt-skip") && main && main.contains(wanted)) return "Enter";
  return here.compareDocumentPosition(wanted) & Node.DOCUMENT_POSITION_PRECEDING ? "Shift+Tab" : "Tab";
}"""
FAULT = """() => {
  const here = document.activeElement;
  if (!here || here === document.body || here.id === "main") return "";
  const style = getComputedStyle(here);
  const box = here.getClientRects()[0];
  const named = here.outerHTML.slice(0, 160);
  if (!box || box.width < 1 || box.height < 1) return `has no size: ${named}`;
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) return `has no ring: ${named}`;
  const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth) - 1;
  const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight) - 1;
  if (left > right || top > bottom) return `is off the screen: ${named}`;
  for (const [x, y] of [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9]]) {
    const over = document.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y);
    if (over && (over === here || here.contains(over) || over.contains(here))) return "";
  }
  return `is covered: ${named}`;
}"""


class Hand(Protocol):
    """What a person does on a page, whatever with."""

    page: Page

    def press(self, target: Locator, *, key: str = "") -> None:
        """Press a link or button; *key* is its shortcut."""

    def write(self, target: Locator, text: str) -> None:
        """Replace what stands in a field; a day as YYYY-MM-DD."""

    def choose(self, target: Locator, value: str) -> None:
        """Choose the option of this value or words."""

    def tick(self, target: Locator) -> None:
        """Tick a box or choose a radio button."""

    def attach(self, target: Locator, *files: Path | FilePayload) -> None:
        """Choose files for a field."""


@dataclass
class Mouse:
    """By mouse; also without script."""

    page: Page

    def press(self, target: Locator, *, key: str = "") -> None:
        target.click()

    def write(self, target: Locator, text: str) -> None:
        target.fill(text)

    def choose(self, target: Locator, value: str) -> None:
        target.select_option(value)

    def tick(self, target: Locator) -> None:
        target.check()

    def attach(self, target: Locator, *files: Path | FilePayload) -> None:
        target.set_input_files(list(files))  # type: ignore[arg-type]


@dataclass
class Keys:
    """By Tab, Enter, Space, arrows and shortcuts; every place the focus comes to must be seen."""

    page: Page

    def _reach(self, target: Locator) -> None:
        expect(target).to_be_visible()
        wanted = target.element_handle()
        assert wanted is not None
        for _step in range(FAR):
            way = wanted.evaluate(WAY)
            if not way:
                return
            self.page.keyboard.press(way)
            fault = self.page.evaluate(FAULT)
            assert not fault, f"{self.page.url}: the focus {fault}"
        raise AssertionError(f"{self.page.url}: {target} is not reached by keys")

    def press(self, target: Locator, *, key: str = "") -> None:
        if key:
            expect(target).to_be_visible()
        else:
            self._reach(target)
        self.page.keyboard.press(key or "Enter")

    def write(self, target: Locator, text: str) -> None:
        self._reach(target)
        if target.get_attribute("type") == "date":
            year, month, day = text.split("-")
            for each in (year, "ArrowRight", month, day):
                self.page.keyboard.press(each) if each.isalpha() else self.page.keyboard.type(each)
        else:
            self.page.keyboard.press("Control+a")
            self.page.keyboard.type(text)
        expect(target).to_have_value(text)

    def choose(self, target: Locator, value: str) -> None:
        self._reach(target)
        options: Sequence[tuple[str, str]] = target.locator("option").evaluate_all(
            "all => all.map(each => [each.value, each.label])"
        )
        at = next(number for number, option in enumerate(options) if value in option)
        self.page.keyboard.press("Home")
        for _step in range(at):
            self.page.keyboard.press("ArrowDown")
        expect(target).to_have_value(options[at][0])

    def tick(self, target: Locator) -> None:
        self._reach(target)
        for _step in range(FAR):
            if target.is_checked():
                return
            here = target.evaluate("each => each === document.activeElement")
            self.page.keyboard.press("Space" if here else "ArrowDown")
        raise AssertionError(f"{target} is not ticked by keys")

    def attach(self, target: Locator, *files: Path | FilePayload) -> None:
        self._reach(target)
        with self.page.expect_file_chooser() as asked:
            self.page.keyboard.press("Space")
        asked.value.set_files(list(files))  # type: ignore[arg-type]


@dataclass
class Watch:
    """What the browser complains of: broken policy, failed requests, errors of scripts."""

    said: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        """Begin to listen to *page*."""
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.said.append(f"{message.text} ({message.location.get('url', '')})")
