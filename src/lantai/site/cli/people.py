"""Accounts at the machine itself: the first three administrators, and the way back in when nobody else can help."""

from __future__ import annotations

from typing import Annotated, NoReturn

import typer
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from lantai.administration.queries import people as people_queries
from lantai.administration.services.people_access import CONSOLE
from lantai.administration.services.people_accounts import AccountRefused, Named, create_first_administrators
from lantai.administration.services.people_signin import UnknownAccount, recover_account

app = typer.Typer(help="三员与口令 / the three administrators and passwords", no_args_is_help=True)
_console = Console()
_MEANING = "账号,人员编号,姓名 / account, person number, name"


def _named(text: str) -> Named:
    parts = [part.strip() for part in text.replace("，", ",").split(",")]
    if len(parts) != 3 or not all(parts):
        raise typer.BadParameter(f"{text!r}: {_MEANING}")
    return Named(username=parts[0], person_number=parts[1], name=parts[2])


def _ask(role: str) -> Named:
    account = typer.prompt(f"{role}：账号 / account")
    number = typer.prompt(f"{role}：人员编号 / person number")
    return Named(username=account, person_number=number, name=typer.prompt(f"{role}：姓名 / name"))


@app.command("start")
def start_people(
    system: Annotated[str, typer.Option(help=f"系统管理员 system administrator: {_MEANING}")] = "",
    security: Annotated[str, typer.Option(help=f"安全保密管理员 security administrator: {_MEANING}")] = "",
    audit: Annotated[str, typer.Option(help=f"安全审计员 audit administrator: {_MEANING}")] = "",
) -> None:
    """设立三员：三个不同的人，各得一次性口令 / make the three administrators, three different people.

    Without options the three are asked for. Refused once administrators exist. Ends with 1 when refused.
    """
    if people_queries.administrators_exist():
        _refuse("三员已经设立 / the three administrators exist already")
    given = ((system, "系统管理员"), (security, "安全保密管理员"), (audit, "安全审计员"))
    who = [_named(text) if text else _ask(role) for text, role in given]
    try:
        made = create_first_administrators(by=CONSOLE, system=who[0], security=who[1], audit=who[2], now=timezone.now())
    except AccountRefused as refused:
        _refuse(str(refused))
    table = Table("角色 / role", "账号 / account", "姓名 / name", "一次性口令 / one-time password")
    for (_text, role), new in zip(given, made, strict=True):
        table.add_row(role, new.person.username, new.person.name, new.one_time_password)
    _console.print(table)
    _console.print("口令只显示这一次，首次登录必须修改 / shown this once, to be changed at the first sign-in")


@app.command("reset")
def reset_person(username: Annotated[str, typer.Argument(help="账号 / account")]) -> None:
    """在本机重置口令，解除锁定和第二因素 / replace a lost password at the machine; the ledger tells of it.

    For the case that no administrator can do it. Ends with 1 when there is no such account.
    """
    try:
        one_time = recover_account(by=CONSOLE, username=username, now=timezone.now())
    except UnknownAccount:
        _refuse(f"没有账号 {username} / no such account")
    _console.print(f"一次性口令 / one-time password: {one_time}", highlight=False)


def _refuse(reason: str) -> NoReturn:
    Console(stderr=True).print(reason, highlight=False)
    raise typer.Exit(1)
