"""The chains of receipts (回执链) and the signed reports, checked as a department would: links, digests, signatures."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lantai.archival.verification import Found
from lantai.common.keys import signing_key
from lantai.ingest.models import Accession, ExaminationReport, Receipt, Submission, SubmissionState
from lantai.ledger.queries import entries_of

_KINDS = {
    SubmissionState.RECEIVED: ("received",),
    SubmissionState.EXAMINED: ("received", "verdict"),
    SubmissionState.APPROVED: ("received", "verdict", "decision"),
    SubmissionState.REJECTED: ("received", "verdict", "decision"),
    SubmissionState.SUPERSEDED: ("received", "verdict", "decision"),
    SubmissionState.ACCESSIONED: ("received", "verdict", "decision", "accession"),
}
"""The receipts a submission must have by its state."""
_COLUMNS = {"record_code": "电子文件号", "number": "序号", "kind": "种类"}
_WORDS = {"received": "接收回执", "verdict": "检测结果", "decision": "处理决定", "accession": "进馆凭证"}


@dataclass(frozen=True, slots=True)
class ChainsChecked:
    """What one call of ``verify_receipts`` did. *after* is where the next goes on; *done* ends the round."""

    after: int
    submissions: int
    findings: tuple[Found, ...]
    done: bool


def verify_receipts(*, after: int = 0, limit: int = 500) -> ChainsChecked:
    """Check the receipts and reports of up to *limit* submissions behind the row *after*.

    Every receipt must follow the one before it, be what its digest says, be signed by our key and say what its columns
    say; none may be missing that the state asks for; the report must be signed, and be the one that the verdict's
    receipt and the ledger's entry name.
    """
    rows = list(Submission.objects.filter(pk__gt=after).exclude(state=SubmissionState.RECEIVING).order_by("pk")[:limit])
    codes = [each.record_code for each in rows]
    chains: dict[int, list[Receipt]] = defaultdict(list)
    for receipt in Receipt.objects.filter(submission__in=rows).order_by("submission", "number"):
        chains[receipt.submission_id].append(receipt)
    reports = ExaminationReport.objects.in_bulk([each.pk for each in rows])
    told = entries_of(subjects=codes, kinds=["submission.examined"])
    receipt_key, report_key = (signing_key(name).public_key() for name in ("receipts", "reports"))
    findings: list[Found] = []
    for each in rows:
        verdicts: list[Mapping[str, Any]] = []
        findings += _chain(each, chains[each.pk], receipt_key, verdicts)
        if report := reports.get(each.pk):
            named = [entry.detail["report_signature"] for entry in told.get(each.record_code, ()) if entry.detail]
            findings += _report(each, report, report_key, verdicts, named)
    return ChainsChecked(rows[-1].pk if rows else after, len(rows), tuple(findings), done=len(rows) < limit)


def open_boxes() -> set[str]:
    """The objects of accessions that are under way: what lies in them may have no record yet."""
    return set(Accession.objects.exclude(state=Accession.State.DONE).values_list("object_id", flat=True))


def _chain(
    submission: Submission, chain: list[Receipt], key: Ed25519PublicKey, verdicts: list[Mapping[str, Any]]
) -> Iterator[Found]:
    """What is wrong with one chain; what its verdicts say is put into *verdicts*."""
    code, previous, wanted = submission.record_code, "", 1
    for each in chain:
        number = {"number": str(each.number)}
        follows = each.number == wanted
        if not follows:
            yield Found("receipt.missing", code, {"number": str(wanted)})
        wanted = each.number + 1
        raw = each.body.encode()
        if hashlib.sha256(raw).hexdigest() != each.digest:
            yield Found("receipt.digest", code, number)
        if not _holds(key, each.signature, raw):
            yield Found("receipt.signature", code, number)
        said = _object(each.body)
        columns = {"record_code": code, "number": each.number, "kind": each.kind}
        differing = [name for name, value in columns.items() if said.get(name) != value]
        if differing:
            named = {"detail": "、".join(_COLUMNS[name] for name in differing), "detail_en": ", ".join(differing)}
            yield Found("receipt.columns", code, number | named)
        if follows and said.get("previous") != previous:
            yield Found("receipt.link", code, number)
        previous = each.digest
        if each.kind == Receipt.Kind.VERDICT and isinstance(said.get("content"), dict):
            verdicts.append(said["content"])
    held = {each.kind for each in chain}
    for kind in _KINDS.get(SubmissionState(submission.state), ()):
        if kind not in held:
            yield Found("receipt.lacking", code, {"kind": _WORDS[kind], "kind_en": kind})


def _report(
    submission: Submission,
    report: ExaminationReport,
    key: Ed25519PublicKey,
    verdicts: list[Mapping[str, Any]],
    named: list[str],
) -> Iterator[Found]:
    code = submission.record_code
    try:
        body = zlib.decompress(bytes(report.body))
    except zlib.error:
        body = b""
    if not _holds(key, report.signature, body) or _object(body.decode("utf-8", "replace")).get("record_code") != code:
        yield Found("report.signature", code)
    if any(each.get("report_signature") != report.signature for each in verdicts):
        yield Found("report.receipt", code)
    if report.signature not in named and named:
        yield Found("report.ledger", code)


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _holds(key: Ed25519PublicKey, signature: str, message: bytes) -> bool:
    try:
        key.verify(base64.b64decode(signature, validate=True), message)
    except (InvalidSignature, ValueError):
        return False
    return True
