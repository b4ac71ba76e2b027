"""The audit log in the reader's words: acts of every room, and changes told field by field."""

from __future__ import annotations

import json
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantai.administration.forms import ACTIONS, ACTS
from lantai.administration.models import Role
from lantai.administration.models.people import Clearance
from lantai.common.states import STATES

LONGEST = 160
"""Longer values end with an ellipsis on the page; the export has them whole."""
FIELDS: dict[str, str | Promise] = {
    "act": gettext_lazy("变更"),
    "active": gettext_lazy("启用"),
    "active_from": gettext_lazy("成立日期"),
    "active_to": gettext_lazy("撤销日期"),
    "address": gettext_lazy("地址"),
    "after": gettext_lazy("变更后"),
    "anchor": gettext_lazy("信任起点"),
    "approval": gettext_lazy("审批文号"),
    "away": gettext_lazy("不可用"),
    "basis": gettext_lazy("依据"),
    "before": gettext_lazy("变更前"),
    "begins_on": gettext_lazy("起始日期"),
    "broken_by": gettext_lazy("断点"),
    "bytes": gettext_lazy("字节数"),
    "calls_per_minute": gettext_lazy("每分钟调用上限"),
    "capacity": gettext_lazy("容量（字节）"),
    "category": gettext_lazy("档案门类"),
    "checked": gettext_lazy("校验条数"),
    "checked_on": gettext_lazy("检查日期"),
    "clearance": gettext_lazy("涉密等级"),
    "code": gettext_lazy("代码"),
    "codes": gettext_lazy("代码"),
    "conditions": gettext_lazy("条件"),
    "content": gettext_lazy("内容"),
    "copies": gettext_lazy("副本份数"),
    "credit_code": gettext_lazy("统一社会信用代码"),
    "day": gettext_lazy("生效日期"),
    "default_code": gettext_lazy("缺省保管期限"),
    "detached": gettext_lazy("离线或一次写入份数"),
    "device": gettext_lazy("设备"),
    "effective_from": gettext_lazy("生效日期"),
    "elsewhere": gettext_lazy("异地份数"),
    "ended_on": gettext_lazy("停办日期"),
    "ends_on": gettext_lazy("终止日期"),
    "file_name": gettext_lazy("文件名"),
    "filter": gettext_lazy("筛选条件"),
    "fingerprint": gettext_lazy("指纹（SHA-256）"),
    "fonds_id": gettext_lazy("全宗"),
    "formats": gettext_lazy("约定格式"),
    "heir": gettext_lazy("承接机构"),
    "in_service": gettext_lazy("在用"),
    "issuer": gettext_lazy("颁发者"),
    "item_type": gettext_lazy("事项类型"),
    "items": gettext_lazy("约定事项"),
    "key": gettext_lazy("密钥算法"),
    "kind": gettext_lazy("类型"),
    "label": gettext_lazy("版本"),
    "limits": gettext_lazy("约定上限"),
    "location": gettext_lazy("存储位置"),
    "made_on": gettext_lazy("形成日期"),
    "materials": gettext_lazy("材料目录"),
    "means": gettext_lazy("登录方式"),
    "media": gettext_lazy("载体种类"),
    "medium": gettext_lazy("载体类型"),
    "method": gettext_lazy("请求方法"),
    "mode": gettext_lazy("与上级规则的关系"),
    "name": gettext_lazy("名称"),
    "name_en": gettext_lazy("英文名称"),
    "next_check_on": gettext_lazy("下次检查"),
    "not_after": gettext_lazy("证书到期"),
    "not_before": gettext_lazy("证书生效"),
    "note": gettext_lazy("说明"),
    "number": gettext_lazy("编号"),
    "objects": gettext_lazy("对象"),
    "offline": gettext_lazy("离线"),
    "organisation": gettext_lazy("单位"),
    "organisation_id": gettext_lazy("单位"),
    "outcome": gettext_lazy("检查情况"),
    "parent_id": gettext_lazy("上级"),
    "part": gettext_lazy("类别"),
    "path": gettext_lazy("类别号"),
    "person_number": gettext_lazy("人员编号"),
    "place": gettext_lazy("所在地点"),
    "policy": gettext_lazy("接收方式"),
    "position": gettext_lazy("职务"),
    "prefix": gettext_lazy("凭据前缀"),
    "problems": gettext_lazy("问题"),
    "profile": gettext_lazy("移交包格式"),
    "promised_days": gettext_lazy("承诺时限"),
    "reason": gettext_lazy("理由"),
    "record_class_id": gettext_lazy("归入类别"),
    "region_code": gettext_lazy("行政区划代码"),
    "removed_reason": gettext_lazy("移出理由"),
    "retention": gettext_lazy("保管期限"),
    "revoked_reason": gettext_lazy("吊销理由"),
    "role": gettext_lazy("角色"),
    "rules": gettext_lazy("规则"),
    "serial": gettext_lazy("证书序列号"),
    "sha256": gettext_lazy("SHA-256"),
    "size": gettext_lazy("总条数"),
    "source": gettext_lazy("来源"),
    "state": gettext_lazy("状态"),
    "subject": gettext_lazy("对象"),
    "successor": gettext_lazy("改用类别"),
    "title": gettext_lazy("题名"),
    "typed": gettext_lazy("所输账号的摘要"),
    "username": gettext_lazy("账号"),
    "valid_from": gettext_lazy("生效日期"),
    "valid_to": gettext_lazy("失效日期"),
    "valid_until": gettext_lazy("信任截止"),
    "version": gettext_lazy("版本"),
    "what": gettext_lazy("所看内容"),
    "write_once": gettext_lazy("一次写入"),
}
"""What fields of an entry are called; a field that is not here keeps its own name."""


def act_in_words(kind: str) -> str:
    """What was done: a kind of entry as people say it."""
    known = {f"people.{name}": words for name, words in ACTIONS if name} | dict(ACTS)
    return str(known.get(kind, kind))


def change_in_words(detail: str) -> str:
    """What an entry says of its act: plain facts, then each field that changed with its value before and after."""
    told = json.loads(detail) if detail else {}
    before, after = told.pop("before", None), told.pop("after", None)
    parts = [_fact(name, value) for name, value in told.items() if value not in ("", None, [], {})]
    if isinstance(after, dict):
        known = before if isinstance(before, dict) else {}
        for name, value in after.items():
            if name in known and known[name] != value:
                parts.append(_fact(name, known[name], value))
            elif name not in known and value not in ("", None, [], {}):
                parts.append(_fact(name, value))
    elif before is not None and after is not None:
        parts.append(f"{_value('', before)} → {_value('', after)}")
    return " · ".join(parts)


def _fact(name: str, *values: Any) -> str:
    return f"{FIELDS.get(name, name)}{_('：')}{' → '.join(_value(name, each) for each in values)}"


def _value(name: str, value: Any) -> str:
    if value in ("", None):
        return "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if name == "role" and value in Role.values:
        return str(Role(value).label)
    if name == "clearance" and value in Clearance.values:
        return str(Clearance(value).label)
    if isinstance(value, str) and value in STATES and name == "":
        return str(STATES[value].words)
    words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"
