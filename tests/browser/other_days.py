"""The steps of a department clerk's day and of the three administrators', each written once for every hand."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from lantai.administration.models import Person, Role
from lantai.ingest.models import CorrectionRequest, Submission
from tests.browser.archivist_day import button, go, heading, sign_in, sign_out
from tests.browser.hands import Hand
from tests.ingest.county import settle
from tests.make_people import PASSWORD


def hand_over(hand: Hand, package: Path) -> Submission:
    """Upload a package of one's own body and read its receipt."""
    page = hand.page
    _send(hand, package)
    settle()
    page.reload()
    hand.press(page.get_by_role("main").get_by_role("link", name=re.compile("接收回执")).first)
    expect(page.get_by_role("heading", name="签名原文")).to_be_visible()
    return Submission.objects.get(name=package.name)


def _send(hand: Hand, package: Path) -> None:
    page = hand.page
    heading(page, "上传移交包")
    page.wait_for_selector("form[data-ready]")
    hand.attach(page.locator("input[type=file]"), package)
    expect(page.locator("[data-uploads] li [data-when=sent]")).to_be_visible()
    hand.press(page.locator("[data-uploads] li a[data-name]"))
    expect(page.get_by_text("已收到，正在检测。")).to_be_visible()


def send_again(hand: Hand, asked: CorrectionRequest, package: Path) -> None:
    """Read what is to be corrected and why, and send the mended package in its place."""
    page = hand.page
    go(hand, "退回与补正")
    expect(page.get_by_role("main")).to_contain_text(asked.note)
    hand.press(page.get_by_role("link", name="补正重交").first)
    expect(page.get_by_text("补正重交。")).to_be_visible()
    _send(hand, package)
    settle()
    asked.refresh_from_db()
    assert asked.answered_by == Submission.objects.get(replaces=asked.submission.record_code).record_code
    go(hand, "退回与补正")
    hand.press(page.get_by_role("main").get_by_role("link", name=re.compile("^已补交")))
    expect(page.get_by_role("link", name="补正后的包")).to_be_visible()


def answer_what_is_owed(hand: Hand, case: str, package: Path) -> None:
    """From the case that was closed and not handed over to its package; then it is owed no more."""
    page = hand.page
    go(hand, "待归档与移交")
    hand.press(page.get_by_role("main").get_by_role("link", name=re.compile("^逾期")).first)
    expect(page.get_by_role("main")).to_contain_text(case)
    go(hand, "上传移交包")
    _send(hand, package)
    settle()
    go(hand, "待归档与移交")
    expect(page.get_by_role("main")).not_to_contain_text(case)


def make_account(hand: Hand, username: str) -> str:
    """The system administrator makes an account without role; returns its one-time password."""
    page = hand.page
    go(hand, "用户与角色")
    hand.press(page.get_by_role("link", name="创建账号"))
    hand.write(page.get_by_label("账号"), username)
    hand.write(page.get_by_label("人员编号"), "YL-77")
    hand.write(page.get_by_label("姓名"), "赵" * 64)
    hand.write(page.get_by_label("职务"), "科员")
    hand.press(button(page, "创建账号"))
    heading(page, "一次性口令")
    return page.locator("#one-time-password").inner_text().strip()


def issue_credential(hand: Hand, body: str) -> None:
    """A department's system gets its secret, shown once; then it is revoked."""
    page = hand.page
    go(hand, "接口凭据")
    hand.press(page.get_by_role("link", name=re.compile("^发放凭据")))
    hand.choose(page.get_by_label("单位"), body)
    hand.write(page.get_by_label("用途"), "审批系统")
    hand.press(button(page, "发放凭据"))
    expect(page.get_by_text("lt_", exact=False).first).to_be_visible()
    hand.press(page.get_by_role("link", name="已记下，返回列表"))
    hand.press(page.get_by_role("link", name=re.compile("^吊销")).first)
    hand.write(page.get_by_label("吊销理由"), "系统停用")
    hand.press(button(page, "吊销凭据"))
    expect(page.get_by_text("系统停用")).to_be_visible()


def look_after_the_house(hand: Hand) -> None:
    """How the programs stand, and what runs."""
    page = hand.page
    go(hand, "运行状态")
    go(hand, "后台任务")
    hand.press(page.get_by_role("main").get_by_role("link", name="完成", exact=True))
    go(hand, "核验结果")


def grant_and_activate(hand: Hand, username: str) -> None:
    """The security administrator gives the account its role and lets it sign in."""
    page = hand.page
    go(hand, "用户与角色")
    hand.press(page.get_by_role("link", name=username, exact=True))
    hand.choose(page.get_by_label("角色"), str(Role.ARCHIVIST))
    hand.choose(page.get_by_label("涉密等级"), "1")
    hand.press(button(page, "授予角色"))
    expect(page.get_by_text("已授予角色。启用后即可登录。")).to_be_visible()
    hand.press(button(page, "启用账号"))
    expect(page.get_by_text("已启用。")).to_be_visible()
    assert Person.objects.get(username=username).is_active


def tighten_policy(hand: Hand) -> None:
    """A new version of the security policy."""
    page = hand.page
    go(hand, "安全策略")
    hand.write(page.get_by_label("无操作自动退出"), "20")
    hand.write(page.get_by_label("修改理由"), "等级测评整改")
    hand.press(button(page, "发布新版本"))
    expect(page.get_by_text("安全策略第 1 版已生效。")).to_be_visible()


def first_sign_in(hand: Hand, site: str, username: str, once: str) -> None:
    """Whoever got the account signs in with the one-time password and must choose one of one's own."""
    page, person = hand.page, Person.objects.get(username=username)
    page.goto(f"{site}/")
    hand.write(page.get_by_label("账号"), username)
    hand.write(page.get_by_label("口令"), once)
    hand.press(page.get_by_role("button", name="登录"))
    heading(page, "修改口令")
    hand.write(page.get_by_label("当前口令"), once)
    hand.write(page.get_by_label("新口令", exact=True), PASSWORD)
    hand.write(page.get_by_label("再次输入新口令"), PASSWORD)
    hand.press(button(page, "修改口令"))
    expect(page.get_by_role("navigation", name="主导航")).to_be_visible()
    person.refresh_from_db()
    assert not person.must_change_password


def read_and_check_the_log(hand: Hand, action: str) -> None:
    """The auditor finds an act, checks the chain, and takes the log away as a file."""
    page = hand.page
    expect(page.get_by_role("heading", level=1)).to_have_text("审计日志")
    hand.choose(page.get_by_label("行为"), action)
    hand.press(button(page, "查询"))
    expect(page.get_by_role("table").locator("tbody tr").first).to_contain_text("YL" if False else "")
    hand.press(button(page, "校验日志"))
    expect(page.get_by_text("日志完整：")).to_be_visible()
    with page.expect_download() as leaving:
        hand.press(button(page, re.compile("导出")))
    assert "时间" in Path(leaving.value.path()).read_text("utf-8-sig")


def is_refused(page: Page, address: str) -> None:
    """The page says that this role may not."""
    answer = page.goto(address)
    assert answer is not None and answer.status == 403
    heading(page, "无权查看或办理")


__all__ = ["sign_in", "sign_out"]
