"""Take every picture of the guides anew from a demo county (make guide)."""

from __future__ import annotations

import io
import sys
import tomllib
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from demo_server import PASSWORD, ROOT, demo_server

CHROMIUM = "/usr/bin/chromium"
TARGET = ROOT / "docs/guide/pictures"


def main() -> None:
    """One WebP for each picture named in tools/guide_pictures.toml, 1366 x 768, signed in as the account it names."""
    data = tomllib.loads((ROOT / "tools/guide_pictures.toml").read_text(encoding="utf-8"))
    TARGET.mkdir(parents=True, exist_ok=True)
    with demo_server(cases=60) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for account in dict.fromkeys(each["as"] for each in data["picture"]):
            page = _signed_in(browser, address, account)
            for each in data["picture"]:
                if each["as"] == account:
                    _take(page, address, each)
                    sys.stdout.write(f"{each['name']}\n")
        browser.close()


def _signed_in(browser: Browser, address: str, account: str) -> Page:
    page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN", timezone_id="Asia/Shanghai")
    page.goto(f"{address}/sign-in/")
    page.fill("[name=username]", account)
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return page


def _take(page: Page, address: str, told: dict[str, Any]) -> None:
    """Go to the page (following ``then``, selectors to click one after the other) and keep what is seen."""
    page.goto(address + told["page"], wait_until="networkidle")
    for selector in told.get("then", ()):
        page.locator(selector).first.click()
        page.wait_for_load_state("networkidle")
    seen = Image.open(io.BytesIO(page.screenshot()))
    seen.convert("RGB").save(TARGET / f"{told['name']}.webp", quality=80, method=6)


if __name__ == "__main__":
    main()
