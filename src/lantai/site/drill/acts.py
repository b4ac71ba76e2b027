"""The acts of the drill, one after the other, each with the lines it measured."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from lantai.site.backups.reports import Line
from lantai.site.drill.stage import SECOND, THIRD, DrillBroken, Stage, flip_byte, places_of

TOOLS = Path(__file__).resolve().parents[4] / "tools"
PACKED = Path(__file__).resolve().parents[1]
_NEEDLE = 40
_REASON = "总演练"
Act = Callable[[Stage], Iterator[Line]]


def fill(stage: Stage, cases: int) -> Iterator[Line]:
    """Keys, escrow and a rule that seals everything; the demo county's cases; three copies of all."""
    (stage.folder / "passphrase").write_text("correct horse battery staple 总演练\n", "utf-8")
    stage.run("prepare")
    stage.run("keys", "create")
    public = stage.run("keys", "escrow", "identity", stage.identity).said.strip().splitlines()[-1]
    stage.run("keys", "escrow", "add", "省档案馆（演练）", public)
    stage.run("keys", "rule", "--reason", _REASON)
    done = stage.run("demo", "--cases", str(cases))
    stage.run("storage", "copy", codes=(0, 3))  # all lie on one device here: copied, and below the policy all the same
    stage.run("keep")
    stage.run("storage", "copy", codes=(0, 3))
    records, objects = _count(stage, "catalog_record"), _count(stage, "storage_storedobject")
    copies = _count(stage, "storage_copy WHERE state = 'verified'")
    sealed = sum(1 for _each in (stage.home / "storage").rglob("*.vault"))
    held = _count(stage, "catalog_representation WHERE kind = 'received'")
    yield Line(
        "装入演示县的移交包，检测、进馆",
        "packages of the demo county, examined, taken in",
        f"{cases} 件办件 cases",
        f"{records:,} 件档案 records, {done.seconds:.1f} s",
        records > 0,
    )
    yield Line(
        "按规则加密存放（AES-256-GCM）",
        "sealed by rule",
        f"≥ {held:,} 件 files",
        f"{sealed:,} 件 files",
        sealed >= held,
    )
    yield Line("副本各自回读核对", "copies, each read back", f"3 × {objects:,}", f"{copies:,}", copies == 3 * objects)


def hurt(stage: Stage) -> Iterator[Line]:
    """One bit of one copy is turned, another copy is deleted; fixity finds both and repairs them from sound copies."""
    torn = next(iter(sorted(stage.boxes(SECOND)[0].rglob("*.vault"))))
    lost = stage.boxes(THIRD)[-1]
    flip_byte(torn)
    shutil.rmtree(lost)
    found = stage.run("storage", "check", "--json", codes=(0, 3)).answer
    yield Line(
        "翻转一份副本的一位、删除另一份后，固定性检查发现",
        "one bit of a copy turned, another deleted: fixity finds",
        "2",
        f"{found['damaged']}（重读 read {found['read']:,}）",
        found["damaged"] == 2,
    )
    same = _same_files(torn, SECOND, stage) and _same_tree(lost, THIRD, stage)
    yield Line(
        "从完好副本修复，逐字节相同",
        "repaired from a sound copy, byte for byte",
        "2",
        str(found["repaired"]),
        found["repaired"] == 2 and same,
    )
    again = stage.run("storage", "check", "--json").answer
    yield Line(
        "再次重读全部副本，损坏",
        "every copy read again, damages",
        "0",
        f"{again['damaged']}（{again['read']:,} 份 copies）",
        again["damaged"] == 0,
    )


def back_up(stage: Stage) -> Iterator[Line]:
    """The database is backed up, and the keys apart from it."""
    done = stage.run("backup")
    size = sum(each.stat().st_size for each in (stage.folder / "backups").rglob("*") if each.is_file())
    keys = list((stage.folder / "key-backups").glob("*.keys.age"))
    yield Line(
        "在线备份数据库，读回核对",
        "online backup of the database, read back",
        "",
        f"{size / 1e6:.1f} MB, {done.seconds:.1f} s",
    )
    head = keys[0].read_bytes()[:21] if keys else b""
    yield Line(
        "密钥备份另放，只有托管身份能开（age）",
        "keys apart, for the escrow identity alone (age)",
        "1",
        str(len(keys)),
        len(keys) == 1 and head == b"age-encryption.org/v1",
    )


