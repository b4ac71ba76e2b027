"""How long does judging the signatures of one file take?

Sealed OFD (SM2 and SM3, SES V4, five protected members, seal with maker and signer), signed PDF (ECDSA P-256, one page)
and signed PDF with a revision added later, whose changes are compared (pyHanko). Each file is made anew and judged
whole, in this process: identify, recompute every digest and value, chains against a list of two anchors, verdict.
Milliseconds a file, of processor time and on the wall; the time children of the sandbox need to answer is not in it.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime

from report import ROOT, arguments, clock, finish, say

sys.path.insert(0, str(ROOT / "src"))

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from lantai.archival.checks.faults.files import make_document
from lantai.archival.checks.faults.signed_files import MAKER, pack_licence, seal_licence, sign_document
from lantai.archival.checks.faults.signing import sm2_signer
from lantai.archival.sealing import Trust, TrustedCertificate
from lantai.archival.sealing.looking import judge_signatures

BODY = "云岭县行政审批局"


def main() -> int:
    """Run the bench."""
    chosen = arguments(__doc__ or "")
    count = 30 if chosen.quick else 300
    trust = Trust(
        (TrustedCertificate(sm2_signer(BODY).certificate), TrustedCertificate(sm2_signer(MAKER).certificate)),
        datetime(2026, 11, 1, tzinfo=UTC),
    )
    figures: dict[str, float] = {}
    for name, suffix, make, verdict in (
        ("ofd", "ofd", sealed, "valid"),
        ("pdf", "pdf", signed, "untrusted"),
        ("pdf_changed_later", "pdf", added_to, "untrusted"),
    ):
        files = [make(number) for number in range(count)]
        judge_signatures(files[0], f"x.{suffix}", trust)  # what is loaded once is loaded
        with clock() as taken:
            found = [judge_signatures(data, f"x.{suffix}", trust) for data in files]
        wrong = [each for each in found if [fact.verdict for fact in each] != [verdict]]
        if wrong:
            raise SystemExit(f"{name}: {len(wrong)} files got another verdict than {verdict}: {wrong[0]}")
        figures[f"{name}_cpu_ms"] = round(1000 * taken.cpu / count, 2)
        figures[f"{name}_wall_ms"] = round(1000 * taken.wall / count, 2)
        figures[f"{name}_bytes"] = round(sum(map(len, files)) / count)
        say(f"{name}: {figures[f'{name}_cpu_ms']} ms of processor time a file, {figures[f'{name}_wall_ms']} ms wall")
    return finish(question="How long does judging the signatures of one file take?", figures=figures, bars=[])


def sealed(number: int) -> bytes:
    """A sealed OFD of one page."""
    return pack_licence(seal_licence(f"食品经营许可证第{number}号", ["风险等级：B级"], body=BODY, number=number % 20))


def signed(number: int) -> bytes:
    """A signed PDF of one page."""
    return sign_document(make_document(f"准予许可决定书第{number}号", ["准予许可"]), signer=BODY)


def added_to(number: int) -> bytes:
    """The same with a revision behind the signature: an empty field for a further one."""
    writer = IncrementalPdfFileWriter(io.BytesIO(signed(number)))
    append_signature_field(writer, SigFieldSpec("Later"))
    sink = io.BytesIO()
    writer.write(sink)
    return sink.getvalue()


if __name__ == "__main__":
    raise SystemExit(main())
