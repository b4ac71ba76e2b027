"""Storage at the command line: locations, what is declared of them, policies, copying, and what is below policy."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, NoReturn

import typer
from django.conf import settings
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from lantai.administration.models import Person
from lantai.administration.services.people_access import CONSOLE, Actor
from lantai.common.errors import Refused
from lantai.site import copying
from lantai.site.cli.storage_fixity import app as fixity_app
from lantai.storage.copies import below_policy, list_locations, list_policies, safety_figures
from lantai.storage.models import Location
from lantai.storage.policy import Demand
from lantai.storage.services import (
    LocationRefused,
    NewLocation,
    add_location,
    ask_reading,
    carry_out_removals,
    copies_due,
    copy_wanted,
    declare_location,
    look_at_location,
    main_location,
    read_copies,
    repair_copies,
    set_policy,
    waiting_at,
)

app = typer.Typer(help="存储位置与副本 / storage locations and copies", no_args_is_help=True)
app.add_typer(fixity_app, name="fixity")
_errors = Console(stderr=True)
_console = Console()
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output")]
By = Annotated[str, typer.Option("--by", help="签署人账号 / account of the person who signs")]
NOT_SAFE = 3


class Kind(StrEnum):
    """How a location is spoken to."""

    posix = "posix"
    s3 = "s3"


def _refuse(reason: object) -> NoReturn:
    _errors.print(str(reason), style="red", markup=False)
    raise typer.Exit(1)


def _json(told: Any) -> None:
    def plain(value: object) -> str:
        return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)

    typer.echo(json.dumps(told, ensure_ascii=False, indent=2, default=plain))


def _signer(username: str) -> Actor:
    """The person who signs, acting at the console. Refuses who has no account, or not the role."""
    person = Person.objects.filter(username=username, is_active=True).first()
    if person is None:
        _refuse(f"没有启用的账号 no active account: {username}")
    return Actor(person.pk, person.username, person.role, "console")


@app.command("list")
def list_places(as_json: Json = False) -> None:
    """列出存储位置及其状况 List the locations and how they stand."""
    main_location()
    found = list_locations()
    if as_json:
        _json({"locations": [asdict(each) for each in found], "safety": asdict(safety_figures())})
        return
    table = Table(
        "位置 location", "地址 address", "载体 medium", "所在 place", "状态 state", "副本 copies", "设备 device"
    )
    for each in found:
        state = "离开 away" if each.away_since else "在线 there" if each.looked_at else "未查看 not looked at"
        counts = f"{each.verified} ✓ {each.wanted} … {each.bad} ✗"
        device = each.device + (f" = {', '.join(each.shares)}" if each.shares else "")
        table.add_row(each.code, each.address, each.medium_name or "—", each.place or "—", state, counts, device)
    _console.print(table)
    figures = safety_figures()
    _console.print(f"安全 safe {figures.safe} / {figures.objects}；低于策略 below policy {figures.below}", markup=False)


@app.command("add")
def add(
    code: Annotated[str, typer.Argument(help="位置代号 code: small letters, digits, hyphens")],
    path: Annotated[str, typer.Argument(help="文件夹，或桶中的文件夹 folder, or folder in the bucket")] = "",
    kind: Annotated[Kind, typer.Option(help="posix, s3")] = Kind.posix,
    endpoint: Annotated[str, typer.Option(help="S3 服务地址 https://host:port")] = "",
    bucket: Annotated[str, typer.Option(help="S3 桶 bucket")] = "",
    region: Annotated[str, typer.Option(help="S3 区域 region")] = "us-east-1",
    key_id: Annotated[str, typer.Option(envvar="LANTAI_S3_KEY", help="S3 密钥名 access key")] = "",
    secret: Annotated[str, typer.Option(envvar="LANTAI_S3_SECRET", help="S3 密钥 secret key")] = "",
    medium: Annotated[str, typer.Option(help="载体类型 disk ssd array object tape optical film")] = "",
    place: Annotated[str, typer.Option(help="所在地点 where it stands")] = "",
    offline: Annotated[bool, typer.Option("--offline", help="平时不连接 connected at times only")] = False,
    write_once: Annotated[bool, typer.Option("--write-once", help="一次写入 nothing is changed there")] = False,
    by: By = "",
    as_json: Json = False,
) -> None:
    """增加存储位置 Add a location: its root is made, its device measured, and copies are made there from now on.

    The keys of an S3 service are asked for where neither option nor LANTAI_S3_KEY and LANTAI_S3_SECRET give them.
    """
    if kind == Kind.s3 and not key_id:
        key_id = typer.prompt("access key")
    if kind == Kind.s3 and not secret:
        secret = typer.prompt("secret key", hide_input=True)
    if (medium or place) and not by:
        _refuse("申报载体或地点须签署：--by 账号 declaring a medium or place is signed: --by ACCOUNT")
    new = NewLocation(
        code, kind.value, path, endpoint, bucket, key_id, secret, region, medium, place, offline, write_once
    )
    look_at_location(code="main", now=timezone.now())  # to say whether both lie on one device
    try:
        row = add_location(new=new, by=_signer(by) if by else CONSOLE, now=timezone.now())
    except (LocationRefused, Refused) as refused:
        _refuse(refused)
    (found,) = list_locations(code=row.code)
    if as_json:
        _json(asdict(found))
        return
    _console.print(f"{found.code} {found.address} {found.device}", markup=False)
    if found.shares:
        _console.print(
            f"与 {', '.join(found.shares)} 在同一设备上，只算一份 on one device with them: counts once", style="yellow"
        )
    for name, kept in found.promises.items():
        _console.print(f"  {name}: {kept}", markup=False)


@app.command("declare")
def declare(
    code: Annotated[str, typer.Argument(help="位置代号 code of the location")],
    by: By,
    medium: Annotated[str | None, typer.Option(help="载体类型 disk ssd array object tape optical film")] = None,
    place: Annotated[str | None, typer.Option(help="所在地点 where it stands")] = None,
    offline: Annotated[
        bool | None, typer.Option("--offline/--online", help="平时不连接 connected at times only")
    ] = None,
    write_once: Annotated[bool | None, typer.Option("--write-once/--rewritable", help="一次写入 write once")] = None,
    in_service: Annotated[bool | None, typer.Option("--in-service/--out-of-service", help="在用 in service")] = None,
) -> None:
    """申报载体类型和地点，由人签署 Declare kind of carrier and place; the person signs by the entry in the ledger."""
    main_location()
    row = Location.objects.filter(code=code).first()
    if row is None:
        _refuse(f"没有这个存储位置 no such location: {code}")
    try:
        declare_location(
            code=code,
            medium=row.medium if medium is None else medium,
            place=row.place if place is None else place,
            offline=row.offline if offline is None else offline,
            write_once=row.write_once if write_once is None else write_once,
            in_service=row.in_service if in_service is None else in_service,
            by=_signer(by),
            now=timezone.now(),
        )
    except (LocationRefused, Refused) as refused:
        _refuse(refused)


@app.command("policy")
def policy(
    fonds: Annotated[str, typer.Option(help="全宗号 fonds; empty: all")] = "",
    record_class: Annotated[str, typer.Option("--class", help="门类或类别号 category or class; empty: all")] = "",
    copies: Annotated[int, typer.Option(help="份数 copies")] = 0,
    media: Annotated[int, typer.Option(help="载体种类 kinds of media")] = 2,
    elsewhere: Annotated[int, typer.Option(help="异地份数 copies elsewhere")] = 1,
    detached: Annotated[int, typer.Option(help="离线或一次写入份数 offline or write-once copies")] = 0,
    remove: Annotated[bool, typer.Option("--remove", help="撤销这条策略 take this policy away")] = False,
    as_json: Json = False,
) -> None:
    """副本策略：不给 --copies 时列出 Policies: listed, or set with --copies."""
    if copies or remove:
        demand = None if remove else Demand(copies, media, elsewhere, detached)
        try:
            set_policy(fonds_code=fonds, class_code=record_class, demand=demand, by=CONSOLE, now=timezone.now())
        except LocationRefused as refused:
            _refuse(refused)
    found = list_policies()
    if as_json:
        _json([asdict(each) for each in found])
        return
    table = Table("全宗 fonds", "类别 class", "份数 copies", "载体 media", "异地 elsewhere", "离线 detached")
    for each in found:
        figures = (str(value) for value in asdict(each.demand).values())
        table.add_row(each.fonds_code or "*", each.class_code or "*", *figures)
    _console.print(table)


@app.command("copy")
def copy(as_json: Json = False) -> None:
    """立即复制并核对，直到没有可做的 Copy and read back now, until nothing more can be done.

    Ends with 3 when objects stay below policy.
    """
    main_location()
    now, pace, made = timezone.now(), copying.Pace(settings.LANTAI_COPY_RATE * 1_000_000), 0
    for each in list_locations():
        look_at_location(code=each.code, now=now)
    copying.follow_records()
    copying.plan_everything_due()
    failed: dict[str, str] = {}
    while waiting := {code: n for code, n in waiting_at().items() if code not in failed}:
        for code in waiting:
            try:
                removed = carry_out_removals(location=code)
                done = copy_wanted(location=code, pace=pace)
            except OSError as error:
                failed[code] = str(error)
                continue
            made += done.copied
            if not done.copied and not removed:
                failed.setdefault(code, "")
    for code, why in failed.items():
        if why:
            look_at_location(code=code, now=timezone.now())
            _errors.print(f"{code}: {why}", style="red", markup=False)
    figures = safety_figures()
    if as_json:
        _json({"copied": made, "failed": failed, "safety": asdict(figures) | {"below": figures.below}})
    else:
        _console.print(f"复制并核对 copied and read back {made}；低于策略 below policy {figures.below}", markup=False)
    raise typer.Exit(NOT_SAFE if figures.below else 0)


@app.command("below")
def below(as_json: Json = False, limit: Annotated[int, typer.Option(help="至多 at most")] = 1000) -> None:
    """列出低于策略的对象及原因 List objects below their policy, and why. Ends with 3 when there are any."""
    found, total = below_policy(limit=limit)
    if as_json:
        _json({"total": total, "objects": [asdict(each) for each in found]})
    else:
        table = Table("对象 object", "缺 lacking", "副本 copies")
        for each in found:
            lacking = ", ".join(f"{what} {have}/{need}" for what, have, need in each.lacking) or "未安排 not planned"
            table.add_row(each.object_id, lacking, ", ".join(f"{copy.location}:{copy.state}" for copy in each.copies))
        _console.print(table)
        _console.print(f"{total}", markup=False)
    raise typer.Exit(NOT_SAFE if total else 0)


@app.command("check")
def check(as_json: Json = False) -> None:
    """立即重读全部副本，损坏的从完好副本修复 Read every copy again now; repair what is damaged.

    Ends with 3 when something could not be repaired.
    """
    read = damaged = repaired = 0
    left: dict[str, int] = {}
    for each in list_locations():
        look_at_location(code=each.code, now=timezone.now())
    ask_reading(now=timezone.now())
    while due := [code for code in copies_due(now=timezone.now()) if code not in left]:
        for code in due:
            found = read_copies(location=code)
            mended = repair_copies(location=code)
            read, damaged, repaired = read + found.copies, damaged + found.damaged, repaired + mended.repaired
            if not found.copies and not mended.repaired:
                left[code] = mended.left
    told = {"read": read, "damaged": damaged, "repaired": repaired, "left": sum(left.values())}
    if as_json:
        _json(told)
    else:
        said = f"重读 read {read}；损坏 damaged {damaged}；已修复 repaired {repaired}；未修复 left {told['left']}"
        _console.print(said, markup=False)
    raise typer.Exit(NOT_SAFE if told["left"] else 0)
