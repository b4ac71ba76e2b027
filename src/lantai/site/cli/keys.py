"""Keys of sealed content at the command line: made, listed, rotated, escrowed, recovered, destroyed, checked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone

from lantai.administration.services.people_access import CONSOLE
from lantai.archival.vault import VaultFault
from lantai.archival.vault.keys import make_identity, read_identity
from lantai.catalog.services.destroying import DestructionRefused, destroy_content, settle_destroyed
from lantai.site.cli.verify_shown import FOUND, SOUND, finding_lines
from lantai.storage.key_checks import verify_keys
from lantai.storage.key_queries import key_figures
from lantai.storage.services import (
    KeysRefused,
    NotSealed,
    RuleAsked,
    add_escrow,
    apply_destructions,
    change_passphrase,
    create_keys,
    decide_sealing,
    finish_destructions,
    finish_rotation,
    mend_escrow,
    recover_keys,
    remove_escrow,
    rotate_keys,
)

app = typer.Typer(help="加密内容的密钥 / keys of sealed content", no_args_is_help=True)
escrow = typer.Typer(help="密钥托管 / escrow", no_args_is_help=True)
app.add_typer(escrow, name="escrow")
REFUSED, FAULT = 1, 2


@contextmanager
def _told() -> Iterator[None]:
    """Refusals end with 1, faults of the keys with 2, each with its reason and the name of the fault."""
    try:
        yield
    except (KeysRefused, NotSealed, DestructionRefused) as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(REFUSED) from None
    except VaultFault as fault:
        typer.echo(f"{fault.code}: {fault}", err=True)
        raise typer.Exit(FAULT) from None


@app.command("create")
def create() -> None:
    """建立密钥库 / make the key store, under the passphrase in the file LANTAI_KEYS_PASSPHRASE names."""
    with _told():
        typer.echo(f"已建立 made: {create_keys(by=CONSOLE, now=timezone.now())}")


@app.command("list")
def show() -> None:
    """列出密钥与规则 / list rules, key-encryption keys, escrow recipients; never a key itself."""
    with _told():
        found = key_figures()
    typer.echo(f"密钥库 key store: {found.place}  {'✓' if found.opens else '✗ ' + found.fault}")
    for rule in found.rules:
        on = f"{rule.algorithm} {'全文可检 text searchable' if rule.searchable else '全文不检 text kept out'}"
        typer.echo(f"  {rule.fonds or '*'} {rule.retention or '*'}: {on if rule.sealed else '不加密 in the clear'}")
    for kek in found.keks:
        state = "在用 current" if not kek.retired_at else "轮换中 being rotated"
        typer.echo(f"{kek.identifier}  {state}  {kek.data_keys:,} 数据密钥 data keys  {kek.made_at[:19]}")
    for recipient in found.recipients:
        typer.echo(f"托管 escrow: {recipient.name}  {recipient.wraps:,}/{found.data_keys:,}  {recipient.recipient}")
    typer.echo(f"数据密钥 data keys: {found.data_keys:,}；已销毁 destroyed: {found.destroyed:,}")


@app.command("rule")
def rule(
    reason: Annotated[str, typer.Option(help="依据 on whose decision")],
    fonds: Annotated[str, typer.Option(help="全宗号；空为全部 fonds; empty: all")] = "",
    retention: Annotated[str, typer.Option(help="保管期限代码；空为全部 retention class; empty: all")] = "",
    off: Annotated[bool, typer.Option("--off", help="不加密 keep in the clear")] = False,
    algorithm: Annotated[str, typer.Option(help="AES-256-GCM, SM4-GCM")] = "AES-256-GCM",
    no_text: Annotated[bool, typer.Option("--no-text", help="全文不进检索库 keep the text out of the index")] = False,
) -> None:
    """决定哪些档案加密入库 / decide what is sealed from now on."""
    with _told():
        asked = RuleAsked(fonds, retention, sealed=not off, algorithm=algorithm, searchable=not no_text)
        decide_sealing(asked=asked, reason=reason, by=CONSOLE, now=timezone.now())
    typer.echo("已生效 in force")


@app.command("rotate")
def rotate(
    shelf: Annotated[str, typer.Option(help="全宗.期限；空为全部 fonds.class; empty: all")] = "",
    reason: Annotated[str, typer.Option(help="依据 why")] = "",
) -> None:
    """轮换密钥加密密钥，内容不重写 / new key-encryption keys; no content is written again."""
    with _told():
        moved = rotate_keys(by=CONSOLE, now=timezone.now(), shelf=shelf, reason=reason)
    typer.echo(f"已换 moved: {moved:,}")


@app.command("passphrase")
def passphrase(file: Annotated[Path, typer.Argument(help="首行为新口令 its first line is the new passphrase")]) -> None:
    """更换口令 / put the key-encryption keys under another passphrase."""
    with _told():
        change_passphrase(passphrase=file.read_text("utf-8").split("\n")[0], by=CONSOLE, now=timezone.now())
    typer.echo("已更换；请把新口令放入 LANTAI_KEYS_PASSPHRASE 所指文件并重启 changed; put it in place and restart")


@escrow.command("identity")
def identity(file: Annotated[Path, typer.Argument(help="写入何处，之后离线保管 where to; keep it offline")]) -> None:
    """生成托管人的身份文件 / make the identity of an escrow recipient, as age-keygen does."""
    secret, public = make_identity()
    with file.open("x", encoding="ascii") as stream:
        file.chmod(0o600)
        stream.write(f"# public key: {public}\n{secret}\n")
    typer.echo(public)


@escrow.command("add")
def escrow_add(
    name: Annotated[str, typer.Argument(help="托管人名称 who")],
    recipient: Annotated[str, typer.Argument(help="age1…")],
) -> None:
    """设托管人，已有和将有的数据密钥都给一份 / give a recipient the data keys, present and future."""
    with _told():
        done = add_escrow(name=name, recipient=recipient, by=CONSOLE, now=timezone.now())
    typer.echo(f"已托管 wrapped: {done:,}")


@escrow.command("remove")
def escrow_remove(recipient: Annotated[str, typer.Argument(help="age1…")]) -> None:
    """撤托管人，销毁其全部份额 / remove a recipient and every wrap for it."""
    with _told():
        done = remove_escrow(recipient=recipient, by=CONSOLE, now=timezone.now())
    typer.echo(f"已销毁 removed: {done:,}")


@app.command("recover")
def recover(file: Annotated[Path, typer.Argument(help="托管人的身份文件 identity of an escrow recipient")]) -> None:
    """口令丢失后用托管身份恢复 / get over a lost passphrase with an escrow identity.

    先把新口令写入 LANTAI_KEYS_PASSPHRASE 所指文件 Put the new passphrase in place first. Ends with 1 when some keys
    stay lost.
    """
    with _told():
        done = recover_keys(identity=read_identity(file.read_text("utf-8")), by=CONSOLE, now=timezone.now())
    typer.echo(f"已恢复 recovered: {done.recovered:,}；未恢复 lost: {done.lost:,}")
    raise typer.Exit(REFUSED if done.lost else 0)


@app.command("destroy")
def destroy(
    code: Annotated[str, typer.Argument(help="档号或电子文件号 archive code or record code")],
    reason: Annotated[str, typer.Option(help="销毁批准文号 the decision it rests on")],
    confirm: Annotated[str, typer.Option(help="再次输入同一号码 the same code again")],
) -> None:
    """销毁一件档案的全部密钥，不可恢复 / destroy a record by destroying all of its keys; nothing undoes it."""
    if confirm != code:
        typer.echo("两次号码不同，未销毁 the codes differ, nothing was destroyed", err=True)
        raise typer.Exit(REFUSED)
    with _told():
        gone = destroy_content(code=code, reason=reason, by=CONSOLE, now=timezone.now())
    typer.echo(f"已销毁 destroyed: {gone.record_code} {gone.title}")
    for each in gone.proofs:
        typer.echo(f"  密钥摘要 digest of the key: {each}")


@app.command("check")
def check(
    mend: Annotated[bool, typer.Option("--mend", help="完成中断的轮换、托管和销毁 finish what was broken off")] = False,
    language: Annotated[str, typer.Option(help="zh, en")] = "zh",
) -> None:
    """核对密钥与加密内容 / check the keys against all sealed content. Ends with 1 where something is wrong.

    从备份恢复密钥库之后须以 --mend 运行 With --mend after every restore of the key store.
    """
    now = timezone.now()
    with _told():
        if mend:
            done = finish_destructions(now=now) + apply_destructions(now=now)
            settle_destroyed(now=now)
            moved, wrapped = finish_rotation(by=CONSOLE, now=now), mend_escrow()
            typer.echo(f"销毁 destroyed: {done:,}；轮换 rotated: {moved:,}；托管 escrowed: {wrapped:,}")
        after, contents, found = 0, 0, 0
        while True:
            step = verify_keys(after=after, limit=200)
            contents += step.contents
            for each in step.findings:
                found += 1
                typer.echo(finding_lines(each, "en" if language == "en" else "zh"))
            if step.done:
                break
            after = step.after
    typer.echo(f"加密内容 sealed contents: {contents:,}；问题 findings: {found:,}")
    raise typer.Exit(FOUND if found else SOUND)
