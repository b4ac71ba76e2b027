"""Reports and receipts as files to take along."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from lantai.administration.queries import organisations_by_id
from lantai.administration.queries.people import Reader
from lantai.common.checked import check_groups
from lantai.ingest.queries import NoSuchSubmission, ReceiptView, submission_state
from lantai.ingest.report_pages import report_for
from lantai.ingest.report_pdf import report_pdf


def report_as_json(code: str, data: Mapping[str, Any], signature: str) -> HttpResponse:
    """The report with its signature; the signed text is the report in canonical JSON (sorted keys, no blanks)."""
    return _json(f"{code}.report.json", {"report": data, "signature": signature})


def report_as_pdf(code: str, reader: Reader) -> HttpResponse:
    """The report as PDF. Raises NoSuchSubmission where there is none for this reader."""
    found, report = submission_state(record_code=code, reader=reader), report_for(code, reader)
    if report is None:
        raise NoSuchSubmission(code)
    body = organisations_by_id(ids=[found.organisation_id]).get(found.organisation_id)
    data = report_pdf(found=found, report=report, body=body.name if body else "", groups=check_groups(report.checked))
    return HttpResponse(data, content_type="application/pdf", headers=_named(f"{code}.report.pdf"))


def receipt_as_json(code: str, receipt: ReceiptView) -> HttpResponse:
    """One receipt: its signed text, digest and signature."""
    said = {"body": receipt.body, "digest": receipt.digest, "signature": receipt.signature}
    return _json(f"{code}.receipt-{receipt.number}.json", said)


def _json(name: str, value: Mapping[str, Any]) -> HttpResponse:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return HttpResponse(text, content_type="application/json", headers=_named(name))


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store, private"}
