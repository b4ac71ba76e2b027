#!/usr/bin/env python3
"""读出档案馆的存储根 / Read the storage root of an archive, with Python 3.8 or later and nothing else.

用法 / usage:
    python3 read_archive.py [根 ROOT] list                     列出各件档案 every record: number, code, title, bytes
    python3 read_archive.py [根 ROOT] show 号 CODE              一件的著录、文件和历史 one record: what is known of it
    python3 read_archive.py [根 ROOT] extract 到 TO [号 CODE…]   取出信息包、著录和文件 packages, descriptions, files
    python3 read_archive.py [根 ROOT] tables [表 TABLE]         目录数据 rows of the tables, one JSON object a line
    python3 read_archive.py [根 ROOT] ledger [对象 SUBJECT]     账本条目 entries of the ledger, one JSON object a line
    python3 read_archive.py [根 ROOT] objects                  各对象及其文件 every object and its files
    python3 read_archive.py [根 ROOT] verify                   核对全部摘要和账本 every digest, and the ledger's tree

加密存放的内容（名称以 .vault 结尾）须用档案馆的密钥打开，这里只照原样取出。
不给 ROOT 时读本程序所在的文件夹。读到的一切先与清单中的 SHA-512 核对；不符的说明在哪里，其余照常读出。
本程序只读存储根，只写入 TO 文件夹。存储根的结构见其中的 README.md。

Sealed content (names ending in .vault) opens with the archive's keys only; it is taken out as it lies there.
Without ROOT the folder of this script is read. Whatever is read is first compared with the SHA-512 in its inventory;
what differs is named, and the rest is read all the same. Only the folder TO is ever written to. README.md in the
storage root explains how it is laid out.

退出码 / exit code: 0 全部完好 all is sound; 1 有不符或缺失 something differs or is missing; 2 不能读 cannot be read.

How it works, for whoever has to change this one day
  object      a folder with a file 0=ocfl_object_1.0 or _1.1 (OCFL, https://ocfl.io); inventory.json says all about it
  box         urn:lantai:box:...: a folder a record, with package.zip (as received) and description.xml
  rows        urn:lantai:rows:<number>: rows.jsonl.gz, what rows of the catalogue's tables were; the greatest number
              counts. {"table", "key", "row"} is a row, {"table", "key", "gone"} one that was removed, and
              {"table", "whole": n} says that batches before number n count no longer for that table
  ledger      urn:lantai:ledger:<first>-<last>[:r<n>]: entries.jsonl and checkpoints.jsonl; of the same first and last
              the greatest n counts. commitment = SHA-256(salt || entry), leaf = SHA-256(0x00 || commitment), node =
              SHA-256(0x01 || left || right) (RFC 6962); a checkpoint is a signed note over size and root
"""

import argparse
import base64
import gzip
import hashlib
import json
import os
import re
import sys
import zlib
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

NAMESPACE = "{urn:lantai:description:1}"
BOX, ROWS, LEDGER = "urn:lantai:box:", "urn:lantai:rows:", "urn:lantai:ledger:"
SEALED = ".vault"
MARKED = re.compile("\u241b([0-9A-F]+);")
PIECE = 1 << 20


class Damaged(Exception):
    """Something is not what it must be; the message says where and what."""


class Archive:
    """A storage root, read only. ``problems`` gathers what was found wrong on the way."""

    def __init__(self, root):
        self.root = Path(root)
        self.problems = []
        self.sealed = set()
        if not any(self.root.glob("0=ocfl_1.*")):
            raise SystemExit2(f"{self.root}: 不是 OCFL 存储根 / no OCFL storage root")

    def wrong(self, where, what):
        """Remember and tell a problem."""
        self.problems.append((where, what))
        print(f"[!!] {where}: {what}", file=sys.stderr)

    def folders(self):
        """The folders of all objects, in order."""
        for base, names, files in os.walk(self.root):
            names.sort()
            if base == str(self.root) and "extensions" in names:
                names.remove("extensions")
            if any(each.startswith("0=ocfl_object_") for each in files):
                names[:] = []
                yield Path(base)

    def objects(self, prefix=""):
        """The objects whose inventory can be used and whose id begins with *prefix*."""
        for folder in self.folders():
            name = unquote(folder.name)
            if prefix and len(folder.name) <= 100 and not name.startswith(prefix):
                continue
            try:
                found = Stored(folder)
            except Damaged as damage:
                self.wrong(name, damage)
                continue
            if found.id.startswith(prefix):
                yield found

    def read(self, stored, path):
        """A file of an object; None when it is sealed, or, told as a problem, when it is not what it was."""
        if path + SEALED in stored.paths:
            self.sealed.add((stored.id, path))
            return None
        try:
            return stored.read(path)
        except Damaged as damage:
            self.wrong(stored.id, damage)
            return None