def rebuild(stage: Stage) -> Iterator[Line]:
    """The database is deleted and made again from storage alone."""
    stage.run("keep")
    texts = _count(stage, "catalog_componenttext")
    before = stage.set_database_aside()
    done = stage.run("rebuild", "--from", "storage", "--json", codes=(0, 1))
    put = done.answer["counts"]
    yield Line(
        "删除数据库和索引，只凭存储重建",
        "database and index deleted, rebuilt from storage alone",
        "0 处损坏 damages",
        f"{len(done.answer['findings'])}; {put['rows']:,} 行 rows, {put['ledger']:,} 条账目 entries, "
        f"{done.seconds:.1f} s",
        not done.answer["findings"],
    )
    compared = stage.run("compare", before, stage.home, "--json", codes=(0, 1))
    found = [json.loads(each) for each in compared.said.splitlines() if each.startswith('{"table"')]
    other = [each for each in found if not _read_again(each)]
    rows = compared.answer["tables"]
    yield Line(
        "与原库逐行逐列比较",
        "compared with the former one, row by row, column by column",
        "0 处不同 differ",
        f"{len(other)}; {len(rows)} 表 tables, {sum(each['b'] for each in rows.values()):,} 行 rows"
        f"（加密件全文另由内容重读 texts of sealed files are read again: {len(found) - len(other)}）",
        not other,
    )
    shutil.rmtree(before)
    stage.run("reindex")
    stage.run("work", "--drain")
    read = _count(stage, "catalog_componenttext")
    yield Line(
        "加密件全文由内容重读",
        "texts of sealed files read again from their content",
        f"{texts:,}",
        f"{read:,}",
        read == texts,
    )
    stage.run("storage", "copy", codes=(0, 3))
    stage.run("keep")


def restore(stage: Stage) -> Iterator[Line]:
    """The restore drill of the archive itself: the backup from before the disaster, restored beside it and compared."""
    page = stage.folder / "restore-drill.pdf"
    done = stage.run("backup", "drill", "--identity", stage.identity, "--pdf", page, codes=(0, 1))
    (told,) = stage.rows("SELECT report, met FROM storage_restoredrill ORDER BY id DESC LIMIT 1")
    lines = [Line(**each) for each in json.loads(told[0])["lines"]]
    asked = [each for each in lines if each.met is not None]
    failed = [f"{each.zh} {each.measured}" for each in asked if not each.met]
    yield Line(
        "恢复演练：备份恢复到新目录，与本馆比对",
        "restore drill: the backup in a new home, compared",
        f"{len(asked)} 项 lines",
        f"{len(asked) - len(failed)} 项符合 met; {done.seconds:.1f} s" + "".join(f"\n✗ {each}" for each in failed),
        not failed,
    )
    for each in lines:
        if each.en.startswith(("recovery", "what readers", "records a reader")):
            yield Line(f"　其中：{each.zh}", each.en, each.expected, each.measured, each.met)


def shred(stage: Stage) -> Iterator[Line]:
    """One record is destroyed by its keys; then it is looked for everywhere, restored backups included."""
    code, needles = _chosen(stage)
    before = places_of(needles, stage.folder)
    before_probe = stage.run("backup", "probe").answer["contents"]["found"]
    stage.run("keys", "destroy", code, "--reason", _REASON, "--confirm", code)
    stage.run("reindex")
    here = stage.run("backup", "probe").answer
    yield Line(
        "销毁一件的全部密钥后读取",
        "all keys of one record destroyed, then read",
        "key-destroyed",
        here["contents"]["found"][code],
        here["contents"]["found"][code] == "key-destroyed",
    )
    left = _wraps(stage.home / "keys" / "vault" / "wrapped-keys.sqlite3", code)
    yield Line("密钥库中它的密钥与托管份额", "its keys and escrow wraps in the key store", "0", str(left), left == 0)
    backup = next(each for each in sorted((stage.folder / "backups").iterdir()) if (each / "manifest.json").exists())
    keys = next(iter(sorted((stage.folder / "key-backups").glob("*.keys.age"))))
    other = stage.folder / "restored"
    done = stage.run(
        "restore",
        "--from",
        backup,
        "--to",
        other,
        "--keys",
        keys,
        "--identity",
        stage.identity,
        "--json",
        home=other,
        codes=(0, 1),
    )
    there = stage.run("backup", "probe", home=other).answer
    yield Line(
        "恢复销毁之前的备份和密钥：先再次销毁",
        "backup and keys from before restored: destroyed again first",
        "1",
        str(done.answer["destroyed_again"]),
        done.answer["destroyed_again"] == 1,
    )
    yield Line(
        "在恢复出的馆里读取它",
        "read in the restored archive",
        "key-destroyed",
        there["contents"]["found"][code],
        there["contents"]["found"][code] == "key-destroyed",
    )
    same = {each: told for each, told in before_probe.items() if each != code}
    kept = sum(there["contents"]["found"].get(each) == told for each, told in same.items())
    yield Line(
        "其余各件照常读出，摘要相同",
        "all others are read there, digests the same",
        f"{len(same):,}",
        f"{kept:,}",
        kept == len(same),
    )
    after = places_of(needles, stage.folder)
    yield Line(
        "逐文件逐字节查找它的全文",
        "its text looked for in every file, byte by byte",
        "0 个文件 files",
        f"{len(after)}（销毁前 before: {len(before)}）" + (f" {', '.join(after[:3])}" if after else ""),
        bool(before) and not after,
    )
    shutil.rmtree(other)
    stage.run("backup", "renew-keys", "--reason", _REASON)
    complete = stage.rows("SELECT count(*) FROM storage_keydestruction WHERE complete_at IS NOT NULL")[0][0]
    yield Line(
        "最后一份旧密钥备份清除后，销毁彻底完成",
        "the last older key backup gone, the destruction is complete",
        "1",
        str(complete),
        complete == 1,
    )


