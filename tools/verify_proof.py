#!/usr/bin/env python3
"""核验档案存证证明 / Verify a proof from an archive's ledger: offline, with Python 3.8 or later and nothing else.

用法 / usage:
    python verify_proof.py 证明.json [--file 文件 ...] [--key 摘要密钥 ...] [--vkey 公钥] [--policy 策略]
                           [--language zh|en]

证明包含条目原文、随机值、包含证明和签名检查点。本程序逐项核对：
  1. 给出的文件的摘要（SHA-512、SHA-256 或 SM3）写在条目里；
  2. 条目是规范形式的 JSON；
  3. 承诺值 = SHA-256(随机值 ‖ 条目)，树叶 = SHA-256(0x00 ‖ 承诺值)；
  4. 包含证明从树叶通到检查点的根（RFC 9162 2.1.3.2）；
  5. 检查点由公钥签名（Ed25519，RFC 8032；C2SP signed-note），有 SM2 签名的一并核对（GB/T 32918.2）；
  6. 见证方的签名（C2SP tlog-cosignature）：有几个、何时，是否满足见证策略（C2SP tlog-policy）。
公钥应从档案馆公布处另行取得并用 --vkey 给出；否则只显示证明自带的公钥，请自行比对。
见证策略用 --policy 给出时必须满足，并代替 --vkey；否则只说明证明自带的策略是否满足。
ML-DSA-44 签名标准库无法核对，说明“未核对”，不计数。
加密存放的档案，条目里只有以密钥计算的明文摘要：HMAC-SHA-256(摘要密钥, SHA-512(文件))。持有文件的人用 --key 给出摘要密钥
（64 位十六进制，或档案馆用 lantai proof --digest-key-to 写出的文件）即可核对；没有密钥的人猜不出也验证不了内容。

The bundle holds entries, salts, inclusion proofs and a signed checkpoint; the points above are checked one by one. Get
the public key from where the archive publishes it and give it with --vkey; otherwise the bundle's own key is used and
shown, and comparing it is up to you. A witness policy given with --policy must be met, and brings the archive's keys;
without it, whether the bundle's own policy is met is only told. ML-DSA-44 signatures are beyond the standard library:
they are said to be not judged, and do not count. Of sealed records the entries have a keyed digest of the cleartext,
HMAC-SHA-256(digest key, SHA-512(file)): whoever holds the file gives that key with --key (64 hexadecimal digits, or the
file that "lantai proof --digest-key-to" wrote); without it nobody can guess or confirm the content.

退出码 / exit code: 0 全部通过 all is proven; 1 核验不通过 not proven; 2 无法读取 cannot be read.
"""

import argparse
import base64
import binascii
import hashlib
import hmac
import json
import re
import sys
from datetime import datetime, timezone
from pathlib import Path

FORMAT = "lantai-proof/1"
KEYS_FORMAT = "lantai-digest-keys/1"
ED25519, COSIGNATURE, ML_DSA_44, SM2 = 1, 4, 6, 255
SM2_ID = b"1.2.156.10197.1.501\n"
KEY_BYTES = {ED25519: 32, COSIGNATURE: 32, ML_DSA_44: 1312, SM2: len(SM2_ID) + 64}
ALGORITHMS = ("sha512", "sha256", "sm3")


class NotProven(Exception):
    """A check failed: the sentence in Chinese and in English."""


class Unreadable(Exception):
    """The bundle or a file cannot be read: the sentence in Chinese and in English."""


# ---- Ed25519 (RFC 8032, 5.1), verification only -------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    """The x of the point with that y and sign of x; None when there is none."""
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_M1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def add_points(p, q):
    """Sum of two points in extended coordinates."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply_point(scalar, point):
    """scalar times point."""
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add_points(result, point)
        point = add_points(point, point)
        scalar >>= 1
    return result


def decode_point(data):
    """The point in 32 bytes; None when they are none."""
    number = int.from_bytes(data, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def encode_point(point):
    """The 32 bytes of a point."""
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def verify_ed25519(public_key, message, signature):
    """Whether the 64 bytes of signature over message belong to the 32 bytes of public_key."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    key, s = decode_point(public_key), int.from_bytes(signature[32:], "little")
    if key is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little") % L
    minus_key = (P - key[0], key[1], key[2], P - key[3])
    return encode_point(add_points(multiply_point(s, BASE), multiply_point(k, minus_key))) == signature[:32]


# ---- SM2 with SM3 (GB/T 32918.2, GB/T 32905), verification only ---------------------------------------------------