class SystemExit2(Exception):
    """Nothing can be read at all."""


class Stored:
    """One object: its inventory, compared with the digest beside it."""

    def __init__(self, folder):
        self.folder = folder
        try:
            data = (folder / "inventory.json").read_bytes()
            told = json.loads(data.decode("utf-8"))
            algorithm = told["digestAlgorithm"]
            beside = (folder / ("inventory.json." + algorithm)).read_text("ascii").split()[0]
            if hashlib.new(algorithm, data).hexdigest() != beside:
                raise Damaged("inventory.json: 与其摘要不符 / not what its digest says")
            self.id, self.algorithm, self.manifest = told["id"], algorithm, told["manifest"]
            state = told["versions"][told["head"]]["state"]
            self.paths = {path: digest for digest, paths in state.items() for path in paths}
            self.created = told["versions"][told["head"]].get("created", "")
        except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            raise Damaged(f"inventory.json: {error}") from error

    def place(self, path):
        """Where the content of a logical path lies."""
        try:
            return self.folder / self.manifest[self.paths[path]][0]
        except (KeyError, IndexError) as error:
            raise Damaged(f"{path}: 清单中没有 / not in the inventory") from error

    def digest(self, place):
        """The digest of a file as it is now, read in pieces."""
        made = hashlib.new(self.algorithm)
        try:
            with place.open("rb") as stream:
                for piece in iter(lambda: stream.read(PIECE), b""):
                    made.update(piece)
        except OSError as error:
            raise Damaged(f"{place.relative_to(self.folder)}: {error}") from error
        return made.hexdigest()

    def sound(self, path):
        """Where a file lies, once its digest was compared."""
        place = self.place(path)
        if self.digest(place) != self.paths[path].lower():
            raise Damaged(f"{place.relative_to(self.folder)}: 与清单的摘要不符 / not what the inventory says")
        return place

    def read(self, path):
        """The whole of a file."""
        return self.sound(path).read_bytes()


# ------------------------------------------------------------------------------------------------ rows of the tables
def tables(archive, only=""):
    """The rows of every table (or of *only* one) as they were last: table -> key -> row."""
    numbered = []
    for stored in archive.objects(ROWS):
        numbered.append((int(stored.id[len(ROWS) :]), stored))
    found, whole = {}, {}
    for number, stored in sorted(numbered, key=lambda each: -each[0]):
        data = archive.read(stored, "rows.jsonl.gz")
        if data is None:
            continue
        try:
            lines = [json.loads(line) for line in gzip.decompress(data).decode("utf-8").splitlines()][1:]
        except (OSError, EOFError, ValueError, zlib.error) as error:
            archive.wrong(stored.id, error)
            continue
        for line in lines:
            if "whole" in line:
                whole.setdefault(line["table"], line["whole"])
        for line in reversed(lines):
            if "key" in line and number >= whole.get(line["table"], 0) and only in ("", line["table"]):
                found.setdefault(line["table"], {}).setdefault(str(line["key"]), line.get("row"))
    return {table: {key: row for key, row in rows.items() if row is not None} for table, rows in sorted(found.items())}


# ------------------------------------------------------------------------------------------------------- the ledger
def ledger(archive):
    """Entries and checkpoints in order, of each batch the newest writing."""
    batches = {}
    for stored in archive.objects(LEDGER):
        span, _, revision = stored.id[len(LEDGER) :].partition(":r")
        first, _, last = span.partition("-")
        if int(first) not in batches or int(revision or 0) > batches[int(first)][1]:
            batches[int(first)] = (int(last), int(revision or 0), stored)
    entries, checkpoints, expected = [], [], 0
    for first, (last, _revision, stored) in sorted(batches.items()):
        if first != expected:
            archive.wrong("ledger", f"缺少第 {expected} 至 {first - 1} 条 / entries are missing")
        expected = last + 1
        for path, target in (("entries.jsonl", entries), ("checkpoints.jsonl", checkpoints)):
            data = archive.read(stored, path) if path in stored.paths else b""
            if data is not None:
                target.extend(json.loads(line) for line in data.decode("utf-8").splitlines())
    return entries, checkpoints


