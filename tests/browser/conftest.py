"""A real Chromium, and a server of sample pages that needs no database."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test.testcases import LiveServerThread
from django.test.utils import override_settings
from playwright.sync_api import Browser, BrowserContext, Playwright, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
FRONTEND = ROOT / "frontend"
CHROMIUM = os.environ.get("LANTAI_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=20_000)  # a busy machine fails no test
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright keeps an event loop in this thread


@pytest.fixture(scope="session")
def built_assets() -> Path:
    """The folder of built scripts and styles, built now when a source changed; skipped where Node is missing."""
    node = shutil.which("node")
    dist = ROOT / "src/lantai/common/static/lantai/dist"
    if node is None and not (dist / "app.js").exists():
        pytest.skip("no built front end and no Node >= 20: apt-get install nodejs npm, then make run")
    if node is not None:
        subprocess.run([node, "build.mjs", "--if-changed"], cwd=FRONTEND, check=True)
    return dist


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(playwright_driver: Playwright) -> Iterator[Browser]:
    """One Chromium for all tests; skipped, with the command that installs it, where there is none."""
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium: apt-get install chromium (or set LANTAI_CHROMIUM to its path)")
    browser = playwright_driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def axe_source() -> str:
    """The accessibility checker, from the front end's development packages."""
    path = FRONTEND / "node_modules/axe-core/axe.min.js"
    if not path.exists():
        pytest.skip("no axe-core: cd frontend && npm ci --ignore-scripts")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def sample_server(built_assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that shows the sample pages as they are shipped: compressed, with hashed names."""
    static = tmp_path_factory.mktemp("static")
    storages = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    chosen = {
        "STATIC_ROOT": static,
        "STORAGES": storages,
        "ROOT_URLCONF": "tests.browser.sample_urls",
        "LANTAI_FRAME": "tests.browser.samples.frame",
        "ALLOWED_HOSTS": ["localhost"],
    }
    with override_settings(**chosen):
        call_command("collectstatic", verbosity=0, interactive=False)
        thread = LiveServerThread("localhost", lambda application: application)
        thread.daemon = True
        thread.start()
        thread.is_ready.wait()
        if thread.error:
            raise thread.error
        yield f"http://localhost:{thread.port}"
        thread.terminate()


NewContext = Callable[..., BrowserContext]


@pytest.fixture
def new_context(chromium: Browser) -> Iterator[NewContext]:
    """Make a browser context: ``phone=True`` for 390 px, ``language`` for the pages, more goes to playwright."""
    made: list[BrowserContext] = []

    def make(*, phone: bool = False, language: str = "zh-hans", **more: object) -> BrowserContext:
        size = {"width": 390, "height": 844} if phone else {"width": 1366, "height": 768}
        context = chromium.new_context(viewport=size, locale="en-GB" if language == "en" else "zh-CN", **more)  # type: ignore[arg-type]
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()
