"""The steps of an archivist's day, each written once for every hand (see hands.py)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Locator, Page, expect

from lantai.administration.models import Organisation, Person
from lantai.catalog.models import Record
from lantai.ingest.models import Batch, CorrectionRequest, Submission
from lantai.work.models import Job, JobState
from tests.browser.hands import Hand
from tests.ingest.county import settle
from tests.make_people import PASSWORD


def heading(page: Page, words: str | re.Pattern[str]) -> None:
    """The page that has this heading is open."""
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def sign_in(hand: Hand, site: str, person: Person, password: str = PASSWORD) -> None:
    """From the address of the site to the person's first page."""
    page = hand.page
    page.goto(f"{site}/")
    hand.write(page.get_by_label("账号"), person.username)
    hand.write(page.get_by_label("口令"), password)
    hand.press(page.get_by_role("button", name="登录"))
    expect(page.get_by_role("navigation", name="主导航")).to_be_visible()


def sign_out(hand: Hand) -> None:
    """Through the menu of the account."""
    page = hand.page
    hand.press(page.locator("summary.lt-tool"))
    hand.press(page.get_by_role("button", name="退出登录"))
    expect(page.get_by_text("您已退出。")).to_be_visible()


def go(hand: Hand, name: str, title: str | re.Pattern[str] = "") -> None:
    """Through the menu to a page."""
    page = hand.page
    menu = page.get_by_role("navigation", name="主导航")
    hand.press(menu.get_by_role("link", name=re.compile(f"^{name}")))
    heading(page, title or name)


def button(page: Page, name: str | re.Pattern[str], *, exact: bool = False) -> Locator:
    """A button in the page's own part."""
    return page.get_by_role("main").get_by_role("button", name=name, exact=exact)


def receive(hand: Hand, body: Organisation | None, package: Path, *, script: bool = True) -> Submission:
    """Upload a package and come to what became of it."""
    page = hand.page
    go(hand, "上传移交包")
    if script:
        page.wait_for_selector("form[data-ready]")
    if body is not None:
        hand.choose(page.get_by_label("移交单位"), str(body.pk))
    hand.attach(page.locator("input[type=file]"), package)
    if script:
        expect(page.locator("[data-uploads] li [data-when=sent]")).to_be_visible()
        hand.press(page.locator("[data-uploads] li a[data-name]"))
    else:
        hand.press(button(page, "上传", exact=True))
    expect(page.get_by_text("已收到，正在检测。")).to_be_visible()
    settle()
    page.reload()
    return Submission.objects.get(name=package.name)


def refuse_two(hand: Hand, batch: Batch, titles: tuple[str, str], why: str) -> None:
    """Take a batch in part: two go back with a reason and their faults, the rest is taken in."""
    page = hand.page
    go(hand, "移交批次")
    hand.press(page.get_by_role("link", name=batch.name))
    waiting = batch.submissions.filter(state="examined").count()
    hand.press(page.get_by_role("link", name=f"处理待定的 {waiting} 件"))
    for title in titles:
        hand.tick(page.get_by_label(title, exact=False))
    hand.write(page.get_by_label("退回说明"), why)
    hand.press(button(page, "核对"))
    heading(page, f"核对：接收 {waiting - 2} 件，退回 2 件")
    hand.press(button(page, f"接收 {waiting - 2} 件，退回 2 件"))
    expect(page.get_by_text("已开始处理，完成后会通知您。")).to_be_visible()
    assert CorrectionRequest.objects.filter(note=why).count() == 0, "nothing is done before the worker does it"


@contextmanager
def disk_away() -> Iterator[None]:
    """The disk of the storage is not there: what is to be stored fails."""
    place = Path(settings.LANTAI_STORAGE_ROOT)
    aside = place.with_name("storage-elsewhere")
    place.mkdir(parents=True, exist_ok=True)
    place.rename(aside)
    place.write_text("no folder", encoding="ascii")
    try:
        yield
    finally:
        place.unlink()
        aside.rename(place)


def retry_failed_job(hand: Hand) -> None:
    """From the bell to the job that failed; try again; it is done."""
    page = hand.page
    failed = Job.objects.filter(state=JobState.FAILED)
    assert failed.exists()
    hand.press(page.get_by_role("link", name=re.compile("^通知")))
    heading(page, "通知")
    hand.press(page.get_by_role("main").get_by_role("link", name=re.compile("失败")).first)
    hand.press(button(page, "重试"))
    expect(page.get_by_text("任务已重新排队。")).to_be_visible()
    settle()
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("完成")
    assert not failed.exists()