SM2_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
SM2_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
SM2_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
SM2_BASE = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
SM2_USER = b"1234567812345678"


def sm3(data):
    """SM3 of data; None where this Python cannot compute it."""
    try:
        return hashlib.new("sm3", data).digest()
    except ValueError:
        return None


def add_sm2(one, other):
    """Sum of two points of the curve; None is the point at infinity."""
    if one is None or other is None:
        return one or other
    if one[0] == other[0]:
        if (one[1] + other[1]) % SM2_P == 0:
            return None
        slope = 3 * (one[0] * one[0] - 1) * pow(2 * one[1], SM2_P - 2, SM2_P) % SM2_P
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], SM2_P - 2, SM2_P) % SM2_P
    x = (slope * slope - one[0] - other[0]) % SM2_P
    return x, (slope * (one[0] - x) - one[1]) % SM2_P


def multiply_sm2(scalar, point):
    """scalar times point."""
    result = None
    for bit in bin(scalar)[2:]:
        result = add_sm2(result, result)
        if bit == "1":
            result = add_sm2(result, point)
    return result


def verify_sm2(point, message, signature):
    """Whether r and s (64 bytes) over message belong to the point (64 bytes); None where this cannot be computed."""
    x, y = int.from_bytes(point[:32], "big"), int.from_bytes(point[32:], "big")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if len(signature) != 64 or not (0 < r < SM2_N and 0 < s < SM2_N and (r + s) % SM2_N):
        return False
    if max(x, y) >= SM2_P or (y * y - x * x * x + 3 * x - SM2_B) % SM2_P:
        return False
    fixed = b"".join(each.to_bytes(32, "big") for each in (SM2_P - 3, SM2_B, *SM2_BASE))
    z = sm3((len(SM2_USER) * 8).to_bytes(2, "big") + SM2_USER + fixed + point)
    if z is None:
        return None
    found = add_sm2(multiply_sm2(s, SM2_BASE), multiply_sm2((r + s) % SM2_N, (x, y)))
    return found is not None and (int.from_bytes(sm3(z + message), "big") + found[0]) % SM2_N == r


# ---- The tree and the checkpoint ----------------------------------------------------------------------------------


def root_from_proof(leaf, index, size, path):
    """The root that the inclusion proof leads to; None when the proof has the wrong length (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return None
    place, last, result = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            result = hashlib.sha256(b"\x01" + sibling + result).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            result = hashlib.sha256(b"\x01" + result + sibling).digest()
        place, last = place >> 1, last >> 1
    return result if last == 0 else None


def decode(text, what):
    """Bytes of a base64 text."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise Unreadable(f"{what[0]}不是 base64", f"{what[1]} is not base64") from None


def parse_vkey(text):
    """Name, key id, kind and key of a vkey."""
    name, _, rest = text.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    raw = decode(encoded, ("公钥", "the public key"))
    if not raw or KEY_BYTES.get(raw[0]) != len(raw) - 1 or (raw[0] == SM2 and not raw[1:].startswith(SM2_ID)):
        raise Unreadable("公钥的种类未知", "the public key is of no known kind")
    if hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex() != key_id:
        raise NotProven("公钥的编号与公钥不符", "the key id does not belong to the public key")
    return name, bytes.fromhex(key_id), raw[0], raw[1:]


def take_apart(note):
    """Text of a note, and its signatures as pairs of key (name and id) and bytes."""
    split = note.rfind("\n\n")
    if split < 0:
        raise NotProven("检查点没有签名", "the checkpoint bears no signature")
    signatures = []
    for line in note[split + 2 :].split("\n")[:-1]:
        parts = line.split(" ")
        if len(parts) == 3 and parts[0] == "\u2014":
            raw = decode(parts[2], ("签名", "a signature"))
            signatures.append(((parts[1], raw[:4]), raw[4:]))
    return note[: split + 1], signatures


def judge(key, text, signature):
    """Whether a key signed the text: True, False, or None where this program cannot tell; and when, if it says so."""
    kind, public_key = key[2], key[3]
    if kind == ED25519:
        return verify_ed25519(public_key, text.encode(), signature), 0
    if kind == SM2:
        return verify_sm2(public_key[len(SM2_ID) :], text.encode(), signature), 0
    time = int.from_bytes(signature[:8], "big")
    if kind == ML_DSA_44:
        return None, time
    message = f"cosignature/v1\ntime {time}\n{text}"
    return time > 0 and verify_ed25519(public_key, message.encode(), signature[8:]), time


