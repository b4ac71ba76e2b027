"""What people type into the pages of administration, read and bounded; the rules themselves stand in the services."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.administration.models.people import Contrast, Density, Language, TextSize
from lantai.administration.queries.people import (
    POLICY_RULES,
    Clearance,
    PolicyValues,
    Role,
)
from lantai.administration.services.people_passwords import LONGEST_PASSWORD

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

ACTIONS = [
    ("", _("全部")),
    ("signed-in", _("登录成功")),
    ("sign-in-failed", _("登录失败")),
    ("second-factor-failed", _("验证码错误")),
    ("locked", _("锁定")),
    ("unlocked", _("解除锁定")),
    ("signed-out", _("退出")),
    ("refused", _("越权被拒")),
    ("account-created", _("创建账号")),
    ("activated", _("启用账号")),
    ("deactivation-asked", _("申请停用")),
    ("deactivation-declined", _("不予停用")),
    ("deactivated", _("停用账号")),
    ("role-granted", _("授予角色")),
    ("role-revoked", _("收回角色")),
    ("password-changed", _("修改口令")),
    ("password-reset", _("重置口令")),
    ("second-factor-enrolled", _("绑定第二因素")),
    ("second-factor-removed", _("解除第二因素")),
    ("policy-changed", _("修改安全策略")),
    ("audit-exported", _("导出日志")),
    ("audit-checked", _("校验日志")),
]
"""The acts on accounts that the audit page can ask for by name."""
ACTS = [
    ("administration.organisation-registered", _("登记单位")),
    ("administration.organisation-changed", _("修改单位")),
    ("administration.organisation-ended", _("终止单位")),
    ("administration.fonds-opened", _("开立全宗")),
    ("administration.class-registered", _("登记类目")),
    ("administration.class-renamed", _("类目更名")),
    ("administration.class-closed", _("停用类目")),
    ("administration.class-change-withdrawn", _("撤回分类方案变更")),
    ("administration.code-scheme-published", _("发布档号编制方案")),
    ("administration.retention-table-published", _("发布保管期限表")),
    ("administration.item-registered", _("登记事项")),
    ("administration.item-version-published", _("发布事项材料目录")),
    ("administration.material-rules-published", _("发布材料规则")),
    ("administration.base-rules-published", _("发布基础规则")),
    ("administration.rule-pack-published", _("发布规则集")),
    ("administration.profile-published", _("发布包方案")),
    ("administration.agreement-signed", _("签订移交协议")),
    ("administration.agreement-ended", _("终止移交协议")),
    ("administration.credential-issued", _("发放接口凭据")),
    ("administration.credential-revoked", _("吊销接口凭据")),
    ("administration.bodies-changed", _("登记机构变更")),
    ("administration.fonds-followed", _("全宗随机构转移")),
    ("administration.fonds-closed", _("全宗截止")),
    ("administration.fonds-entry-added", _("登记全宗卷文件")),
    ("administration.fonds-guide-published", _("发布全宗指南")),
    ("administration.items-imported", _("导入事项目录")),
    ("administration.item-changed", _("修改事项")),
    ("administration.item-ended", _("停办事项")),
    ("administration.change-planned", _("登记待生效的变更")),
    ("administration.change-withdrawn", _("撤回待生效的变更")),
    ("administration.change-hindered", _("变更到期未能生效")),
    ("administration.code-list-published", _("发布代码表版本")),
    ("administration.archive-named", _("命名档案馆")),
    ("archive.rebuilt", _("从存储重建")),
    ("archive.exported", _("整馆导出")),
    ("storage.rows-kept", _("目录数据存入存储")),
    ("storage.rows-removed", _("移除存储中的旧目录数据")),
    ("administration.trust-added", _("加入信任的证书")),
    ("administration.trust-removed", _("移出信任的证书")),
    ("record.signatures-judged", _("判定电子签名和印章")),
    ("record.copy-kept", _("保存规范化副本")),
    ("record.copy-refused", _("未能制作规范化副本")),
    ("record.identified-again", _("重新识别格式")),
    ("record.verdict-changed", _("格式识别结果变化")),
    ("record.format-corrected", _("更正格式")),
    ("preservation.format-decided", _("决定格式风险与目标")),
    ("preservation.group-signed", _("签署长期保存的人工检测")),
    ("preservation.rule-set", _("设定规范化副本策略")),
    ("preservation.copies-asked", _("要求制作规范化副本")),
    ("preservation.verdicts-decided", _("办理识别结果变化")),
    ("submission.decided", _("作出处理决定")),
    ("storage.location-added", _("增加存储位置")),
    ("storage.location-declared", _("申报存储位置")),
    ("storage.location-away", _("存储位置不可用")),
    ("storage.location-there", _("存储位置恢复")),
    ("storage.policy-set", _("设定副本策略")),
    ("storage.copied", _("复制并核对副本")),
    ("storage.copy-damaged", _("发现副本损坏")),
    ("storage.copy-removed", _("删除副本")),
    ("storage.carrier-registered", _("登记载体")),
    ("storage.carrier-checked", _("检查载体")),
    ("storage.carrier-retired", _("停用载体")),
    ("record.viewed", _("查看档案")),
    ("record.copied", _("下载档案")),
    ("record.refused", _("查阅被拒")),
    ("record.moved", _("移动位置")),
    ("arrangement.ordered", _("办理批量整理")),
    ("catalogue.printed", _("打印目录")),
    ("code.given", _("给予档号")),
    ("record.described", _("修改著录")),
    ("record.description-reviewed", _("复核通过")),
    ("record.split", _("拆出新件")),
    ("record.merged", _("并入另一件的内容")),
    ("describing.taken-over", _("接手著录")),
    ("code.changed", _("更换档号")),
    ("code.voided", _("档号作废")),
    ("batch.decided", _("办理移交批次")),
    ("bulk.confirmed", _("确认批量办理")),
    ("duty.put-off", _("暂缓待办")),
    ("job.retried", _("重试后台任务")),
    ("case.reminded", _("发出催办")),
    ("contact.kept", _("登记催办联系人")),
    ("handover-rule.set", _("设定移交时限")),
    ("handover-rule.ended", _("停用移交时限")),
    ("reminder-rule.set", _("设定催办规则")),
    ("reminder-rule.ended", _("停用催办规则")),
    ("import.opened", _("上传目录文件")),
    ("scans.opened", _("登记扫描批次")),
    ("scans.check-asked", _("重新检查扫描批次")),
    ("scans.checked", _("扫描批次检查完毕")),
    ("scans.lines-corrected", _("校对改字")),
    ("scans.lines-seen", _("核对存疑的行")),
    ("scans.page-reviewed", _("完成一页校对")),
    ("scans.review-reopened", _("重新校对")),
    ("scans.review-taken-over", _("接手校对")),
    ("scans.forms-asked", _("按表单模板取数")),
    ("scans.forms-filled", _("表单取数完毕")),
    ("form-template.added", _("登记表单模板")),
    ("form-template.retired", _("停用表单模板")),
    ("sorter.teaching-asked", _("训练文件分类")),
    ("sorter.taught", _("文件分类训练完毕")),
    ("sorter.chosen", _("更换文件分类器版本")),
    ("scans.step-noted", _("登记数字化工序")),
    ("originals.lent", _("借出原件")),
    ("originals.returned", _("归还原件")),
    ("scans.acceptance-begun", _("开始验收扫描批次")),
    ("scans.record-inspected", _("检查抽检件")),
    ("scans.acceptance-concluded", _("给出验收结论")),
    ("scans.acceptance-signed", _("签认验收结论")),
    ("scans.filing-asked", _("要求扫描批次入库")),
    ("scans.filed", _("扫描批次入库")),
    ("record.digitised", _("数字化成果入库")),
    ("scans.reading-asked", _("要求识别扫描批次")),
    ("scans.read", _("扫描批次识别完毕")),
    ("scans.region-marked", _("标注页上的区域")),
    ("scans.region-changed", _("改动页上的区域")),
    ("scans.fields-answered", _("采纳或不采纳字段")),
    ("scans.kind-changed", _("确定文件种类")),
    ("import.crosswalk-saved", _("保存对照表")),
    ("import.begun", _("开始导入目录")),
    ("import.finished", _("目录导入结束")),
    ("catalogue.exported", _("导出目录")),
    ("export.asked", _("要求导出封装包")),
    ("export.finished", _("完成导出封装包")),
    ("export.fetched", _("下载导出的封装包")),
    ("export.expired", _("清除导出的封装包")),
    ("record.exported", _("导出为封装包")),
    ("record.destroyed", _("销毁内容")),
    ("keys.created", _("建立密钥库")),
    ("sealing.decided", _("决定加密规则")),
    ("keys.rotation-begun", _("开始轮换密钥")),
    ("keys.rotated", _("完成密钥轮换")),
    ("keys.escrow-added", _("设密钥托管人")),
    ("keys.escrow-removed", _("撤密钥托管人")),
    ("keys.recovered", _("恢复密钥")),
    ("keys.passphrase-changed", _("更换密钥口令")),
    ("keys.digest-key-given", _("交出摘要密钥")),
    ("keys.destruction-begun", _("开始销毁密钥")),
    ("keys.destroyed", _("销毁密钥")),
    ("keys.destroyed-again", _("再次销毁密钥")),
    ("record.verdict-seen", _("核实变差的签名结论")),
    ("storage.reading-set", _("设定固定性检查")),
    ("storage.round-asked", _("要求检查一轮副本")),
    ("storage.round-given-up", _("停止一轮副本检查")),
    ("storage.reading-paused", _("暂停副本检查")),
    ("storage.reading-resumed", _("恢复副本检查")),
    ("keys.destruction-complete", _("密钥销毁彻底完成")),
    ("backup.policy-decided", _("决定备份策略")),
    ("backup.made", _("完成备份")),
    ("backup.failed", _("备份失败")),
    ("backup.found", _("登记已有备份")),
    ("backup.removed", _("清除备份")),
    ("backup.drilled", _("恢复演练")),
    ("archive.restored", _("从备份恢复")),
    ("record.accessioned", _("进馆")),
    ("submission.received", _("接收移交包")),
    ("submission.examined", _("检测移交包")),
    ("ledger.timestamped", _("检查点加盖时间戳")),
    ("ledger.anchored", _("检查点上链锚定")),
    ("witness.added", _("增加账本见证方")),
    ("witness.retired", _("停用账本见证方")),
    ("witness.policy-set", _("设定见证策略")),
    ("witness.conflict-found", _("见证方与账本矛盾")),
    ("witness.conflict-settled", _("见证方恢复见证")),
]
"""The acts on everything else, by the kind of their entries."""


def _password(label: _StrOrPromise, purpose: str) -> forms.CharField:
    """A password as typed: never trimmed, never shown again, paste allowed."""
    widget = forms.PasswordInput(attrs={"autocomplete": purpose})
    return forms.CharField(label=label, strip=False, max_length=LONGEST_PASSWORD, widget=widget)


class SignInForm(forms.Form):
    """Account and password."""

    username = forms.CharField(
        label=_("账号"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = _password(_("口令"), "current-password")


class CodeForm(forms.Form):
    """A code of the authenticator, or a recovery code."""

    code = forms.CharField(
        label=_("验证码"),
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
    )


class ChangePasswordForm(forms.Form):
    """The present password and the new one twice."""

    present = _password(_("当前口令"), "current-password")
    new = _password(_("新口令"), "new-password")
    again = _password(_("再次输入新口令"), "new-password")

    def clean(self) -> dict[str, object]:
        """Compare the two new ones."""
        data = super().clean() or {}
        if data.get("new") and data.get("again") and data["new"] != data["again"]:
            self.add_error("again", _("两次输入的新口令不一致。"))
        return data


class PreferencesForm(forms.Form):
    """How a person wants to see the pages."""

    NAMES = ("language", "text_size", "contrast", "density", "single_keys")

    language = forms.ChoiceField(label=_("界面语言"), choices=Language.choices)
    text_size = forms.ChoiceField(label=_("字号"), choices=TextSize.choices, required=False)
    contrast = forms.ChoiceField(label=_("对比度"), choices=Contrast.choices, required=False)
    density = forms.ChoiceField(label=_("行距"), choices=Density.choices, required=False)
    single_keys = forms.BooleanField(label=_("使用单键快捷键"), required=False)


class FindPeopleForm(forms.Form):
    """Which accounts to list."""

    words = forms.CharField(label=_("账号、姓名或人员编号"), max_length=64, required=False)
    role = forms.ChoiceField(
        label=_("角色"), required=False, choices=[("", _("全部")), ("none", _("未授予")), *Role.choices]
    )
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("", _("全部")), ("active", _("启用")), ("inactive", _("未启用")), ("asked", _("申请停用"))],
    )


class NewAccountForm(forms.Form):
    """Who gets an account."""

    username = forms.CharField(label=_("账号"), max_length=64)
    person_number = forms.CharField(label=_("人员编号"), max_length=64)
    name = forms.CharField(label=_("姓名"), max_length=64)
    position = forms.CharField(label=_("职务"), max_length=64, required=False)


class GrantForm(forms.Form):
    """The one role of an account, with organisation and clearance for business roles."""

    role = forms.ChoiceField(label=_("角色"), choices=Role.choices)
    organisation = forms.TypedChoiceField(
        label=_("单位"), required=False, coerce=int, empty_value=None, choices=[("", _("无"))]
    )
    clearance = forms.TypedChoiceField(
        label=_("涉密等级"), required=False, coerce=int, empty_value="0", choices=Clearance.choices
    )

    def __init__(self, *args: object, organisations: list[tuple[int, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["organisation"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", _("无")), *organisations]


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("理由"), max_length=200)


class PolicyForm(forms.Form):
    """A new version of the rules of signing in; one field a rule, bounded by the baseline."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    second_factor_roles = forms.MultipleChoiceField(
        label=_("必须使用第二因素的角色"),
        required=False,
        choices=Role.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.CharField(label=_("修改理由"), max_length=200)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        numbers = {
            rule.name: forms.IntegerField(
                label=rule.label,
                help_text=_("基线 %(baseline)d %(unit)s，可设 %(least)d 至 %(most)d。")
                % {"baseline": rule.baseline, "unit": rule.unit, "least": rule.least, "most": rule.most},
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
            for rule in POLICY_RULES
        }
        self.fields = {**numbers, **self.fields}

    def values(self) -> PolicyValues:
        """The policy typed in; call it on a valid form."""
        data = self.cleaned_data
        numbers = {rule.name: data[rule.name] for rule in POLICY_RULES}
        required = tuple(data["second_factor_roles"])
        return PolicyValues(**numbers, second_factor_roles=required, version=data["version"])


class AuditForm(forms.Form):
    """Which entries of the log to show."""

    since = forms.DateField(label=_("起始日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("截止日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    person = forms.CharField(label=_("账号"), max_length=64, required=False)
    action = forms.ChoiceField(label=_("行为"), required=False, choices=[*ACTIONS, *ACTS])
    subject = forms.CharField(
        label=_("对象"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "organisation:…"}),
    )

    def clean(self) -> dict[str, object]:
        """The last day lies not before the first."""
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if isinstance(since, date) and isinstance(until, date) and until < since:
            self.add_error("until", _("截止日期不得早于起始日期。"))
        return data
