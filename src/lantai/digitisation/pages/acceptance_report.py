"""The report on a round of acceptance, on paper: in Chinese, as it is filed."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import override

from lantai.administration.queries.people import names_of
from lantai.archival.printing import AcceptanceReport, acceptance_report
from lantai.common.written import written_moment
from lantai.digitisation.acceptance_forms import fault_words
from lantai.digitisation.queries.acceptance import RoundView
from lantai.digitisation.queries.batches import BatchRow


def report_of(batch: BatchRow, now: RoundView) -> bytes:
    """The report as PDF. Raises archival.render's FontMissing."""
    names = names_of(references={now.begun_by, now.concluded_by, now.signed_by} - {""})
    with override("zh-hans"):
        return acceptance_report(
            AcceptanceReport(
                archive=settings.LANTAI_ARCHIVE_NAME,
                title=f"数字化成果验收报告 {batch.name}",
                facts=_facts(batch, now),
                records=[
                    (
                        each.code,
                        str(each.pages),
                        "合格" if each.passed else "不合格",
                        "、".join([*map(fault_words, each.faults), *([each.note] if each.note else [])]),
                    )
                    for each in now.drawn
                ],
                verdict="不合格，退回处理。" if now.shortfalls else "合格，可以入库。",
                persons=[
                    (
                        "验收人",
                        names.get(now.concluded_by, now.concluded_by),
                        written_moment(now.concluded_at) if now.concluded_at else "",
                    ),
                    (
                        "签认人",
                        names.get(now.signed_by, now.signed_by) or "（未签认）",
                        written_moment(now.signed_at) if now.signed_at else "",
                    ),
                ],
            )
        )


def _facts(batch: BatchRow, now: RoundView) -> list[tuple[str, str]]:
    found = now.found
    reading = f"{found.reading:.2f}%（实测 {found.characters} 字，错 {found.errors} 字；要求 {now.read:g}%）"
    return [
        ("扫描批次", f"{batch.id} {batch.name}"),
        ("验收", f"第 {now.number} 次，{written_moment(now.begun_at)} 开始"),
        ("总数", f"{now.population} 件，{found.pages} 页"),
        ("抽检", f"{now.rate:g}%，{found.drawn} 件（随机种子 {now.seed}，依 SHA-256 抽取）"),
        ("抽检合格率", f"{found.passing:.2f}%（{found.passed}/{found.drawn} 件；要求 {now.passing:g}%）"),
        ("挂接率", f"{found.linking:.2f}%（{found.linked}/{found.pages} 页；要求 {now.linked:g}%）"),
        ("识别率", reading if now.read else "不测"),
        ("依据", "DA/T 31—2017《纸质档案数字化规范》；DA/T 77—2019《纸质档案数字复制件光学字符识别（OCR）工作规范》"),
    ]