def open_checkpoint(note, vkeys):
    """Origin, size and root of a checkpoint signed by one of vkeys; none of them may have signed it wrongly."""
    keys = [parse_vkey(each) for each in vkeys]
    text, signatures = take_apart(note)
    judged = [
        judge(key, text, signature)[0] for key in keys for known, signature in signatures if known == (key[0], key[1])
    ]
    if not judged:
        raise NotProven("检查点没有这把公钥的签名", "the checkpoint bears no signature of this key")
    if not all(each is not False for each in judged) or not any(judged):
        raise NotProven("检查点的签名无效", "the checkpoint's signature is wrong")
    fields = text.split("\n")
    named = all(fields[0] == key[0] for key in keys)
    if len(fields) < 4 or not named or not re.fullmatch("0|[1-9][0-9]{0,18}", fields[1]):
        raise NotProven("检查点的内容不合规范", "the checkpoint is malformed")
    root = decode(fields[2], ("检查点的根", "the checkpoint's root"))
    if len(root) != 32:
        raise NotProven("检查点的根不是 32 字节", "the checkpoint's root has not 32 bytes")
    return fields[0], int(fields[1]), root, sum(each is True for each in judged)


# ---- The witnesses (C2SP tlog-policy, tlog-cosignature) -----------------------------------------------------------


def parse_policy(text):
    """Logs, witnesses by name, groups by name and the quorum of a policy."""
    logs, witnesses, groups, quorum = [], {}, {}, ""
    for line in text.split("\n"):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "log" and len(words) in (2, 3):
            logs.append(words[1])
        elif words[0] == "witness" and len(words) in (3, 4):
            witnesses[words[1]] = parse_vkey(words[2])
        elif words[0] == "group" and len(words) > 3 and all(each in witnesses or each in groups for each in words[3:]):
            count = len(words) - 3
            least = {"all": count, "any": 1}.get(words[2]) or (int(words[2]) if words[2].isdigit() else 0)
            if not 0 < least <= count:
                raise Unreadable("见证策略无法理解", "the policy cannot be understood")
            groups[words[1]] = (least, words[3:])
        elif words[0] == "quorum" and len(words) == 2 and not quorum:
            quorum = words[1]
        else:
            raise Unreadable("见证策略无法理解", "the policy cannot be understood")
    if quorum not in witnesses and quorum not in groups and quorum != "none":
        raise Unreadable("见证策略没有说明需要谁", "the policy does not say who is needed")
    return logs, witnesses, groups, quorum


def is_met(policy, name, cosigned):
    """Whether the witnesses named in cosigned make the group or witness of that name."""
    if name == "none":
        return True
    if name not in policy[2]:
        return name in cosigned
    least, members = policy[2][name]
    return sum(is_met(policy, each, cosigned) for each in members) >= least


def verify_witnesses(note, policy, names, say):
    """The witnesses of the policy that cosigned the note, each told; a wrong cosignature proves nothing."""
    text, signatures = take_apart(note)
    cosigned = set()
    for name, key in policy[1].items():
        for known, signature in signatures:
            if known != (key[0], key[1]):
                continue
            good, time = judge(key, text, signature)
            when = datetime.fromtimestamp(min(time, 1 << 35), timezone.utc).isoformat()  # noqa: UP017 - Python 3.8
            who = f"{key[0]}（{names[key[0]]}）" if names.get(key[0]) else key[0]
            if good is False:
                raise NotProven(f"见证方的签名无效：{who}", f"the cosignature of a witness is wrong: {who}")
            if good is None:
                say("[note]", f"ML-DSA-44 签名未核对：{who}", f"the ML-DSA-44 signature is not judged: {who}")
            else:
                cosigned.add(name)
                say("[ ok ]", f"见证方签名有效：{who}，{when}", f"cosigned by a witness: {who}, {when}")
    return cosigned


# ---- The bundle ---------------------------------------------------------------------------------------------------