def describe(hand: Hand, title: str, *, script: bool = True) -> Record:
    """The first record that waits: accept a suggestion, write the title, save; the next one opens."""
    page = hand.page
    go(hand, "著录与复核")
    hand.press(page.get_by_role("link", name="开始著录"), key="n" if script else "")
    expect(page.get_by_role("heading", level=2, name="著录 DA/T 18-2022")).to_be_visible()
    if script:
        page.wait_for_selector("[data-island=describe][data-ready]")
    code = page.url.partition("/records/")[2].partition("/")[0]
    hand.press(page.locator("[name=accept]").first)
    expect(page.get_by_text("建议已填入草稿，保存后才算数。")).to_be_visible()
    hand.write(page.locator("#e-title"), title)
    hand.press(button(page, re.compile("^保存并到下一件")), key="Control+Enter" if script else "")
    expect(page.get_by_text("记入历史")).to_be_visible()
    record = Record.objects.get(record_code=code)
    assert record.title == title
    assert code not in page.url, "the next record is open"
    return record


def number(hand: Hand, fonds: str, place: str, year: int, *, script: bool = True) -> None:
    """Choose records on two pages of the tree, see their codes, give them."""
    page = hand.page
    go(hand, "全宗与分类")
    hand.press(page.get_by_role("cell").get_by_role("link", name=fonds))
    hand.press(page.get_by_role("cell").get_by_role("link", name=place))
    hand.press(page.get_by_role("cell").get_by_role("link", name=str(year), exact=True))
    hand.press(page.get_by_role("main").get_by_role("link", name=re.compile("^未编号")))
    boxes = page.get_by_role("checkbox", name=re.compile("^选择："))
    hand.tick(boxes.nth(0))
    if not script:
        hand.press(button(page, "记住本页的选择"))
    expect(page.locator("[data-count]")).to_have_text("1")
    hand.press(page.get_by_role("link", name="下一页"))
    expect(page.get_by_role("link", name="上一页")).to_be_visible()
    hand.tick(boxes.nth(0))
    hand.press(button(page, "编号…"))
    expect(page.get_by_text("已选 2 件").first).to_be_visible()
    hand.press(button(page, "预览效果"))
    before = Record.objects.filter(archive_code=None).count()
    hand.press(button(page, "编号 2 件"))
    expect(page.get_by_text("正在后台办理")).to_be_visible()
    settle()
    page.reload()
    expect(page.get_by_text("已办成 2 件")).to_be_visible()
    assert Record.objects.filter(archive_code=None).count() == before - 2


def merge(hand: Hand, kept: Record, other: Record) -> None:
    """Find a record, open its files, find the other one and take it in."""
    page = hand.page
    go(hand, "统一检索", re.compile("可以检索"))
    hand.write(page.locator("#lt-words"), kept.archive_code or kept.record_code)
    hand.press(button(page, "查找"))
    hand.press(page.locator(f'.lt-result a[href^="/records/{kept.record_code}/"]').first)
    hand.press(page.get_by_role("link", name="组件", exact=True))
    heading(page, "组件")
    hand.write(page.get_by_label("查找", exact=True), other.archive_code or other.record_code)
    hand.press(button(page, "查找"))
    expect(page.get_by_label("要并入的档号或电子文件号")).not_to_have_value("")
    hand.write(page.get_by_label("合并的理由"), "同一件事的两份登记")
    hand.press(button(page, "并入这一件"))
    expect(page.get_by_text("已并入这一件")).to_be_visible()
    other.refresh_from_db()
    assert other.state == "merged"


def import_catalogue(hand: Hand, table: Path, *, script: bool = True) -> None:
    """Upload, map the columns, try, import the sound lines."""
    page = hand.page
    go(hand, "目录导入")
    hand.press(page.get_by_role("link", name="导入目录").first)
    hand.attach(page.get_by_label("目录文件"), table)
    hand.press(button(page, "上传并识别"))
    heading(page, "核对对照")
    hand.choose(page.get_by_label("保管期限：转换", exact=True), "codes")
    hand.write(page.get_by_label("保管期限：参数", exact=True), "永久=Y；甲=D30")
    if not script:
        hand.press(button(page, "预览"))
    hand.write(page.get_by_label("保存为"), "老局目录")
    expect(page.locator("#lt-preview")).to_contain_text("D30")
    hand.press(button(page, "试导"))
    expect(page.get_by_text("对照表“老局目录”第 1 版已保存。")).to_be_visible()
    settle()
    page.reload()
    expect(page.get_by_text("I3")).to_be_visible()
    records = Record.objects.count()
    hand.press(button(page, "导入 2 行"))
    expect(button(page, "导入 2 行")).to_have_count(0)
    settle()
    page.reload()
    expect(page.get_by_text("完成但有异常。")).to_be_visible()
    assert Record.objects.count() == records + 2
