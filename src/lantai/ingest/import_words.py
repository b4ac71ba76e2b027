"""Faults and refusals of catalogue imports in words: what is wrong, why it matters, what to do."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from lantai.archival.tables import REFUSALS, targets
from lantai.ingest.services.imports import ImportRefused, MappingRefused

Words = tuple[str | Promise, str | Promise]

FAULTS: dict[str, Words] = {
    "quote": (gettext_lazy("引号没有成对"), gettext_lazy("在原文件里补上或删去引号，再重新上传。")),
    "encoding": (gettext_lazy("有无法识别的字节"), gettext_lazy("请用 UTF-8 或 GBK 重新导出这个文件。")),
    "control": (gettext_lazy("含有控制字符，已略去"), gettext_lazy("不影响导入，请核对这一行的内容。")),
    "error": (gettext_lazy("公式出错，没有值"), gettext_lazy("在 Excel 中改正公式，或粘贴为值。")),
    "memo": (
        gettext_lazy("备注字段读不到"),
        gettext_lazy("备注在同名的 DBT 或 FPT 文件里，请重新上传，并同时选择这个文件。"),
    ),
    "day": (
        gettext_lazy("不能识别为日期"),
        gettext_lazy("写成 20110503、2011-05-03 或 2011年5月3日；只知年月的写 201105。"),
    ),
    "year": (gettext_lazy("不是四位年份"), gettext_lazy("写成四位数字，例如 2011。")),
    "number": (gettext_lazy("不是数字"), gettext_lazy("只写数字；数字里混有文字的，可在对照表里用“取数字”。")),
    "choice": (gettext_lazy("不在允许的取值之内"), gettext_lazy("改成允许的取值，或在对照表里用“代码对照”转换。")),
    "retention": (gettext_lazy("不是保管期限"), gettext_lazy("写成 Y、D30、D10，或永久、30年、10年。")),
    "too-long": (gettext_lazy("内容太长"), gettext_lazy("请缩短，详细内容可以放到范围和提要。")),
    "not-in-list": (gettext_lazy("代码对照里没有这个值"), gettext_lazy("在对照表里补上这个值，或给出其余值的缺省。")),
    "missing": (gettext_lazy("缺少必填项"), gettext_lazy("补上这一项，或在对照表里给出固定值。")),
    "identity": (
        gettext_lazy("含有身份证号码"),
        gettext_lazy("证件号码只能放在“证件号码”一项（加密保存），请移过去或删去。"),
    ),
    "unknown-fonds": (gettext_lazy("没有这个全宗"), gettext_lazy("核对全宗号；确是新全宗的，请先登记全宗。")),
    "unknown-category": (gettext_lazy("没有这个档案门类"), gettext_lazy("核对门类代码；确是新门类的，请先登记门类。")),
    "unknown-class": (gettext_lazy("没有登记这个类别号"), gettext_lazy("仍可导入；建议先在分类方案里登记。")),
    "class-of-other-days": (
        gettext_lazy("形成日期的分类方案里没有这个类别"),
        gettext_lazy("仍可导入；请按当时的分类方案核对类别号。"),
    ),
    "outside-list": (
        gettext_lazy("不在形成日期有效的代码表之内"),
        gettext_lazy("仍可导入；请核对取值，或在标准代码表里补录当时的版本。"),
    ),
    "secret": (gettext_lazy("密级为秘密以上"), gettext_lazy("本系统不得存放，请从目录中移出，按保密规定办理。")),
    "opens": (gettext_lazy("标为开放"), gettext_lazy("导入后公众即可查到；没有经过开放审核的请改为未审核。")),
    "no-scheme": (gettext_lazy("没有编号方案，不能编档号"), gettext_lazy("给出已有档号，或请管理员设置编号方案。")),
    "code-form": (gettext_lazy("档号不合编号方案"), gettext_lazy("照原样沿用；如有笔误请先改正，导入后档号即固定。")),
    "code-disagrees": (gettext_lazy("与档号中的值不一致"), gettext_lazy("以本列为准导入；请核对档号和本列哪个有误。")),
    "code-repeated": (
        gettext_lazy("档号在文件里重复，另见行"),
        gettext_lazy("一个档号只能属于一件档案，请改正其中之一。"),
    ),
    "code-held": (gettext_lazy("档号已被使用，属于"), gettext_lazy("这件档案可能已在馆；确是另一件的，请改正档号。")),
    "same-line": (gettext_lazy("与另一行完全相同，见行"), gettext_lazy("删去重复的一行。")),
    "number-repeated": (gettext_lazy("文件编号在文件里重复，另见行"), gettext_lazy("仍可导入；请核对是否重复著录。")),
    "number-held": (gettext_lazy("本全宗已有这个文件编号"), gettext_lazy("仍可导入；请核对是否重复著录。")),
    "parent-missing": (gettext_lazy("没有这个案卷"), gettext_lazy("先导入案卷，或把案卷一行放到卷内文件之前。")),
    "file-missing": (gettext_lazy("随附文件里没有这个文件"), gettext_lazy("核对文件名，或在 ZIP 里补上。")),
    "file-twice": (gettext_lazy("文件已属于另一行"), gettext_lazy("一个文件只能属于一件档案，请改正文件名。")),
    "no-file": (
        gettext_lazy("没有与档号对应的文件"),
        gettext_lazy("仍可导入，只有目录；有扫描件的请以档号命名放入 ZIP。"),
    ),
}
"""By code: what is wrong, and what to do."""

REFUSED: dict[str, str | Promise] = {
    "missing": gettext_lazy("还缺少必填的著录项：%(target)s。请指定它的来源列或固定值。"),
    "name": gettext_lazy("请给对照表起一个名称；同名的会保存为新版本。"),
    "closed": gettext_lazy("正在试导或已经导入，不能再改。"),
    "unchecked": gettext_lazy("请先试导；没有可导入的行时不能导入。"),
    "sheet": gettext_lazy("没有这个工作表。"),
    "unknown-target": gettext_lazy("著录项重复或不存在：%(target)s。"),
    "no-source": gettext_lazy("%(target)s没有来源列，也没有固定值。"),
    "unknown-act": gettext_lazy("%(target)s的转换方式不存在。"),
    "bad-pattern": gettext_lazy("%(target)s的正则表达式不对：%(detail)s"),
    "slow-pattern": gettext_lazy("%(target)s的正则表达式太长，或有嵌套的重复，请改写。"),
    "no-separator": gettext_lazy("%(target)s的“拆分”没有写分隔符。"),
    "no-codes": gettext_lazy("%(target)s的“代码对照”应写成：永久=Y；长期=D30；*=D10。"),
    "memo": gettext_lazy("备注文件只随 DBF 表上传。"),
    "files": gettext_lazy("随附文件不是可以读取的 ZIP：%(detail)s"),
    "virus": gettext_lazy("病毒扫描没有通过：%(detail)s"),
    "too-large": gettext_lazy("目录文件超过 %(detail)s MB，请分成几个文件。"),
}
"""Why a file or a decision is refused."""


def target_name(key: str) -> str:
    """What an element is called, in the reader's language."""
    found = targets().get(key)
    if found is None:
        return ""
    return found.en.capitalize() if get_language() == "en" else found.zh


def fault_words(code: str, target: str, found: str) -> tuple[str, str]:
    """What is wrong, with what was found, and what to do."""
    what, advice = FAULTS[code]
    name = target_name(target)
    said = f"{name}{_('：')}{what}" if name and code in ("missing", "code-disagrees", "identity") else str(what)
    return (f"{said} {found}" if found and code in _PLACES else said), str(advice)


_PLACES = ("code-repeated", "code-held", "same-line", "number-repeated", "code-disagrees", "outside-list")
"""Faults whose find belongs into the sentence: another line, another record."""


def refusal_words(error: ImportRefused | MappingRefused) -> str:
    """Why it was refused, in the reader's language."""
    if error.code in REFUSALS:
        zh, en = REFUSALS[error.code]
        return f"{en[0].upper()}{en[1:]}." if get_language() == "en" else f"{zh}。"
    target = error.target if isinstance(error, MappingRefused) else ""
    return str(REFUSED[error.code]) % {"target": target_name(target) or target, "detail": error.detail}