def read_bundle(path):
    """The bundle in a file, its outer shape checked."""
    try:
        with Path(path).open(encoding="utf-8") as file:
            bundle = json.load(file)
    except (OSError, ValueError, RecursionError) as error:
        raise Unreadable(f"证明文件读不出来：{error}", f"the bundle cannot be read: {error}") from None
    shape = isinstance(bundle, dict) and bundle.get("format") == FORMAT
    entries = bundle.get("entries") if shape else None
    if not isinstance(entries, list) or not entries:
        raise Unreadable(f"不是 {FORMAT} 格式的证明", f"not a bundle of the format {FORMAT}")
    for name in ("vkey", "checkpoint", "policy"):
        if not isinstance(bundle.get(name, "" if name == "policy" else None), str):
            raise Unreadable(f"证明缺少 {name}", f"the bundle lacks {name}")
    for each in entries:
        texts = isinstance(each, dict) and all(isinstance(each.get(name), str) for name in ("entry", "salt"))
        if not texts or type(each.get("index")) is not int or not isinstance(each.get("proof"), list):
            raise Unreadable("证明中的条目不完整", "an entry of the bundle is incomplete")
    return bundle


def read_policy(path):
    """The policy in a file."""
    try:
        return parse_policy(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"见证策略读不出来：{error}", f"the policy cannot be read: {error}") from None


def verify_entry(item, size, root):
    """The entry's content after it was shown to stand in the tree with that size and root."""
    text, index = item["entry"], item["index"]
    try:
        entry = json.loads(text)
        canonical = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        encoded = text.encode()
    except (ValueError, RecursionError):
        entry, canonical, encoded = None, None, b""
    if not isinstance(entry, dict) or canonical != text:
        raise NotProven(f"第 {index} 条不是规范形式", f"entry {index} is not in canonical form")
    try:
        salt = bytes.fromhex(item["salt"])
    except ValueError:
        salt = b""
    if len(salt) != 32:
        raise NotProven(f"第 {index} 条的随机值不是 32 字节", f"the salt of entry {index} has not 32 bytes")
    commitment = hashlib.sha256(salt + encoded).digest()
    leaf = hashlib.sha256(b"\x00" + commitment).digest()
    path = [decode(each, ("包含证明", "the inclusion proof")) for each in item["proof"]]
    if any(len(each) != 32 for each in path) or root_from_proof(leaf, index, size, path) != root:
        raise NotProven(
            f"第 {index} 条不在检查点的树里：条目、随机值或证明被改动过",
            f"entry {index} is not in the checkpoint's tree: entry, salt or proof was changed",
        )
    return entry


def file_digests(path):
    """Digests of a file by every algorithm this Python has."""
    digests = {}
    for algorithm in ALGORITHMS:
        try:
            digests[algorithm] = hashlib.new(algorithm)
        except ValueError:
            continue
    try:
        with Path(path).open("rb") as file:
            for chunk in iter(lambda: file.read(1 << 20), b""):
                for digest in digests.values():
                    digest.update(chunk)
    except OSError as error:
        raise Unreadable(f"文件读不出来：{error}", f"the file cannot be read: {error}") from None
    return {algorithm: digest.hexdigest() for algorithm, digest in digests.items()}


def find_text(value, wanted, place="$"):
    """Where one of the wanted texts stands in a JSON value; None when nowhere."""
    if isinstance(value, dict):
        children = [(f"{place}.{key}", each) for key, each in value.items()]
    elif isinstance(value, list):
        children = [(f"{place}[{at}]", each) for at, each in enumerate(value)]
    else:
        return place if isinstance(value, str) and value.lower() in wanted else None
    found = (find_text(each, wanted, where) for where, each in children)
    return next((where for where in found if where), None)


