"""Asking for time stamps, and how long one is proof (时间戳的取得与续期; RFC 3161, standards-cn 9.1 and 9.4).

A stamp proves its time as long as its certificates are in force and its algorithms are believed. Before the first of
these ends it is renewed: a new stamp over the same bytes followed by every token so far, so that the old token is known
to be older than its end.
"""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from hashlib import sha512
from importlib import resources

from asn1crypto import tsp

from lantai.archival.sealing.algorithms import ASN1_FAULTS, digest_name
from lantai.archival.sealing.revocation import Evidence
from lantai.archival.sealing.timestamps import read_stamp
from lantai.archival.sealing.trust import Trust, TrustedCertificate

QUERY_TYPE, REPLY_TYPE = "application/timestamp-query", "application/timestamp-reply"


class StampRefused(ValueError):
    """A token does not prove the time of these bytes; the message says why, by the keys of ``sentences.toml``."""


@dataclass(frozen=True, slots=True)
class GoodStamp:
    """A token that proves its time: *token* (DER), its time, the authority's name, and the last day it is proof."""

    token: bytes
    at: datetime
    authority: str
    until: date


def stamped_bytes(first: bytes, tokens: Sequence[bytes]) -> bytes:
    """What the next stamp is over: the bytes, followed by every token so far (``cat`` of these files)."""
    return first + b"".join(tokens)


def stamp_query(message: bytes) -> bytes:
    """A request (DER) for a stamp over *message*: SHA-512, a nonce, and the authority's certificates wanted."""
    hashed = sha512(message).digest()
    imprint = tsp.MessageImprint({"hash_algorithm": {"algorithm": "sha512"}, "hashed_message": hashed})
    request = {"version": "v1", "message_imprint": imprint, "nonce": secrets.randbits(63), "cert_req": True}
    return bytes(tsp.TimeStampReq(request).dump())


def judge_reply(reply: bytes, *, query: bytes, message: bytes, roots: Sequence[bytes], now: datetime) -> GoodStamp:
    """The stamp in an authority's *reply* to *query*. Raises StampRefused, also for the reply to another query."""
    try:
        answered = tsp.TimeStampResp.load(reply)
        status = answered["status"]["status"].native
        if status not in ("granted", "granted_with_mods"):
            raise StampRefused(f"the authority answered {status}")
        content = answered["time_stamp_token"]["content"]["encap_content_info"]["content"]
        told = content.parsed["nonce"].native
        asked = tsp.TimeStampReq.load(query)["nonce"].native
    except ASN1_FAULTS as error:
        raise StampRefused(f"not an answer of a time-stamp authority: {error}") from error
    if told != asked:
        raise StampRefused("an answer to another request")
    token = answered["time_stamp_token"].dump()
    return judge_stamp(token, message=message, roots=roots, now=now)


def judge_stamp(token: bytes, *, message: bytes, roots: Sequence[bytes], now: datetime) -> GoodStamp:
    """The stamp in *token* over *message*, its chain ending at one of *roots* (DER). Raises StampRefused."""
    trust = Trust(tuple(TrustedCertificate(each) for each in roots), now)
    stamp = read_stamp(token, message, Evidence(), trust)
    if not stamp.proves or stamp.at is None:
        raise StampRefused("; ".join(f"{each.key} {each.detail}".strip() for each in stamp.remarks))
    ends = [datetime.fromisoformat(each.not_after).date() for each in stamp.certificates if each.not_after]
    ends += [_key_end(each.key) for each in stamp.certificates]
    try:
        ends += [_sunsets()["digest"].get(name, date.min) for name in _digests(token)]
    except ASN1_FAULTS as error:
        raise StampRefused(f"timestamp-unreadable {error}") from error
    return GoodStamp(token, stamp.at, stamp.authority, min(ends))


def last_sunset(*, today: date) -> date | None:
    """The last day before *today* on which an algorithm ceased to be taken for proof; None before the first."""
    days = {each for kind in _sunsets().values() for each in kind.values()}
    return max((each for each in days if each < today), default=None)


def _digests(token: bytes) -> Iterator[str]:
    """The digest algorithms that the token rests on."""
    signed = tsp.ContentInfo.load(token)["content"]
    told = tsp.TSTInfo.load(signed["encap_content_info"]["content"].parsed.dump())
    yield digest_name(told["message_imprint"]["hash_algorithm"]["algorithm"].dotted)
    for each in signed["signer_infos"]:
        yield digest_name(each["digest_algorithm"]["algorithm"].dotted)


def _key_end(key: str) -> date:
    """The sunset of the longest prefix of the key's words; a key of no known kind is proof of nothing."""
    known = [(len(name), end) for name, end in _sunsets()["key"].items() if key.upper().startswith(name.upper())]
    return max(known)[1] if known else date.min


@cache
def _sunsets() -> dict[str, dict[str, date]]:
    data = tomllib.loads(resources.files(__package__).joinpath("sunsets.toml").read_text("utf-8"))
    return {"digest": data["digest"], "key": data["key"]}