def verify_ledger(archive):
    """Recompute commitments and tree; compare the root with every checkpoint kept. Returns entries, checkpoints."""
    entries, checkpoints = ledger(archive)
    roots = {each["size"]: each for each in checkpoints}
    peaks = []
    for index, each in enumerate(entries):
        if each["index"] != index:
            archive.wrong("ledger", f"在第 {index} 条处中断 / breaks off at entry {index}")
            return len(entries), 0
        commitment = bytes.fromhex(each["commitment"])
        if "entry" in each:
            made = hashlib.sha256(bytes.fromhex(each["salt"]) + each["entry"].encode("utf-8")).digest()
            if made != commitment:
                archive.wrong("ledger", f"第 {index} 条与承诺值不符 / entry {index} is not what was committed to")
        peaks.append(hashlib.sha256(b"\x00" + commitment).digest())
        size = index + 1
        while not size & 1:
            right = peaks.pop()
            peaks.append(hashlib.sha256(b"\x01" + peaks.pop() + right).digest())
            size >>= 1
        told = roots.get(index + 1)
        if told is not None and root_of(peaks).hex() != told["root"]:
            archive.wrong("ledger", f"{index + 1} 条处的检查点不符 / the checkpoint of {index + 1} entries")
        if told is not None and base64.b64encode(root_of(peaks)).decode() not in told["note"]:
            archive.wrong("ledger", f"{index + 1} 条处的签名文书不符 / the note of {index + 1} entries")
    return len(entries), len(checkpoints)


def root_of(peaks):
    """Root of the tree whose complete subtrees have these roots."""
    result = peaks[-1]
    for peak in reversed(peaks[:-1]):
        result = hashlib.sha256(b"\x01" + peak + result).digest()
    return result


# --------------------------------------------------------------------------------------------------------- records
class Held:
    """One record as its box has it: its number, its object, its files."""

    def __init__(self, stored, code):
        self.stored, self.code = stored, code
        self.paths = sorted(each for each in stored.paths if each.startswith(code + "/"))

    @property
    def package(self):
        """The logical path of the package as received; "" where there is none."""
        return next((each for each in self.paths if "/package." in each), "")

    def description(self, archive):
        """The description document, parsed; None when it cannot be read."""
        data = archive.read(self.stored, self.code + "/description.xml")
        if data is None:
            return None
        try:
            return ElementTree.fromstring(data)
        except ElementTree.ParseError as error:
            archive.wrong(self.stored.id, f"{self.code}/description.xml: {error}")
            return None


def records(archive):
    """Every record that lies in an object."""
    for stored in archive.objects():
        if stored.id.startswith((ROWS, LEDGER)):
            continue
        names = ("/description.xml", "/description.xml" + SEALED)
        codes = sorted({path.partition("/")[0] for path in stored.paths if path.endswith(names)})
        for code in codes:
            yield Held(stored, code)


def text(value):
    """Text of a description with the characters that XML cannot carry put back."""
    return MARKED.sub(lambda found: chr(int(found.group(1), 16)), value or "")


def first(element, path):
    """The text of the first element at *path*, names without their namespace."""
    found = element.find("/".join(NAMESPACE + each for each in path.split("/")))
    return "" if found is None else text(found.text)


def summary(archive, held, known):
    """Archive code and title: as the catalogue had them last, else as the description document says."""
    row = known.get(held.code)
    if row is not None:
        return row.get("archive_code") or "", row.get("title") or "", row.get("state") or ""
    document = held.description(archive)
    if document is None:
        return "", "", ""
    return first(document, "文件实体/档号/全号"), next(iter(titles(document)), ""), ""


def titles(document):
    """The titles in a description document."""
    entity = document.find(NAMESPACE + "文件实体")
    return [text(each.text) for each in entity.iter(NAMESPACE + "题名")] if entity is not None else []


