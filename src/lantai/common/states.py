"""The one list of states: every word that a tag, a step or a check says, with its colour and its icon."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class State:
    """How one state is shown: the tone chooses the colours, icon and words always stand beside it."""

    tone: str
    icon: str
    words: str | Promise


STATES: dict[str, State] = {
    # checks (四性检测)
    "pass": State("ok", "circle-check", _("通过")),
    "warning": State("warn", "alert-triangle", _("需复核")),
    "fail": State("bad", "circle-x", _("不通过")),
    "manual": State("seal", "user-check", _("待人工检测")),
    "not-applicable": State("", "circle-minus", _("不适用")),
    "unexamined": State("", "help-circle", _("未检测")),
    # signatures and seals (签名与印章)
    "signature-valid": State("ok", "rosette-discount-check", _("有效")),
    "signature-untrusted": State("warn", "alert-triangle", _("有效，但签发者不受信任")),
    "signature-invalid": State("bad", "circle-x", _("无效")),
    "signature-unjudged": State("", "help-circle", _("不能判定")),
    # submissions (提交)
    "receiving": State("info", "loader-2", _("传输中")),
    "received": State("info", "inbox", _("已接收")),
    "examining": State("info", "loader-2", _("检测中")),
    "examined": State("dai", "circle-dashed", _("待处理")),
    "approved": State("info", "hourglass", _("待进馆")),
    "rejected": State("bad", "arrow-back-up", _("已退回")),
    "accessioned": State("ok", "archive", _("已进馆")),
    "superseded": State("", "replace", _("已被替代")),
    "withdrawn": State("", "ban", _("已撤回")),
    "correction": State("warn", "hourglass", _("等待补正")),
    # decisions (处理决定)
    "accepted": State("ok", "check", _("接收")),
    "returned": State("bad", "arrow-back-up", _("退回")),
    # work and jobs (待办, 后台任务)
    "todo": State("dai", "circle-dashed", _("待处理")),
    "overdue": State("bad", "alarm", _("逾期")),
    "waiting": State("", "clock", _("等待")),
    "running": State("info", "loader-2", _("进行中")),
    "paused": State("", "player-pause", _("已暂停")),
    "done": State("ok", "check", _("完成")),
    "troubled": State("warn", "alert-triangle", _("完成但有异常")),
    "failed": State("bad", "circle-x", _("失败")),
    # opening (开放审核)
    "open": State("ok", "lock-open", _("开放")),
    "controlled": State("seal", "lock", _("控制使用")),
    "deferred": State("warn", "clock-pause", _("延期开放")),
    "unreviewed": State("", "help-circle", _("待开放审核")),
    # records (档案)
    "held": State("ok", "archive", _("在馆")),
    "transferred": State("", "transfer-out", _("已移交")),
    "destroyed": State("", "trash-x", _("已销毁")),
    "merged": State("", "git-merge", _("已并入")),
    # archive codes (档号)
    "reserved": State("info", "hourglass", _("预留")),
    "used": State("ok", "check", _("在用")),
    "replaced": State("", "replace", _("已更换")),
    "void": State("warn", "ban", _("作废")),
    # proof (凭证)
    "proven": State("ok", "shield-check", _("已存证")),
    "awaiting-checkpoint": State("info", "hourglass", _("等待检查点")),
    "unproven": State("bad", "shield-x", _("证明不成立")),
    # accounts (账号)
    "active": State("ok", "circle-check", _("启用")),
    "inactive": State("", "circle-dashed", _("未启用")),
    "locked": State("bad", "lock", _("已锁定")),
    # suggestions (建议)
    "suggested": State("info", "sparkles", _("建议")),
}
"""By code. Rooms use their own state values as codes; a new state is added here or it cannot be shown."""


def state(code: str) -> State:
    """The state called *code*. Raises KeyError for a code that is not in the list."""
    return STATES[code]
