"""What duties, notices and refusals say. Kept are key and values; the sentence is made in its reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

SENTENCES = {
    "checks-found": gettext_noop("检测提示 %(n)s 项：%(checks)s"),
    "checks-doubt": gettext_noop("%(n)s 项须核对：%(faults)s"),
    "checks-ask": gettext_noop("%(n)s 项需人工检查：%(checks)s"),
    "agreement-asks": gettext_noop("按移交协议须由档案员决定是否接收"),
    "agreement-remarks": gettext_noop("按移交协议须由档案员决定是否接收；检测提示 %(n)s 项"),
    "code-not-written": gettext_noop("不能编档号：%(detail)s。请补全著录或编号方案后再次接收。"),
    "code-too-long": gettext_noop("不能编档号：档号超过 %(limit)s 个字符。请改正编号方案后再次接收。"),
    "code-run-out": gettext_noop(
        "不能编档号：%(detail)s。序列 %(scope)s 的号码已用完，请在编号方案中加宽流水号后再次接收。"
    ),
    "code-taken": gettext_noop(
        "不能编档号：按编号方案 %(scheme)s 应编 %(code)s，而此档号已属于 %(holder)s。"
        "请核对两个编号方案是否会编出相同的档号，改正后再次接收；再次接收时编下一个号。"
    ),
    "code-brought-taken": gettext_noop("不能沿用档号 %(code)s：它已属于或曾属于 %(holder)s，档号不重复使用。"),
    "file-damaged": gettext_noop("随附文件已损坏：%(detail)s。请更换文件后重新导入这一行。"),
    "volume-missing": gettext_noop("所属案卷 %(code)s 没有导入，请先导入案卷再导入这一行。"),
    "scans-accepted": gettext_noop("扫描批次“%(name)s”验收合格，可以入库。"),
    "scans-refused": gettext_noop("扫描批次“%(name)s”验收不合格，退回处理。"),
    "scans-filed": gettext_noop("扫描批次“%(name)s”入库：%(records)s 件已入库，%(left)s 件未能入库。"),
    "scans-checked": gettext_noop("扫描批次“%(name)s”检查完毕：%(pages)s 页，%(faults)s 处问题。"),
    "scans-read": gettext_noop("扫描批次“%(name)s”识别完毕：%(pages)s 页，%(doubtful)s 行存疑。"),
    "import-recognised": gettext_noop("目录“%(name)s”已经识别，可以核对对照。"),
    "import-refused": gettext_noop("目录“%(name)s”没有收下，原因见导入页。"),
    "export-finished": gettext_noop("导出封装包结束：%(made)s 件，未导出 %(out)s 件。"),
    "export-no-account": gettext_noop("账号已停用。"),
    "export-no-record": gettext_noop("没有这件档案，或您无权知道它。"),
    "export-not-allowed": gettext_noop("不得复制：%(reason)s"),
    "export-no-files": gettext_noop("没有文件，不能成为封装包。"),
    "export-no-package": gettext_noop("没有对应的原包，请用电子文件封装包（EEP）导出。"),
    "export-content-missing": gettext_noop("存储中暂时读不到内容，请联系系统管理员。"),
    "export-not-encapsulated": gettext_noop("著录不合 DA/T 48 的要求：%(detail)s"),
    "import-finished": gettext_noop("目录“%(name)s”导入结束：成为档案 %(taken)s 件，未导入 %(out)s 行。"),
    "record-too-long": gettext_noop("目录拒绝登记：%(field)s有 %(length)s 个字符，至多 %(limit)s 个。"),
    "record-not-text": gettext_noop("目录拒绝登记：%(field)s含有空字符（U+0000）。"),
    "record-refused": gettext_noop("目录拒绝登记：%(detail)s"),
    "correct-faults": gettext_noop("移交包已退回，检测发现 %(n)s 项问题，请补正后重新移交：%(faults)s"),
    "correct-asked": gettext_noop("移交包已退回，请补正后重新移交。档案员说明：%(reason)s"),
    "correction-late": gettext_noop("%(body)s未在 %(day)s 前补正重交"),
    "batch-decided": gettext_noop(
        "批次 %(batch)s 已处理：接收 %(accepted)s 件，退回 %(returned)s 件，没有办成 %(troubles)s 件"
    ),
    "change-hindered": gettext_noop("%(day)s 起的变更到期未能生效：%(why)s"),
    "reminder": gettext_noop("档案馆催办 %(n)s 件：%(what)s"),
    "verification-found": gettext_noop("核验%(area)s时发现 %(n)s 处与应有的不符，例如：%(what)s"),
    "location-waits": gettext_noop(
        "存储位置 %(location)s 有 %(copies)s 份待复制、%(removals)s 份待删除：离线的请接入，一次写入的请销毁载体"
    ),
    "copies-damaged": gettext_noop(
        "存储位置 %(location)s 有 %(n)s 份副本损坏而不能自动修复：没有完好的副本可用，或载体只能写一次"
    ),
    "backup-failed-database": gettext_noop("数据库备份失败：%(detail)s"),
    "backup-failed-keys": gettext_noop("密钥备份失败：%(detail)s"),
    "carrier-check": gettext_noop("载体 %(number)s（%(place)s）到了检查日期，请检查并登记结果"),
    "timestamp-ends": gettext_noop("检查点 %(size)s 的时间戳快到期而没有续成：%(detail)s"),
    "witness-fork": gettext_noop("见证方 %(witness)s 持有的检查点不在本馆账本里：账目被改过，或密钥被人盗用。"),
    "witness-rollback": gettext_noop("见证方 %(witness)s 见过本馆更长的账本：现在的账本缺少后来的账目。"),
    "format-no-target": gettext_noop("%(name)s 有失读风险，还没有决定目标格式或保存办法"),
    "format-no-rule": gettext_noop("%(name)s 应制作规范化副本，但没有策略覆盖全部收存它的全宗和类别"),
    "verdicts-changed": gettext_noop("特征库更新后，%(n)s 个文件的格式识别结果与登记不同，须决定采用或维持"),
    "signature-worsened": gettext_noop(
        "重新判定后，%(n)s 个签名或印章的结论变差，例如 %(path)s：原为“%(before)s”，现为“%(after)s”"
    ),
    "bulk-done": gettext_noop("%(task)s完成：%(done)s 项。"),
    "bulk-troubled": gettext_noop("%(task)s完成但有异常：办成 %(done)s 项，没有办成 %(failed)s 项。"),
    "act-elsewhere": gettext_noop("不是移交包，请在它自己的页面办理"),
    "act-decided": gettext_noop("不在待处理状态：%(state)s"),
    "act-gone": gettext_noop("已经没有这一项"),
    "nothing-owed": gettext_noop("已经收到或已经补正，不再催办"),
    "reminded-today": gettext_noop("今天已经催办过"),
    "duty-done": gettext_noop("已经办结"),
    "duty-due": gettext_noop("今天到期或已逾期，不能暂缓"),
    "duty-here": gettext_noop("没有暂缓"),
    "review-taken-over": gettext_noop("%(name)s 接手了您正在校对的%(title)s；您已改的都在。"),
    "description-taken-over": gettext_noop("%(name)s 接手了您正在著录的 %(code)s《%(title)s》；您填写的内容留作草稿。"),
    "job-failed": gettext_noop("后台任务失败：%(task)s"),
    "arranged": gettext_noop("%(task)s：办成 %(n)s 件，未办成 %(failed)s 件"),
}
"""By key. What a key means never changes; a value that is said in English otherwise stands beside as ``…_en``."""
_WORDS = ("task", "field", "state")
"""Values that are words of the catalogue themselves: titles of jobs, names of fields and states."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One of ``SENTENCES`` with its values: text, numbers, or lists of text."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


def said(sentence: Sentence) -> str:
    """*sentence* in the language of the reader. A key that is none is text of an older version, said as it is.

    Raises KeyError when a value is missing.
    """
    if sentence.key not in SENTENCES:
        return sentence.key
    english = get_language() == "en"
    given = {}
    for name, value in sentence.values.items():
        if english:
            value = sentence.values.get(f"{name}_en", value)
        if isinstance(value, list | tuple):
            value = _("、").join(value)
        given[name] = _(value) if name in _WORDS else value
    return _(SENTENCES[sentence.key]) % given