def catalogue(archive):
    """The catalogue's rows of records by their number."""
    rows = tables(archive, "catalog.record").get("catalog.record", {})
    return {row["record_code"]: row for row in rows.values()}


def list_records(archive, _arguments):
    """Number, archive code, title, bytes, object."""
    known, seen = catalogue(archive), set()
    for held in records(archive):
        seen.add(held.code)
        code, title, state = summary(archive, held, known)
        size = (known.get(held.code) or {}).get("bytes", "")
        print("\t".join(str(each) for each in (held.code, code, title, state, size, held.stored.id)))
    for code in sorted(set(known) - seen):
        row = known[code]
        print(
            "\t".join(str(row.get(each) or "") for each in ("record_code", "archive_code", "title", "state")) + "\t\t"
        )


def show_record(archive, arguments):
    """Everything known of one record, by its number or archive code."""
    known = catalogue(archive)
    wanted = next(
        (code for code, row in known.items() if arguments.code in (code, row.get("archive_code"))), arguments.code
    )
    if wanted in known:
        print(json.dumps(known[wanted], ensure_ascii=False, indent=1))
    for held in records(archive):
        if held.code != wanted:
            continue
        print(f"{held.stored.id}  {held.stored.folder}")
        for path in held.paths:
            print(f"  {path}  {held.stored.paths[path]}")
        document = held.description(archive)
        for element in document.iter() if document is not None else ():
            if (element.text or "").strip():
                print("  {}: {}".format(element.tag.replace(NAMESPACE, ""), text(element.text).strip()))
    for each in ledger(archive)[0]:
        told = json.loads(each["entry"]) if "entry" in each else each
        if told.get("subject") == wanted:
            index, said = each["index"], each.get("entry", "")
            print(f"{index}\t{said}")


def extract_records(archive, arguments):
    """A folder a record: package, description, and the files inside the package under their names."""
    target, wanted = Path(arguments.target), set(arguments.codes)
    known = {row.get("archive_code"): code for code, row in catalogue(archive).items()} if wanted else {}
    wanted = {known.get(each, each) for each in wanted}
    count = 0
    for held in records(archive):
        if arguments.codes and held.code not in wanted:
            continue
        count += 1
        for path in held.paths:
            copy_sound(archive, held.stored, path, target / safe(path))
        document = held.description(archive)
        if document is not None and held.package and not held.package.endswith(SEALED):
            extract_components(archive, held, document, target / safe(held.code) / "files")
    print(f"{count} 件 / records")
    if arguments.codes and count < len(wanted):
        archive.wrong("extract", "有的号不在此存储根 / some of these are not in this root")


def copy_sound(archive, stored, path, target):
    """Copy a file whose digest was compared."""
    try:
        place = stored.sound(path)
    except Damaged as damage:
        archive.wrong(stored.id, damage)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with place.open("rb") as source, target.open("wb") as copy:
        for piece in iter(lambda: source.read(PIECE), b""):
            copy.write(piece)


