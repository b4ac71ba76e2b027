"""Keys of departments' systems at the command line: issue, list, revoke."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NoReturn

import typer
from django.utils import timezone
from rich.console import Console

from lantai.administration.queries import list_credentials
from lantai.administration.services import ReferenceRefused, issue_credential, revoke_credential
from lantai.administration.services.people_access import CONSOLE

app = typer.Typer(help="业务系统的接口凭据 / keys of departments' systems", no_args_is_help=True)


def _refuse(reason: str) -> NoReturn:
    Console(stderr=True).print(reason, style="red", markup=False)
    raise typer.Exit(1)


@app.command("issue")
def issue_key(
    body: Annotated[str, typer.Argument(help="单位代码 / code of the body")],
    name: Annotated[str, typer.Argument(help="系统名称 / name of the system")],
    calls: Annotated[int, typer.Option(min=1, help="每分钟调用次数 / calls a minute")] = 600,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="有效期至 / the last day it is valid")
    ] = None,
) -> None:
    """签发凭据，密钥只显示一次 / issue a key; its two secrets are shown once.

    Ends with 1 when there is no such body, or the last day has passed.
    """
    last = until.date() if until else None
    given = {"calls_per_minute": calls, "valid_to": last}
    try:
        issued = issue_credential(organisation=body, name=name, by=CONSOLE, now=timezone.now(), **given)  # type: ignore[arg-type]
    except ReferenceRefused as refused:
        _refuse(str(refused))
    print(f"密钥 key: {issued.secret}")
    print(f"回调密钥 webhook secret: {issued.webhook_secret}")


@app.command("list")
def list_keys() -> None:
    """列出凭据 / list the keys, never their secrets."""
    for each in list_credentials():
        ended = f" 至 until {each.valid_to}" if each.valid_to else ""
        ended += f" 已撤销 revoked {each.revoked_at:%Y-%m-%d}" if each.revoked_at else ""
        print(f"{each.prefix} {each.organisation.code} {each.name} {each.calls_per_minute}/min{ended}")


@app.command("revoke")
def revoke_key(
    prefix: Annotated[str, typer.Argument(help="凭据标识：lt_ 之后的 10 个字符 / the 10 characters behind lt_")],
    reason: Annotated[str, typer.Option(help="原因 / why")],
) -> None:
    """撤销凭据 / revoke a key; other processes refuse it within seconds.

    Ends with 1 when there is no such key.
    """
    try:
        revoke_credential(prefix=prefix, by=CONSOLE, now=timezone.now(), reason=reason)
    except ReferenceRefused as refused:
        _refuse(str(refused))