def read_digest_keys(given):
    """Digest keys (bytes) out of a file of the archive's, or written out in hexadecimal."""
    if re.fullmatch("[0-9a-fA-F]{64}", given):
        return [bytes.fromhex(given)]
    try:
        told = json.loads(Path(given).read_text(encoding="utf-8"))
        if told["format"] != KEYS_FORMAT:
            raise ValueError(told["format"])
        keys = [bytes.fromhex(each["digest_key"]) for each in told["keys"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"摘要密钥读不出来：{error}", f"the digest key cannot be read: {error}") from None
    if not keys or any(len(each) != 32 for each in keys):
        raise Unreadable("摘要密钥不是 32 字节", "a digest key has not 32 bytes")
    return keys


def place_of(digests, entries):
    """The first entry that has one of these digests, and where in it; None when none has."""
    places = ((index, find_text(entry, digests)) for index, entry in entries)
    return next(((index, place) for index, place in places if place), None)


def verify_file(path, entries, keys, say):
    """Compare a file with the entries: by its digests, then by those under the keys given."""
    digests = file_digests(path)
    found = place_of(set(digests.values()), entries)
    if found is not None:
        index, place = found
        say(f"文件与第 {index} 条 {place} 的摘要一致：{path}", f"the file is that of entry {index}, {place}: {path}")
        return
    sha512 = bytes.fromhex(digests["sha512"])
    found = place_of({hmac.new(key, sha512, hashlib.sha256).hexdigest() for key in keys}, entries)
    if found is not None:
        index, place = found
        say(
            f"文件与第 {index} 条 {place} 以密钥计算的摘要一致：{path}",
            f"the file is that of entry {index}, {place}, by its keyed digest: {path}",
        )
        return
    sealed = any(isinstance(entry.get("detail"), dict) and entry["detail"].get("sealed") for _index, entry in entries)
    if sealed and not keys:
        raise NotProven(
            f"这件档案加密存放，条目里只有以密钥计算的摘要，须用 --key 给出摘要密钥：{path}",
            f"the record is sealed, its entries have a keyed digest alone; give the digest key with --key: {path}",
        )
    raise NotProven(f"文件与任何条目的摘要都不符：{path}", f"no entry has this file's digest: {path}")


def verify_bundle(bundle, files, vkey, policy, tell, keys=()):
    """Every check of the bundle in turn; tell(mark, chinese, english) says each."""

    def say(chinese, english):
        tell("[ ok ]", chinese, english)

    own = parse_policy(bundle.get("policy") or "quorum none")
    trusted = policy[0] if policy else []
    vkeys = trusted or [vkey or bundle["vkey"]] + [each for each in own[0] if not vkey and each != bundle["vkey"]]
    origin, size, root, signed = open_checkpoint(bundle["checkpoint"], vkeys)
    say(f"检查点签名有效：{origin}，共 {size} 条", f"the checkpoint is signed: {origin}, {size} entries")
    if signed > 1:
        say("检查点另有 SM2 签名，有效", "the checkpoint bears an SM2 signature, too, and it is right")
    names = bundle.get("witnesses")
    judged = policy or own
    cosigned = verify_witnesses(bundle["checkpoint"], judged, names if isinstance(names, dict) else {}, tell)
    met = is_met(judged, judged[3], cosigned)
    if policy and not met:
        raise NotProven("检查点没有得到策略要求的见证", "the checkpoint lacks cosignatures that the policy asks for")
    if judged[3] != "none":
        mark, words = ("[ ok ]", ("满足", "met")) if met else ("[note]", ("未满足", "not met"))
        tell(mark, f"见证策略{words[0]}", f"the witness policy is {words[1]}")
    entries = []
    for item in bundle["entries"]:
        entry = verify_entry(item, size, root)
        entries.append((item["index"], entry))
        index, what = item["index"], f"{entry.get('at')} {entry.get('kind')} {entry.get('subject')}"
        say(f"第 {index} 条在树中：{what}", f"entry {index} is in the tree: {what}")
    for path in files:
        verify_file(path, entries, keys, say)


def main(arguments=None):
    """Verify as the command line says; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", help="证明文件（JSON） / the bundle (JSON)")
    parser.add_argument("--file", action="append", default=[], help="要核对的文件，可多次 / a file to compare")
    parser.add_argument("--key", action="append", default=[], help="加密档案的摘要密钥 / digest key of a sealed record")
    parser.add_argument("--vkey", default="", help="档案馆公布的公钥 / the archive's published public key")
    parser.add_argument("--policy", default="", help="公布的见证策略文件 / the published witness policy (file)")
    parser.add_argument("--language", choices=("zh", "en", "both"), default="both")
    chosen = parser.parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")

    def say(mark, chinese, english):
        sentences = {"zh": [chinese], "en": [english], "both": [chinese, english]}[chosen.language]
        print(mark + "  " + " | ".join(sentences))

    try:
        bundle = read_bundle(chosen.bundle)
        policy = read_policy(chosen.policy) if chosen.policy else None
        keys = [key for given in chosen.key for key in read_digest_keys(given)]
        verify_bundle(bundle, chosen.file, chosen.vkey, policy, say, keys)
    except NotProven as error:
        say("[FAIL]", *error.args)
        say("====", "核验不通过", "NOT PROVEN")
        return 1
    except Unreadable as error:
        say("[ ?? ]", *error.args)
        say("====", "无法核验", "CANNOT BE VERIFIED")
        return 2
    if not chosen.vkey and not (policy and policy[0]):
        key = bundle["vkey"]
        say("[note]", f"公钥取自证明本身，请与公布的比对：{key}", f"the key is the bundle's own, compare it: {key}")
    say("====", "核验通过", "PROVEN")
    return 0


if __name__ == "__main__":
    sys.exit(main())