def extract_components(archive, held, document, target):
    """The files inside the package, read at the places the description names, their digests compared."""
    try:
        package = held.stored.sound(held.package)
    except Damaged:
        return  # told already
    for component in document.iter(NAMESPACE + "组件"):
        path = text(component.get("路径"))
        place = component.find(NAMESPACE + "位置")
        if place is None or place.get("起点") is None:
            archive.wrong(held.code, f"{path}: 没有位置 / its place is not told")
            continue
        digests = {each.get("算法"): text(each.text) for each in component.findall(NAMESPACE + "摘要")}
        file = target / safe(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        made = write_component(package, file, int(place.get("起点")), int(place.get("字节数")), place.get("方法"))
        for name, digest in digests.items():
            if name in made and made[name] != digest:
                archive.wrong(held.code, f"{path}: {name} 不符 / differs")


def write_component(package, file, offset, size, method):
    """Write one file out of a package; returns its digests."""
    digests = {name: hashlib.new(name) for name in ("sha256", "sha512")}
    unpacker = zlib.decompressobj(-15) if method == "deflated" else None
    with package.open("rb") as source, file.open("wb") as target:
        source.seek(offset)
        while size > 0:
            piece = source.read(min(PIECE, size))
            if not piece:
                break
            size -= len(piece)
            plain = unpacker.decompress(piece) if unpacker else piece
            target.write(plain)
            for each in digests.values():
                each.update(plain)
        rest = unpacker.flush() if unpacker else b""
        target.write(rest)
        for each in digests.values():
            each.update(rest)
    return {name: each.hexdigest() for name, each in digests.items()}


def safe(path):
    """A path that stays inside of its folder, whatever a stranger named it."""
    parts = [re.sub(r'[\x00-\x1f\\:*?"<>|]', "_", each) for each in path.split("/")]
    kept = [each if len(each.encode()) <= 240 else hashlib.sha256(each.encode()).hexdigest() for each in parts]
    return Path(*([each for each in kept if each not in ("", ".", "..")] or ["_"]))


# --------------------------------------------------------------------------------------------------------- the rest
def list_objects(archive, _arguments):
    """Every object with its files and their digests."""
    for stored in archive.objects():
        print(f"{stored.id}\t{stored.created}\t{stored.folder.relative_to(archive.root)}")
        for path, digest in sorted(stored.paths.items()):
            print(f"\t{path}\t{digest}")


def print_tables(archive, arguments):
    """The tables and how many rows they have, or the rows of one."""
    found = tables(archive, arguments.table)
    for table, rows in found.items():
        if not arguments.table:
            print(f"{table}\t{len(rows)}")
            continue
        for row in rows.values():
            print(json.dumps(row, ensure_ascii=False))


def print_ledger(archive, arguments):
    """Entries, all or those about one subject."""
    for each in ledger(archive)[0]:
        told = json.loads(each["entry"]) if "entry" in each else each
        if arguments.subject in ("", told.get("subject")):
            print(json.dumps({"index": each["index"], "entry": told}, ensure_ascii=False))


def verify(archive, _arguments):
    """Every file of every object, every version; then the ledger's tree."""
    objects = files = 0
    for stored in archive.objects():
        objects += 1
        listed = {stored.folder / path for paths in stored.manifest.values() for path in paths}
        for digest, paths in stored.manifest.items():
            for path in paths:
                files += 1
                try:
                    if stored.digest(stored.folder / path) != digest.lower():
                        archive.wrong(stored.id, f"{path}: 与清单的摘要不符 / not what the inventory says")
                except Damaged as damage:
                    archive.wrong(stored.id, damage)
        for each in stored.folder.glob("v*/content/**/*"):
            if each.is_file() and each not in listed:
                archive.wrong(stored.id, f"{each.relative_to(stored.folder)}: 清单中没有 / not in the inventory")
    entries, checkpoints = verify_ledger(archive)
    print(f"{objects} 对象 objects, {files} 文件 files, {entries} 条账目 entries, {checkpoints} 检查点 checkpoints")


ACTS = {
    "list": list_records,
    "show": show_record,
    "extract": extract_records,
    "tables": print_tables,
    "ledger": print_ledger,
    "objects": list_objects,
    "verify": verify,
}


def main(given):
    """Run one act; returns the exit code."""
    if not given or given[0] in ("-h", "--help"):
        print(__doc__)
        return 2
    if given[0] in ACTS and not Path(given[0]).is_dir():
        given = [str(Path(__file__).resolve().parent), *given]
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("root")
    acts = parser.add_subparsers(dest="act", required=True)
    for name in ACTS:
        act = acts.add_parser(name)
        if name == "show":
            act.add_argument("code")
        if name == "extract":
            act.add_argument("target")
            act.add_argument("codes", nargs="*")
        if name == "tables":
            act.add_argument("table", nargs="?", default="")
        if name == "ledger":
            act.add_argument("subject", nargs="?", default="")
    arguments = parser.parse_args(given)
    try:
        archive = Archive(arguments.root)
        ACTS[arguments.act](archive, arguments)
    except BrokenPipeError:
        sys.stdout = None  # whoever read us has seen enough
        return 0
    except (SystemExit2, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if archive.sealed:
        print(
            f"{len(archive.sealed)} 个文件已加密，需档案馆的密钥 / files are sealed, the archive's keys open them",
            file=sys.stderr,
        )
    if archive.problems:
        print(f"{len(archive.problems)} 处不符 / problems", file=sys.stderr)
    return 1 if archive.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
