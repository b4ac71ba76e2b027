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

    python3 read_archive.py [根 ROOT] sealed                   列出加密的文件及所需的密钥 what is sealed, and its keys

加密存放的内容（名称以 .vault 结尾）只照原样取出；要打开，须有密钥库和托管人的身份文件，加在命令之前：
    --keys wrapped-keys.sqlite3     密钥库（LANTAI_KEYS 文件夹中，或其备份） the key store, or a backup of it
    --identity 文件 FILE            托管人的身份（AGE-SECRET-KEY-1…） the identity an escrow recipient keeps offline
不给 ROOT 时读本程序所在的文件夹。读到的一切先与清单中的 SHA-512 核对；不符的说明在哪里，其余照常读出。
本程序只读存储根，只写入 TO 文件夹。存储根的结构见其中的 README.md。

Sealed content (names ending in .vault) is taken out as it lies there. With the key store and the identity of an escrow
recipient it is opened, slowly (about a minute for 50 MB), as everything here is plain Python. What was destroyed stays
closed for ever.
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
  sealed      a line of JSON, then chunks, each AES-256-GCM or SM4-GCM with its tag of 16 bytes; nonce = prefix (7) ||
              counter (4) || last (1), bound to the SHA-256 of the line. The key of a file is HKDF-SHA-256 of the data
              key, info "lantai vault 1 content " || SHA-256(line). Data keys lie in the key store (SQLite, table
              escrow), each a file of age (https://age-encryption.org/v1) for the recipient
"""

import argparse
import base64
import gzip
import hashlib
import hmac
import json
import os
import re
import sqlite3
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

    def __init__(self, root, keys=None):
        self.root = Path(root)
        self.keys = keys
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
        """A file of an object; None when it is sealed and no key is here, or, told as a problem, when it is damaged."""
        try:
            if path + SEALED not in stored.paths:
                return stored.read(path)
            opened = self.opened(stored, path + SEALED)
            return None if opened is None else b"".join(opened)
        except Damaged as damage:
            self.wrong(stored.id, damage)
            return None

    def opened(self, stored, path):
        """The cleartext of a sealed file, in pieces; None, remembered, where it does not open with what is here."""
        place = stored.sound(path)
        header, line = sealed_header(place)
        key = self.keys.data_key(header["key"]) if self.keys is not None else None
        if key is None:
            self.sealed.add((stored.id, path[: -len(SEALED)]))
            return None
        if (header["object"], header["path"]) != (stored.id, path[: -len(SEALED)]):
            raise Damaged("{}: 为别的文件加密 / sealed as {} {}".format(path, header["object"], header["path"]))
        return open_chunks(place, header, line, key)


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


# -------------------------------------------------------------------------------------------------- sealed content
class Keys:
    """The key store of the archive, read only, and the escrow identity that opens its data keys."""

    def __init__(self, store, identity):
        if not Path(store).is_file():
            raise SystemExit2(f"{store}: 没有这个密钥库 / no such key store")
        try:
            words = [line.strip() for line in Path(identity).read_text("utf-8").splitlines()]
            self.secret = age_identity(next(word for word in words if word and not word.startswith("#")))
            self.store = sqlite3.connect(f"{Path(store).resolve().as_uri()}?mode=ro", uri=True)
            self.recipients = [name for (name,) in self.store.execute("SELECT DISTINCT recipient FROM escrow")]
        except (OSError, StopIteration, ValueError, sqlite3.Error) as error:
            raise SystemExit2(f"密钥读不出来 / the keys cannot be read: {error}") from error

    def data_key(self, name):
        """The data key of that name; None when it is not here, was destroyed, or is not wrapped for this identity."""
        for (wrapped,) in self.store.execute("SELECT wrapped FROM escrow WHERE key = ?", (name,)):
            key = open_age(wrapped, self.secret)
            proofs = [told for (told,) in self.store.execute("SELECT proof FROM data_key WHERE key = ?", (name,))]
            if key is not None and hashlib.sha256(b"lantai vault 1 data key\x00" + key).hexdigest() in proofs:
                return key
        return None

    def state(self, name):
        """What can be said of a data key, in Chinese and English."""
        for (when,) in self.store.execute("SELECT destroyed_at FROM tombstone WHERE key = ?", (name,)):
            return f"已于 {when} 销毁 / destroyed on {when}"
        if not self.store.execute("SELECT 1 FROM data_key WHERE key = ?", (name,)).fetchone():
            return "密钥库中没有 / not in this key store"
        if self.data_key(name) is None:
            return "未托管给此身份 / not wrapped for this identity"
        return "可打开 / opens"


def sealed_header(place):
    """The first line of a sealed file: what it says, and its bytes with the line end."""
    try:
        with place.open("rb") as stream:
            line = stream.readline(16 * 1024)
        header = json.loads(line)
        if header["lantai-vault"] != 1 or header["algorithm"] not in CIPHERS:
            raise ValueError("{} {}".format(header["lantai-vault"], header["algorithm"]))
        header["prefix"] = bytes.fromhex(header["prefix"])
        return header, line
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Damaged(f"{place.name}: 不是加密内容 / not sealed content: {error}") from error


def open_chunks(place, header, line, data_key):
    """The cleartext, chunk by chunk, each proven by its tag."""
    bound = hashlib.sha256(line).digest()
    size, cipher = CIPHERS[header["algorithm"]]
    opener = Gcm(cipher(hkdf(data_key, b"lantai vault 1 content " + bound, size)))
    count = max(1, -(-header["size"] // header["chunk"]))
    with place.open("rb") as stream:
        stream.seek(len(line))
        for number in range(count):
            last = number + 1 == count
            wanted = header["size"] - number * header["chunk"] if last else header["chunk"]
            data = stream.read(wanted + 16)
            nonce = header["prefix"] + number.to_bytes(4, "big") + (b"\x01" if last else b"\x00")
            plain = opener.open(nonce, data, bound) if len(data) == wanted + 16 else None
            if plain is None:
                raise Damaged("{}: 第 {} 块打不开 / chunk {} does not open".format(header["path"], number, number))
            yield plain
        if stream.read(1):
            raise Damaged("{}: 末尾多出内容 / more follows its end".format(header["path"]))


def hkdf(secret, info, size, salt=b""):
    """HKDF-SHA-256 (RFC 5869), up to 32 bytes."""
    drawn = hmac.new(salt or bytes(32), secret, hashlib.sha256).digest()
    return hmac.new(drawn, info + b"\x01", hashlib.sha256).digest()[:size]


class Gcm:
    """Galois/Counter mode (NIST SP 800-38D) over a block cipher, opening only."""

    def __init__(self, encrypt):
        self.encrypt = encrypt
        row = [0] * 256
        row[128] = int.from_bytes(encrypt(bytes(16)), "big")
        for at in (64, 32, 16, 8, 4, 2, 1):
            row[at] = (row[at * 2] >> 1) ^ (0xE1 << 120 if row[at * 2] & 1 else 0)
        for at in (2, 4, 8, 16, 32, 64, 128):
            for rest in range(1, at):
                row[at + rest] = row[at] ^ row[rest]
        self.tables = [row]
        for _byte in range(15):
            row = [(each >> 8) ^ REDUCED[each & 255] for each in row]
            self.tables.append(row)

    def hashed(self, data, start=0):
        """GHASH of whole blocks; what is short is filled up with zeros."""
        tables, made = self.tables, start
        for at in range(0, len(data), 16):
            block = (made ^ int.from_bytes(data[at : at + 16].ljust(16, b"\x00"), "big")).to_bytes(16, "big")
            made = 0
            for table, byte in zip(tables, block):
                made ^= table[byte]
        return made

    def open(self, nonce, sealed, bound):
        """The cleartext, or None when the tag is another."""
        data, tag = sealed[:-16], sealed[-16:]
        lengths = (len(bound) * 8).to_bytes(8, "big") + (len(data) * 8).to_bytes(8, "big")
        made = self.hashed(lengths, self.hashed(data, self.hashed(bound)))
        start = int.from_bytes(self.encrypt(nonce + b"\x00\x00\x00\x01"), "big")
        if not hmac.compare_digest((made ^ start).to_bytes(16, "big"), tag):
            return None
        encrypt, blocks = self.encrypt, -(-len(data) // 16)
        stream = b"".join([encrypt(nonce + at.to_bytes(4, "big")) for at in range(2, blocks + 2)])[: len(data)]
        mixed = int.from_bytes(stream, "big") ^ int.from_bytes(data, "big")
        return mixed.to_bytes(len(data), "big")


def _reduced():
    """What eight bits that are shifted out at the low end give back."""
    made = []
    for value in range(256):
        for _bit in range(8):
            value = (value >> 1) ^ (0xE1 << 120 if value & 1 else 0)
        made.append(value)
    return made


REDUCED = _reduced()


def _double(value):
    return ((value << 1) ^ 0x11B if value & 128 else value << 1) & 255


def _aes_box():
    """The S-box of AES, from its definition (FIPS 197, 5.1.1)."""
    box, p, q = [0] * 256, 1, 1
    while True:
        p = p ^ _double(p)
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 255
        q ^= 0x09 if q & 128 else 0
        turned = q ^ (q << 1 | q >> 7) ^ (q << 2 | q >> 6) ^ (q << 3 | q >> 5) ^ (q << 4 | q >> 4)
        box[p] = (turned ^ 0x63) & 255
        if p == 1:
            box[0] = 0x63
            return box


AES_BOX = _aes_box()
AES_TABLE = [(_double(s) << 24) | (s << 16) | (s << 8) | (_double(s) ^ s) for s in AES_BOX]
AES_TABLES = [[(each >> 8 * turn | each << (32 - 8 * turn)) & 0xFFFFFFFF for each in AES_TABLE] for turn in range(4)]


def aes256(key):
    """AES with a key of 32 bytes (FIPS 197): a function that encrypts one block."""
    words = [int.from_bytes(key[at : at + 4], "big") for at in range(0, 32, 4)]
    constant = 1
    for at in range(8, 60):
        word = words[-1]
        if at % 8 == 0:
            word = (word << 8 | word >> 24) & 0xFFFFFFFF
        if at % 4 == 0:
            word = int.from_bytes(bytes(AES_BOX[each] for each in word.to_bytes(4, "big")), "big")
        if at % 8 == 0:
            word ^= constant << 24
            constant = _double(constant)
        words.append(words[-8] ^ word)
    t0, t1, t2, t3 = AES_TABLES
    box, rounds = AES_BOX, [words[at : at + 4] for at in range(4, 56, 4)]
    first, last = words[:4], words[56:]

    def encrypt(block):
        a = int.from_bytes(block[:4], "big") ^ first[0]
        b = int.from_bytes(block[4:8], "big") ^ first[1]
        c = int.from_bytes(block[8:12], "big") ^ first[2]
        d = int.from_bytes(block[12:], "big") ^ first[3]
        for k0, k1, k2, k3 in rounds:
            a, b, c, d = (
                t0[a >> 24] ^ t1[b >> 16 & 255] ^ t2[c >> 8 & 255] ^ t3[d & 255] ^ k0,
                t0[b >> 24] ^ t1[c >> 16 & 255] ^ t2[d >> 8 & 255] ^ t3[a & 255] ^ k1,
                t0[c >> 24] ^ t1[d >> 16 & 255] ^ t2[a >> 8 & 255] ^ t3[b & 255] ^ k2,
                t0[d >> 24] ^ t1[a >> 16 & 255] ^ t2[b >> 8 & 255] ^ t3[c & 255] ^ k3,
            )
        made = []
        for one, two, three, four, k in ((a, b, c, d, 0), (b, c, d, a, 1), (c, d, a, b, 2), (d, a, b, c, 3)):
            word = box[one >> 24] << 24 | box[two >> 16 & 255] << 16 | box[three >> 8 & 255] << 8 | box[four & 255]
            made.append((word ^ last[k]).to_bytes(4, "big"))
        return b"".join(made)

    return encrypt


SM4_BOX = bytes.fromhex(
    "d690e9fecce13db716b614c228fb2c052b679a762abe04c3aa44132649860699"
    "9c4250f491ef987a33540b43edcfac62e4b31ca9c908e89580df94fa758f3fa6"
    "4707a7fcf37317ba83593c19e6854fa8686b81b27164da8bf8eb0f4b70569d35"
    "1e240e5e6358d1a225227c3b01217887d40046579fd327524c3602e7a0c4c89e"
    "eabf8ad240c738b5a3f7f2cef96115a1e0ae5da49b341a55ad933230f58cb1e3"
    "1df6e22e8266ca60c02923ab0d534e6fd5db3745defd8e2f03ff6a726d6c5b51"
    "8d1baf92bbddbc7f11d95c411f105ad80ac13188a5cd7bbd2d74d012b8e5b4b0"
    "8969974a0c96777e65b9f109c56ec68418f07dec3adc4d2079ee5f3ed7cb3948"
)


def _turned(word, by):
    return (word << by | word >> (32 - by)) & 0xFFFFFFFF


def _sm4_table():
    words = [each << 24 for each in SM4_BOX]
    return [each ^ _turned(each, 2) ^ _turned(each, 10) ^ _turned(each, 18) ^ _turned(each, 24) for each in words]


SM4_TABLE = _sm4_table()
SM4_TABLES = [[(each >> 8 * turn | each << (32 - 8 * turn)) & 0xFFFFFFFF for each in SM4_TABLE] for turn in range(4)]


def sm4(key):
    """SM4 (GB/T 32907): a function that encrypts one block."""
    words = [int.from_bytes(key[at : at + 4], "big") for at in range(0, 16, 4)]
    state = [one ^ two for one, two in zip(words, (0xA3B1BAC6, 0x56AA3350, 0x677D9197, 0xB27022DC))]
    keys = []
    for number in range(32):
        constant = int.from_bytes(bytes((4 * number + at) * 7 & 255 for at in range(4)), "big")
        mixed = state[-3] ^ state[-2] ^ state[-1] ^ constant
        mixed = int.from_bytes(bytes(SM4_BOX[each] for each in mixed.to_bytes(4, "big")), "big")
        state.append(state[-4] ^ mixed ^ _turned(mixed, 13) ^ _turned(mixed, 23))
        keys.append(state[-1])
    t0, t1, t2, t3 = SM4_TABLES

    def encrypt(block):
        a, b, c, d = (int.from_bytes(block[at : at + 4], "big") for at in range(0, 16, 4))
        for each in keys:
            m = b ^ c ^ d ^ each
            a, b, c, d = b, c, d, a ^ t0[m >> 24] ^ t1[m >> 16 & 255] ^ t2[m >> 8 & 255] ^ t3[m & 255]
        return b"".join(word.to_bytes(4, "big") for word in (d, c, b, a))

    return encrypt


CIPHERS = {"AES-256-GCM": (32, aes256), "SM4-GCM": (16, sm4)}


# ------------------------------------------------------------------------------------- age (age-encryption.org/v1)
FIELD = 2**255 - 19
LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def age_identity(word):
    """The 32 secret bytes of AGE-SECRET-KEY-1… (Bech32, its checksum compared)."""
    name, _one, letters = word.lower().rpartition("1")
    values = [LETTERS.index(each) for each in letters]
    check = 1
    for value in [ord(each) >> 5 for each in name] + [0] + [ord(each) & 31 for each in name] + values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for at, part in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= part if top >> at & 1 else 0
    number = 0
    for value in values[:-6]:
        number = number << 5 | value
    if name != "age-secret-key-" or check != 1 or len(values) != 58:
        raise ValueError("不是 age 身份 / not an identity of age")
    return (number >> 4).to_bytes(32, "big")


def x25519(secret, point):
    """The shared secret (RFC 7748, 5)."""
    scalar = int.from_bytes(secret, "little") & ~7 & ((1 << 255) - 1) | 1 << 254
    u = int.from_bytes(point, "little") & ((1 << 255) - 1)
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for at in range(254, -1, -1):
        bit = scalar >> at & 1
        if swap ^ bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
        swap = bit
        a, b, c, d = (x2 + z2) % FIELD, (x2 - z2) % FIELD, (x3 + z3) % FIELD, (x3 - z3) % FIELD
        aa, bb, da, cb = a * a % FIELD, b * b % FIELD, d * a % FIELD, c * b % FIELD
        x3, z3 = (da + cb) ** 2 % FIELD, u * (da - cb) ** 2 % FIELD
        x2, z2 = aa * bb % FIELD, (aa - bb) * (aa + 121665 * (aa - bb)) % FIELD
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, FIELD - 2, FIELD) % FIELD).to_bytes(32, "little")


def chacha20(key, counter, nonce):
    """One block of the key stream (RFC 8439, 2.3)."""
    words = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574]
    words += [int.from_bytes(key[at : at + 4], "little") for at in range(0, 32, 4)] + [counter]
    words += [int.from_bytes(nonce[at : at + 4], "little") for at in range(0, 12, 4)]
    mixed = list(words)
    quarters = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15))
    quarters += ((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
    for a, b, c, d in quarters * 10:
        for left, right, to, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            mixed[left] = (mixed[left] + mixed[right]) & 0xFFFFFFFF
            mixed[to] = _turned(mixed[to] ^ mixed[left], by)
    return b"".join(((one + two) & 0xFFFFFFFF).to_bytes(4, "little") for one, two in zip(mixed, words))


def open_chacha20_poly1305(key, nonce, sealed):
    """The cleartext (RFC 8439, 2.8), nothing bound to it; None when the tag is another."""
    data, tag = sealed[:-16], sealed[-16:]
    once = chacha20(key, 0, nonce)
    r = int.from_bytes(once[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    made, message = 0, data + bytes(-len(data) % 16) + bytes(8) + len(data).to_bytes(8, "little")
    for at in range(0, len(message), 16):
        made = (made + int.from_bytes(message[at : at + 16] + b"\x01", "little")) * r % (2**130 - 5)
    found = (made + int.from_bytes(once[16:32], "little")) % 2**128
    if len(tag) != 16 or not hmac.compare_digest(found.to_bytes(16, "little"), tag):
        return None
    stream = b"".join(chacha20(key, 1 + at // 64, nonce) for at in range(0, len(data), 64))
    return bytes(one ^ two for one, two in zip(data, stream))


def open_age(wrapped, secret):
    """What a small file of age holds for this identity; None when it is not for it, or was changed."""
    end = wrapped.find(b"\n---")
    lines = wrapped[:end].split(b"\n")
    if end < 0 or lines[0] != b"age-encryption.org/v1":
        return None
    mac, _line_end, payload = wrapped[end + 5 :].partition(b"\n")
    public = x25519(secret, (9).to_bytes(32, "little"))
    for at, line in enumerate(lines[:-1]):
        words = line.split(b" ")
        if words[:2] != [b"->", b"X25519"] or len(words) != 3:
            continue
        share = unpadded(words[2])
        key = hkdf(x25519(secret, share), b"age-encryption.org/v1/X25519", 32, share + public)
        file_key = open_chacha20_poly1305(key, bytes(12), unpadded(lines[at + 1]))
        if file_key is None:
            continue
        proof = hmac.new(hkdf(file_key, b"header", 32), wrapped[: end + 4], hashlib.sha256).digest()
        if not hmac.compare_digest(proof, unpadded(mac.strip())):
            return None
        stream_key = hkdf(file_key, b"payload", 32, payload[:16])
        return open_chacha20_poly1305(stream_key, bytes(11) + b"\x01", payload[16:])
    return None


def unpadded(text):
    """Base64 as age writes it."""
    return base64.b64decode(text + b"=" * (-len(text) % 4))


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
        package = None
        for path in held.paths:
            taken = copy_sound(archive, held.stored, path, target / safe(path))
            package = taken if path == held.package else package
        document = held.description(archive)
        if document is not None and package is not None:
            extract_components(archive, held, document, target / safe(held.code) / "files", package)
    print(f"{count} 件 / records")
    if arguments.codes and count < len(wanted):
        archive.wrong("extract", "有的号不在此存储根 / some of these are not in this root")


def copy_sound(archive, stored, path, target):
    """Copy a file whose digest was compared, opened where that can be; where its cleartext is now, None without it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if path.endswith(SEALED):
            opened = archive.opened(stored, path)
            if opened is not None:
                target = target.with_name(target.name[: -len(SEALED)])
                with target.open("wb") as copy:
                    copy.writelines(opened)
                return target
        place = stored.sound(path)
        with place.open("rb") as source, target.open("wb") as copy:
            for piece in iter(lambda: source.read(PIECE), b""):
                copy.write(piece)
    except Damaged as damage:
        archive.wrong(stored.id, damage)
        return None
    return None if path.endswith(SEALED) else target


def extract_components(archive, held, document, target, package):
    """The files inside the package, read at the places the description names, their digests compared."""
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


def list_sealed(archive, _arguments):
    """Every sealed file: object, path, algorithm, bytes of its cleartext, its data key, and how that stands."""
    needed = set()
    for stored in archive.objects():
        for path in sorted(each for each in stored.paths if each.endswith(SEALED)):
            try:
                header, _line = sealed_header(stored.place(path))
            except Damaged as damage:
                archive.wrong(stored.id, damage)
                continue
            needed.add(header["key"])
            state = (
                archive.keys.state(header["key"])
                if archive.keys
                else "须有密钥库和身份 / key store and identity needed"
            )
            told = (stored.id, path[: -len(SEALED)], header["algorithm"], header["size"], header["key"], state)
            print("\t".join(str(each) for each in told))
    print(f"{len(needed)} 个数据密钥 / data keys")


ACTS = {
    "list": list_records,
    "show": show_record,
    "extract": extract_records,
    "tables": print_tables,
    "ledger": print_ledger,
    "objects": list_objects,
    "sealed": list_sealed,
    "verify": verify,
}


def main(given):
    """Run one act; returns the exit code."""
    if not given or given[0] in ("-h", "--help"):
        print(__doc__)
        return 2
    if (given[0] in ACTS or given[0].startswith("--")) and not Path(given[0]).is_dir():
        given = [str(Path(__file__).resolve().parent), *given]
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("root")
    parser.add_argument("--keys", default="")
    parser.add_argument("--identity", default="")
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
        if bool(arguments.keys) != bool(arguments.identity):
            raise SystemExit2("--keys 和 --identity 须一起给出 / --keys and --identity are given together")
        keys = Keys(arguments.keys, arguments.identity) if arguments.keys else None
        archive = Archive(arguments.root, keys)
        ACTS[arguments.act](archive, arguments)
    except BrokenPipeError:
        sys.stdout = None  # whoever read us has seen enough
        return 0
    except (SystemExit2, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if archive.sealed:
        print(
            f"{len(archive.sealed)} 个文件已加密，没有打开：须有密钥库和托管人的身份文件（--keys、--identity） / "
            "files are sealed and were not opened: key store and escrow identity are needed (--keys, --identity)",
            file=sys.stderr,
        )
    if archive.problems:
        print(f"{len(archive.problems)} 处不符 / problems", file=sys.stderr)
    return 1 if archive.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
