"""The page of when the materials of running cases are due (材料收集时限)."""

from __future__ import annotations

from django.forms import BaseForm
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.administration.queries import organisations_by_id
from lantai.common.components import Act, Bulk, Cell, Column, Empty, Link, Row, Table
from lantai.common.written import written_day
from lantai.ingest import asking_queries as queries
from lantai.ingest.asking_forms import COLLECTED
from lantai.ingest.reminder_pages import RulesPage


def collection_rules_page(form: BaseForm) -> RulesPage:
    """Within how many days after which node materials are due (材料收集时限)."""
    rows = queries.collection_rules()
    bodies = organisations_by_id(ids={each.organisation_id for each in rows if each.organisation_id})
    types = dict(COLLECTED)
    return RulesPage(
        title=_("材料收集时限"),
        here="transfers",
        back=[Link(_("待归档与移交"), reverse("handover")), Link(_("材料收集时限"))],
        facts=_("单位随办件进度报告已有的材料；按事项的材料规则，应当收齐而没有的，列为办理中缺材料。"),
        form=form,
        action=reverse("collection-rules"),
        submit=Act(_("保存规则"), kind="primary", icon="check"),
        cancel=reverse("handover"),
        warning=_("从今天起替代同一单位、事项和材料类型的现行规则，并重新计算办理中的办件。"),
        table=Table(
            label=_("现行规则"),
            columns=[
                Column(_("材料类型")),
                Column(_("移交单位")),
                Column(_("事项编码")),
                Column(_("环节或状态")),
                Column(_("天数"), right=True),
                Column(_("依据")),
                Column(_("生效日期")),
            ],
            rows=[
                Row(
                    [
                        Cell(str(types[each.material_type]), main=True),
                        Cell(bodies[each.organisation_id].name if each.organisation_id else _("全部单位")),
                        Cell(each.item_code or _("全部事项"), mono=bool(each.item_code)),
                        Cell("、".join(each.nodes)),
                        Cell(str(each.days), right=True),
                        Cell(each.basis, wide=True),
                        Cell(written_day(each.valid_from), whole=True),
                    ],
                    key=str(each.id),
                    name=f"{types[each.material_type]} {each.item_code or _('全部事项')} {each.days}",
                )
                for each in rows
            ],
            bulk=Bulk(reverse("collection-rule-end"), [Act(_("停用所选"), kind="danger", name="act", value="end")]),
            empty=Empty(icon="files", title=_("没有材料收集时限"), text=_("没有规则时，办理中的办件不会列为缺材料。")),
        ),
    )
