"""The proof of a record as its page shows it: where it stands in the ledger, and how to check it elsewhere."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.catalog.queries import Act, RecordView, record_history
from lantai.common.components import Pair
from lantai.common.pages import ProofView
from lantai.common.written import written_moment
from lantai.ledger.queries import latest_checkpoint


def proof_view(record: RecordView) -> ProofView:
    """Where the record's accession stands in the ledger, and the bundle for those who may read the record."""
    code = record.summary.record_code
    accession = next((each for each in record_history(record_code=code) if each.kind == "record.accessioned"), None)
    checkpoint = latest_checkpoint()
    decision = record.acts[Act.READ]
    if accession is None:
        return ProofView(state="unproven", pairs=(), text=_("账本中没有这件档案的进馆记录。"))
    if accession.index is None or checkpoint is None or accession.index >= checkpoint.size:
        return ProofView(
            state="awaiting-checkpoint",
            pairs=[Pair(_("进馆时间"), written_moment(accession.at))],
            text=_("进馆记录已写入，几秒内编入账本；请稍后刷新。"),
        )
    stored = (accession.detail or {}).get("stored", {})
    name = file_name(code)
    first = _("前 %(size)s 条") % {"size": f"{checkpoint.size:,}"}
    return ProofView(
        state="proven",
        text=_("进馆记录已编入账本，任何人可用公钥独立核验，改动会被发现。"),
        pairs=[
            Pair(_("账本序号"), f"{accession.index:,}", code=True),
            Pair(_("检查点"), first, href=reverse("ledger-checkpoint")),
            Pair(_("检查点时间"), written_moment(checkpoint.at)),
            Pair(_("账本名称"), settings.LANTAI_ORIGIN, code=True),
            Pair(_("原包摘要（SHA-512）"), str(stored.get("sha512", "")), code=True, copy=bool(stored)),
            Pair(_("存储对象"), str(stored.get("object", "")), code=True),
        ],
        download=reverse("record-proof", args=[code]) if decision.allowed else "",
        command=f"python3 verify_proof.py {name}" if decision.allowed else "",
    )


def file_name(record_code: str) -> str:
    """The name of the bundle's file."""
    return f"{record_code}.proof.json"