def verify(stage: Stage) -> Iterator[Line]:
    """Everything is verified: the whole archive, the ledger, the storage by the stand-alone reader, a proof offline."""
    stage.run("work", "--drain")
    stage.run("keep")
    whole = stage.run("verify", "--json", codes=(0, 1)).answer
    looked = ", ".join(f"{name} {count:,}" for name, count in whole["looked_at"].items())
    yield Line(
        "核验全馆",
        "the whole archive verified",
        "0 处问题 findings",
        f"{len(whole['findings'])}; {looked}",
        whole["verdict"] == "valid" and not whole["findings"],
    )
    ledger = stage.run("verify", "ledger", "--again", codes=(0, 1))
    yield Line(
        "账本从头逐条核验",
        "the ledger from its first entry",
        "0",
        f"exit {ledger.code}, {_count(stage, 'ledger_entry'):,} 条 entries",
        ledger.code == 0,
    )
    reader = stage.ran([sys.executable, "-I", str(stage.home / "storage" / "read_archive.py"), "verify"], codes=(0, 1))
    yield Line(
        "脱离软件：独立程序核对全部存储和账本",
        "without the software: storage and ledger by the stand-alone reader",
        "0",
        f"exit {reader.code}, {reader.seconds:.1f} s",
        reader.code == 0,
    )
    code = stage.rows("SELECT record_code FROM catalog_record WHERE state = 'held' AND archive_code <> '' LIMIT 1")[0][
        0
    ]
    bundle = stage.folder / "proof.json"
    stage.run("proof", code, "--to", bundle)
    script = next(each / "verify_proof.py" for each in (PACKED, TOOLS) if (each / "verify_proof.py").exists())
    proven = stage.ran([sys.executable, "-I", str(script), str(bundle)], codes=(0, 1))
    yield Line("一件档案的存证离线核验", "the proof of a record, offline", "0", f"exit {proven.code}", proven.code == 0)


def _count(stage: Stage, table: str) -> int:
    return int(stage.rows(f"SELECT count(*) FROM {table}")[0][0])


def _read_again(each: dict[str, Any]) -> bool:
    """Whether a difference is the text of what is sealed, which lies in no storage: the second look reads it again."""
    if each["table"] == "catalog.componenttext":
        return each.get("only") == "a"
    return each["table"] == "catalog.representation" and each.get("column") == "confirmed_at" and each["b"] is None


def _same_files(path: Path, location: str, stage: Stage) -> bool:
    inside = path.relative_to(stage.home / "copies" / location)
    return path.read_bytes() == (stage.home / "storage" / inside).read_bytes()


def _same_tree(folder: Path, location: str, stage: Stage) -> bool:
    first = stage.home / "storage" / folder.relative_to(stage.home / "copies" / location)
    files = [each.relative_to(first) for each in first.rglob("*") if each.is_file()]
    return bool(files) and all((folder / each).read_bytes() == (first / each).read_bytes() for each in files)


def _chosen(stage: Stage) -> tuple[str, list[bytes]]:
    """The record with the longest text, and what to look for of it: a piece of the text as it is stored, and a line of
    it that no other record has.
    """
    rows = stage.rows(
        "SELECT r.record_code, t.body FROM catalog_componenttext t JOIN catalog_record r ON r.id = t.record_id "
        "WHERE r.state = 'held' ORDER BY t.characters DESC"
    )
    texts = {code: zlib.decompress(body).decode("utf-8", "surrogatepass") for code, body in rows}
    for code, body in rows:
        held = "\n".join(text for other, text in texts.items() if other != code)
        for line in sorted(texts[code].splitlines(), key=len, reverse=True):
            if len(line) >= _NEEDLE // 3 and line not in held and len(body) >= 3 * _NEEDLE:
                middle = len(body) // 2
                return code, [body[middle : middle + _NEEDLE], line.encode()]
    raise DrillBroken("no record has a text of its own to look for")


def _wraps(store: Path, code: str) -> int:
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as line:
        keys = line.execute("SELECT count(*) FROM data_key WHERE unit = ?", [code]).fetchone()[0]
        wraps = line.execute(
            "SELECT count(*) FROM escrow e JOIN tombstone t ON t.key = e.key WHERE t.unit = ?", [code]
        ).fetchone()[0]
    return int(keys) + int(wraps)


ACTS: tuple[tuple[str, str, Act], ...] = (
    ("损坏与修复", "damage and repair", hurt),
    ("备份", "backup", back_up),
    ("重建", "rebuild", rebuild),
    ("恢复", "restore", restore),
    ("销毁", "shred", shred),
    ("核验", "verify", verify),
)
"""What follows after the filling, in this order."""
