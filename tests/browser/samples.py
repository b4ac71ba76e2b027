"""One sample of every page template, in Chinese and in English, with invented data of a county that does not exist."""

# Values, one a line, however long: they are read beside each other.
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from lantai.common.components import (
    Act,
    Bulk,
    Cell,
    CheckGroup,
    CheckLine,
    Chip,
    Column,
    Empty,
    Event,
    Facet,
    FacetValue,
    Hit,
    JobRow,
    KeyHelp,
    Link,
    Notice,
    Pager,
    Pair,
    PairGroup,
    ReceiptLink,
    Row,
    Step,
    Tab,
    Table,
    Tile,
    YearBar,
)
from lantai.common.navigation import Frame, Group, Item, Reader, preferences_of
from lantai.common.pages import (
    FormPage,
    JobsPage,
    LedgerPage,
    ListPage,
    Page,
    ProofView,
    RecordPage,
    SearchPage,
    SignInPage,
    StatePage,
    SubmissionPage,
    UploadPage,
    WorkPage,
)
from lantai.common.shown_documents import Document, PageImage, Place, TextLine

Say = Callable[[str, str], str]


def _say(language: str) -> Say:
    return lambda zh, en: en if language == "en" else zh


def _menu(t: Say) -> list[Group]:
    return [
        Group(t("工作台", "Workspace"), [
            Item("work", t("我的工作", "My work"), "/sample/work/", "list-check", 23, True),
            Item("search", t("统一检索", "Search"), "/sample/search/", "search"),
            Item("saved", t("我的收藏与视图", "Saved items and views"), "#", "bookmark"),
        ]),
        Group(t("收集接收", "Intake"), [
            Item("submissions", t("接收与检测", "Receive and check"), "/sample/submissions/", "package-import", 6),
            Item("channels", t("对接渠道", "Channels"), "#", "plug-connected"),
            Item("transfers", t("移交计划", "Transfer plan"), "#", "calendar-event"),
        ]),
        Group(t("整理编目", "Arrange"), [
            Item("arrangement", t("全宗与分类", "Fonds and classes"), "#", "sitemap"),
            Item("describing", t("著录与复核", "Describe and review"), "/sample/record/", "file-text", 9),
            Item("digitising", t("数字化与识别", "Digitise and recognise"), "#", "scan"),
        ]),
        Group(t("鉴定保管", "Appraise and keep"), [
            Item("opening", t("开放审核", "Opening review"), "#", "lock-open", 4),
            Item("ledger", t("账本与凭证", "Ledger and proofs"), "/sample/ledger/", "book-2"),
        ]),
        Group(t("系统管理", "System"), [
            Item("jobs", t("后台任务", "Background jobs"), "/sample/jobs/", "activity"),
            Item("people", t("用户与角色", "Users and roles"), "/sample/people/", "users"),
        ]),
    ]  # fmt: skip


def frame(request: HttpRequest) -> Frame:
    t = _say(get_language() or "zh-hans")
    archive = t("云岭县档案馆", "Yunling County Archives")
    everybody = Frame(
        archive=archive, home="/sample/work/", language="/language/", sign_in="/sample/sign-in/",
        preferences=preferences_of(request),
    )  # fmt: skip
    if "bare" in request.GET:
        return everybody
    if "public" in request.GET:
        items = [
            Item("home", t("首页", "Home"), "#"),
            Item("search", t("查档案", "Search"), "#"),
            Item("services", t("办事", "Services"), "#"),
            Item("track", t("办事进度", "Track"), "#"),
            Item("stories", t("读档", "Stories"), "#"),
        ]
        return replace(everybody, groups=[Group("", items)])
    return replace(
        everybody,
        reader=Reader(t("陈晓岚", "Chen Xiaolan"), t("档案员", "Archivist"), archive),
        staff=True,
        groups=_menu(t),
        search="/sample/search/",
        jobs="/sample/jobs/",
        jobs_running=1,
        notices="#",
        notices_unread=3,
        account_links=[
            Item("account", t("我的账号与显示设置", "My account and display"), "/sample/form/", "user-circle")
        ],
        sign_out="/sign-out/",
        keys=[KeyHelp(["E"], t("修改著录", "Edit the description"))],
    )


class QueryForm(forms.Form):
    def __init__(self, t: Say) -> None:
        super().__init__(auto_id="f_%s")
        every = t("全部", "All")
        self.fields["words"] = forms.CharField(label=t("题名或编号", "Title or number"), required=False)
        self.fields["source"] = forms.ChoiceField(
            label=t("来源单位", "Source"), choices=[("", every), ("1", t("县自然资源局", "Natural Resources"))]
        )
        self.fields["due"] = forms.ChoiceField(
            label=t("办理期限", "Due"), choices=[("", every), ("late", t("已逾期", "Overdue"))]
        )
        self.fields["result"] = forms.ChoiceField(
            label=t("检查结果", "Check result"), choices=[("", every), ("fail", t("不通过", "Failed"))]
        )


class AccountForm(forms.Form):
    def __init__(self, t: Say, data: dict[str, str] | None = None) -> None:
        super().__init__(data, auto_id="a_%s")
        self.fields["username"] = forms.CharField(
            label=t("账号", "Account name"),
            help_text=t("字母、数字和连字符，3 至 32 个字。", "Letters, digits and hyphens, 3 to 32."),
        )
        self.fields["name"] = forms.CharField(label=t("姓名", "Name"))
        self.fields["number"] = forms.CharField(
            label=t("人员编号", "Staff number"),
            error_messages={"required": t("请填写人员编号。", "Enter the staff number.")},
        )
        self.fields["role"] = forms.ChoiceField(
            label=t("角色", "Role"),
            choices=[("archivist", t("档案员", "Archivist")), ("department", t("立档单位", "Department"))],
        )
        self.fields["note"] = forms.CharField(
            label=t("事由", "Reason"), widget=forms.Textarea(attrs={"rows": 3}), required=False
        )


class UploadForm(forms.Form):
    def __init__(self, t: Say) -> None:
        super().__init__(auto_id="u_%s")
        self.fields["package"] = forms.FileField(
            label=t("移交包", "Packages"), help_text=t("ZIP 或 TAR，可以多选。", "ZIP or TAR, several at once.")
        )


class SignInForm(forms.Form):
    def __init__(self, t: Say) -> None:
        super().__init__(auto_id="s_%s")
        self.fields["username"] = forms.CharField(
            label=t("账号", "Account name"),
            widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
        )
        self.fields["password"] = forms.CharField(
            label=t("口令", "Password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
        )


LONG = (
    "关于进一步规范行政审批服务事项办理结果电子归档与移交进馆工作以及统一四性检测规则的若干意见的补充通知（征求意见稿）"
    * 3
)


def _work(t: Say) -> WorkPage:
    rows = [
        ("关于同意兴建青溪水库灌区工程的批复", "Approval of the Qingxi irrigation works", "0023-WS·1998-Y-ZFB-0017", "县政府办公室", "County office", "著录复核", "Describe", "todo", "文号、面积 2 处识别可信度低", "Number and area read with low confidence", "今天 17:30", "Today 17:30", "soon"),
        ("不动产登记审批档案移交包（2026 年 10 月）", "Transfer of real estate registration, October 2026", "SIP-20261118-003", "县自然资源局", "Natural Resources", "接收检测", "Check", "fail", "3 件缺电子签名，1 件无法打开", "3 items unsigned, 1 cannot be opened", "逾期 1 天", "1 day overdue", "late"),
        ("李秀兰 申请查阅婚姻登记档案并出具证明", "Request for a marriage record and certificate", "SQ-2026-0841", "政务服务网", "Service portal", "利用申请", "Request", "todo", "本人申请，身份已核验", "Applicant's own record, identity verified", "今天 18:00", "Today 18:00", "soon"),
        ("石桥镇 2019 年度文书档案（文件 214 件）", "Shiqiao town, documents of 2019 (214 items)", "SIP-20261120-001", "石桥镇政府", "Shiqiao town", "接收检测", "Check", "warning", "12 件缺保管期限，可批量补录", "12 items without retention, can be added at once", "11 月 24 日", "24 November", ""),
        ("云岭县知青安置名册（1969—1979）", "Register of resettled youth (1969–1979)", "0031-WS·1979-Y-AZB-0002", "利用科", "Access section", "开放审核", "Opening", "todo", "命中个人信息 1,204 处，建议控制使用", "1,204 places with personal data, control suggested", "11 月 25 日", "25 November", ""),
        ("青溪大道改扩建工程施工许可档案", "Building permit of Qingxi avenue", "0117-SP·2023-D30-JSJ-0068", "县住建局", "Housing bureau", "著录复核", "Describe", "todo", "与审批结果证照号不一致", "Licence number differs from the decision", "11 月 25 日", "25 November", ""),
        ("企业设立登记档案（云岭县青禾农业有限公司）", "Company registration (Qinghe Farming Ltd)", "0142-SP·2024-Y-SCJ-1190", "县市场监管局", "Market regulation", "接收检测", "Check", "pass", "四性检测 28 项全部通过", "All 28 checks passed", "11 月 26 日", "26 November", ""),
        (LONG, "A title of more than two hundred characters that goes on and on, " * 4, "0142-SP·2024-Y-SCJ-1191", "县市场监管局", "Market regulation", "接收检测", "Check", "manual", "需要人工核对印章", "The seal must be compared by a person", "11 月 26 日", "26 November", ""),
    ]  # fmt: skip
    columns = [
        Column(t("事项", "Task")), Column(t("类型", "Kind")), Column(t("状态", "State")), Column(t("需要注意", "Why you")),
        Column(t("期限", "Due"), sort="ascending", href="#"), Column(t("操作", "Act"), hidden=True),
    ]  # fmt: skip
    table = Table(
        label=t("待办列表", "Tasks"),
        columns=columns,
        rows=[
            Row(
                key=code, name=t(zh, en), selected=n in (3, 6),
                cells=[
                    Cell(t(zh, en), href="/sample/record/", code=code, more=t(source, source_en), main=True),
                    Cell(t(kind, kind_en), whole=True),
                    Cell(state=state),
                    Cell(t(why, why_en), tone="muted", wide=True),
                    Cell(t(due, due_en), tone=tone, whole=True),  # type: ignore[arg-type]
                    Cell(acts=[Act(t("处理", "Open"), href="/sample/record/")]),
                ],
            )
            for n, (zh, en, code, source, source_en, kind, kind_en, state, why, why_en, due, due_en, tone) in enumerate(rows)
        ],
        bulk=Bulk("/fragment/chosen/", [
            Act(t("批量通过", "Pass selected"), kind="primary", icon="checks", name="act", value="pass"),
            Act(t("批量补录", "Complete selected"), icon="edit", name="act", value="complete"),
            Act(t("退回", "Return"), icon="arrow-back-up", name="act", value="return"),
        ], clear=Act(t("取消选择", "Clear"), name="act", value="clear")),
        pager=Pager(1, 8, 23, 1, 3, "?page=", t("按期限排序", "by due date")),
    )  # fmt: skip
    return WorkPage(
        title=t("我的工作", "My work"),
        here="work",
        facts=t("下午好，陈晓岚。今天有 2 项到期、1 项逾期，建议先处理“自然资源局移交包”。", "Good afternoon. Two tasks are due today, one is overdue; start with the transfer of Natural Resources."),
        acts=[Act(t("导出清单", "Export list"), href="#", icon="download"), Act(t("开始处理", "Start"), href="/sample/record/", icon="player-play", kind="primary", key="n")],
        tiles=[
            Tile(t("逾期与今日到期", "Overdue and due today"), "3", t("项", "tasks"), t("逾期 1 · 今日 2", "1 overdue · 2 today"), "#", hot=True),
            Tile(t("待我处理", "For me"), "23", t("项", "tasks"), t("接收 6 · 著录 9 · 审核 4 · 利用 4", "6 checks · 9 descriptions · 4 reviews"), "#"),
            Tile(t("等待他人", "Waiting for others"), "5", t("项", "tasks"), t("最久已等 2 天（卫生健康局）", "longest 2 days (Health)"), "#"),
            Tile(t("本周已办结", "Done this week"), "41", t("项", "tasks"), t("比上周同期多 9", "9 more than last week"), "#"),
        ],
        tabs=[
            Tab(t("全部待办", "All"), "#", True, 23), Tab(t("接收检测", "Checks"), "#", count=6), Tab(t("著录复核", "Descriptions"), "#", count=9),
            Tab(t("开放审核", "Opening"), "#", count=4), Tab(t("我的：缺期限", "Mine: no retention"), "#", icon="bookmark"), Tab(t("存为视图", "Save view"), "#", icon="plus"),
        ],
        form=QueryForm(t),
        reset="?",
        table=table,
        jobs=_jobs(t)[:3],
        jobs_href="/sample/jobs/",
        dues=[
            Row([Cell(t("逾期", "Overdue"), tone="late"), Cell(t("自然资源局移交包：补正期限 11 月 20 日", "Natural Resources: correction was due 20 November"), href="#")]),
            Row([Cell(t("今天", "Today"), tone="soon"), Cell(t("李秀兰 查档答复（法定 5 个工作日）", "Answer to a request (5 working days by law)"), href="#")]),
            Row([Cell("11-30"), Cell(t("2001 年文书档案开放审核（满 25 年）", "Opening review of documents of 2001"))]),
        ],
    )  # fmt: skip


def _jobs(t: Say) -> list[JobRow]:
    return [
        JobRow(t("全文识别：石桥镇 2019 年度文书档案", "Text recognition: Shiqiao town 2019"), "running", 62, t("1,306 / 2,107 页", "1,306 of 2,107 pages"), t("约剩 14 分钟", "about 14 minutes left"), acts=[Act(t("暂停", "Pause"), name="act", value="pause")]),
        JobRow(t("固化检测：馆藏第 4 季度抽检", "Fixity round: fourth quarter"), "troubled", 100, t("完成 51,204 件", "51,204 done"), t("2 件摘要值不符", "2 digests differ"), troubles=t("2 处异常", "2 faults"), acts=[Act(t("查看失败清单", "List of failures"), href="#"), Act(t("重试失败项", "Retry failures"), name="act", value="retry")]),
        JobRow(t("批量赋档号：县委组织部 2021", "Numbering: Organisation department 2021"), "done", 100, t("完成 318 件", "318 done"), t("用时 41 秒", "took 41 seconds"), by=t("陈晓岚", "Chen Xiaolan")),
        JobRow(t("重建检索索引", "Rebuild the index"), "failed", 12, "2,400 / 20,000", t("磁盘空间不足", "disk full"), acts=[Act(t("重试", "Retry"), name="act", value="retry")]),
        JobRow(t("导入目录：民政局 1985—1995", "Catalogue import: Civil Affairs 1985–1995"), "waiting", None, "", t("前面还有 1 个任务", "1 job before it")),
    ]  # fmt: skip


def _submissions(t: Say) -> ListPage:
    rows = [
        ("石桥镇 2019 年度文书档案.zip", "Shiqiao-2019.zip", "LT20261120000001", "石桥镇政府", "Shiqiao town", "examined", "fail", "2 项不通过", "2 faults"),
        ("不动产登记-530124-2026-0841.zip", "real-estate-530124-2026-0841.zip", "LT20261120000002", "县自然资源局", "Natural Resources", "accessioned", "pass", "", ""),
        ("企业设立登记-青禾农业.zip", "company-qinghe.zip", "LT20261120000003", "县市场监管局", "Market regulation", "rejected", "fail", "缺申请书", "application missing"),
        ("婚姻登记-2026-1121.zip", "marriage-2026-1121.zip", "LT20261121000004", "县民政局", "Civil Affairs", "examining", "unexamined", "", ""),
        ("施工许可-2023-0068.tar", "permit-2023-0068.tar", "LT20261121000005", "县住建局", "Housing bureau", "approved", "warning", "缺保管期限", "no retention"),
    ]  # fmt: skip
    return ListPage(
        title=t("接收与检测", "Receive and check"),
        here="submissions",
        facts=t("今天收到 5 个包，2 个需要处理", "5 packages today, 2 need a person"),
        acts=[Act(t("上传移交包", "Upload"), href="#", icon="upload", kind="primary")],
        tabs=[Tab(t("全部", "All"), "#", True, 5), Tab(t("待处理", "To decide"), "#", count=2), Tab(t("已退回", "Returned"), "#", count=1)],
        form=QueryForm(t),
        reset="?",
        chips=[Chip(t("最近 7 天", "last 7 days"), "#")],
        table=Table(
            label=t("提交列表", "Submissions"),
            columns=[Column(t("包", "Package")), Column(t("状态", "State")), Column(t("检测", "Check")), Column(t("原因", "Reason")), Column(t("收到", "Received"))],
            rows=[
                Row([Cell(t(zh, en), href="/sample/submission/", code=code, more=t(source, source_en), main=True), Cell(state=state), Cell(state=verdict), Cell(t(why, why_en), tone="muted"), Cell("2026-11-21 09:12", whole=True)])
                for zh, en, code, source, source_en, state, verdict, why, why_en in rows
            ],
            pager=Pager(1, 5, 5, 1, 1, "?page="),
        ),
    )  # fmt: skip


def _groups(t: Say) -> list[CheckGroup]:
    return [
        CheckGroup(t("真实性", "Authenticity"), "fail", 8, 9, [
            CheckLine("GD-1-2", t("电子签名检测", "Electronic signature"), "fail", t("签名证书 2024-06-30 已过期，且没有时间戳。", "The certificate expired on 2024-06-30 and there is no timestamp."), t("请用有效证书重新签名后补交。", "Sign again with a valid certificate and send a correction."), "material/permit.pdf"),
            CheckLine("GD-1-3", t("元数据项数据类型", "Types of metadata"), "pass"),
        ]),
        CheckGroup(t("完整性", "Integrity"), "warning", 9, 10, [
            CheckLine("GD-2-1", t("元数据必填项", "Required metadata"), "warning", t("缺“保管期限”。", "Retention period is missing."), t("可以按规则表补为“30 年”。", "The rule table says 30 years.")),
        ]),
        CheckGroup(t("可用性", "Usability"), "pass", 7, 7, [CheckLine("GD-3-1", t("文件可以打开", "Files open"), "pass")]),
        CheckGroup(t("安全性", "Safety"), "pass", 4, 5, [CheckLine("GD-4-1", t("病毒检测", "Viruses"), "not-applicable", t("没有连接病毒引擎，未检测。", "No engine connected, not checked."))]),
    ]  # fmt: skip


def _submission(t: Say) -> SubmissionPage:
    rows = [
        ("GD-1-2", "电子签名检测", "Electronic signature", "fail", "签名证书已过期，且没有时间戳", "Certificate expired, no timestamp", "material/permit.pdf"),
        ("GD-3-3", "文件完整", "Files are whole", "fail", "JPEG 在 61% 处截断", "JPEG ends at 61%", "material/门面照片.jpg"),
        ("GD-2-1", "元数据必填项", "Required metadata", "warning", "缺“保管期限”", "Retention period is missing", "metadata.xml"),
    ]  # fmt: skip
    return SubmissionPage(
        title=t("石桥镇 2019 年度文书档案", "Shiqiao town, documents of 2019"),
        here="submissions",
        back=[Link(t("收集接收", "Intake")), Link(t("接收与检测", "Receive and check"), "/sample/submissions/"), Link("LT20261120000001")],
        facts=t("石桥镇政府 · 5 个文件 / 3.8 MB · 11 月 20 日 16:22 收到", "Shiqiao town · 5 files / 3.8 MB · received 20 November 16:22"),
        acts=[Act(t("检测报告（PDF）", "Report (PDF)"), href="#", icon="download"), Act(t("重新检测", "Check again"), href="#", icon="refresh")],
        code="LT20261120000001",
        state="examined",
        steps=[Step(t("接收", "Received"), "done", "16:22:04"), Step(t("四性检测", "Checked"), "failed", "16:22:06"), Step(t("处理决定", "Decision"), "now"), Step(t("进馆", "Accession")), Step(t("入库存证", "Stored and proven"))],
        notices=[
            Notice("bad", t("2 项不能接收。", "2 faults forbid acceptance."), t("退回后，部门补正的包要写明替代本包。", "Return it; the corrected package must name this one.")),
            Notice("warn", t("缺“保管期限”。", "No retention period."), t("按规则表可补为“30 年”。", "The rule table says 30 years."), Act(t("预览并补录", "Preview and complete"), href="#")),
        ],
        problems_title=t("需要处理的 3 项", "3 faults"),
        problem_tabs=[Tab(t("问题", "Faults"), "#", True), Tab(t("全部 40 项", "All 40"), "#")],
        problems=Table(
            t("问题", "Faults"),
            [Column(t("检测项", "Check")), Column(t("结果", "Result")), Column(t("原因", "Reason")), Column(t("对象", "Object"))],
            [Row([Cell(t(zh, en), code=code, main=True), Cell(state=state), Cell(t(why, why_en), tone="muted"), Cell(path if t("", "x") == "" else path.replace("门面照片", "front"), mono=True)]) for code, zh, en, state, why, why_en, path in rows],
        ),
        files=Table(
            t("文件", "Files"),
            [Column(t("文件", "File")), Column(t("格式", "Format")), Column(t("大小", "Size"), right=True)],
            [Row([Cell(name, href="#", main=True, code="sha512:9f2c41d07be5"), Cell(kind, tone="muted"), Cell(size, right=True)]) for name, kind, size in (("metadata.xml", "XML 1.0", "4 kB"), ("material/permit.pdf", "PDF 1.7 · fmt/276", "182 kB"), ("result/decision.ofd", "OFD", "96 kB"))],
        ),
        groups=_groups(t),
        ruling=t("规则集 2026-03 版 · 用时 0.4 秒 · 可复算", "Rule pack 2026-03 · took 0.4 s · can be repeated"),
        receipts=[
            ReceiptLink(t("接收回执", "Receipt of arrival"), "2026-11-20 16:22:04", "9f2c41d07be58a63aa01", href="#"),
            ReceiptLink(t("检测结果", "Verdict"), "2026-11-20 16:22:06", "07aa31c9d5e2840fbb42", t("不通过：2 项", "Failed: 2 faults"), "#", True),
            ReceiptLink(t("处理决定", "Decision")),
            ReceiptLink(t("进馆凭证", "Proof of accession")),
        ],
        action="#",
        decisions=[Act(t("退回补正", "Return for correction"), kind="danger", icon="arrow-back-up", key="r", name="decision", value="return"), Act(t("接收", "Accept"), kind="primary", reason=t("有 2 项不能接收", "2 faults forbid it"))],
        consequence=t("退回后部门会收到签名回执和全部原因；包原样隔离保存 90 天。", "The department gets a signed receipt with all reasons; the package stays in quarantine for 90 days."),
    )  # fmt: skip


def page_image(number: int) -> str:
    lines = "".join(
        f'<rect x="90" y="{200 + n * 44}" width="{620 - (n * 37) % 160}" height="14" fill="#5b5348"/>'
        for n in range(16)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="800" height="1131" viewBox="0 0 800 1131">'
        '<rect width="800" height="1131" fill="#faf6ea"/><text x="400" y="130" font-size="40" fill="#a62f26"'
        f' text-anchor="middle" font-family="serif">文件 {number}</text>{lines}'
        '<circle cx="600" cy="930" r="78" fill="none" stroke="#c33" stroke-width="6"/></svg>'
    )


def _document(t: Say) -> Document:
    words = [
        ("云岭县人民政府文件", "Document of Yunling County"), ("云政发〔1998〕17号", "YZF (1998) 17"), ("关于同意兴建青溪水库灌区工程的批复", "Approval of the Qingxi irrigation works"),
        ("县水利局：", "To the water bureau:"), ("你局《关于申请兴建青溪水库灌区工程的请示》收悉。经研究，现批复如下：", "Your request has been considered and is answered as follows:"),
        ("一、同意兴建青溪水库灌区工程。", "1. The works are approved."), ("二、工程总投资核定为人民币四百八十六万元。", "2. The investment is set at 4.86 million yuan."), ("三、工程占用耕地一百三十八亩。", "3. The works take 138 mu of farmland."),
    ]  # fmt: skip
    lines = [
        TextLine(t(zh, en), Place(11, 17.2 + n * 3.9, 78 - (n * 9) % 20, 2.2), sure=85 if n in (6, 7) else 99, doubtful=n in (6, 7), key=f"1-{n}")
        for n, (zh, en) in enumerate(words)
    ]  # fmt: skip
    return Document(
        name="decision.tif",
        facts=t("2 页 · 300 dpi · TIFF", "2 pages · 300 dpi · TIFF"),
        pages=[
            PageImage(1, "/page-1.svg", 800, 1131, "/page-1.svg", lines),
            PageImage(
                2,
                "/page-2.svg",
                800,
                1131,
                "/page-2.svg",
                [TextLine(t("（此页无正文）", "(no text on this page)"), key="2-0")],
            ),
        ],
        download="/page-1.svg",
        text_kind=t("识别", "recognised"),
    )


def _record(t: Say, tab: str = "description") -> RecordPage:
    names = [
        ("description", "著录", "Description"),
        ("checks", "检测", "Checks"),
        ("relations", "关联", "Relations"),
        ("history", "历史", "History"),
        ("proof", "凭证", "Proof"),
    ]
    return RecordPage(
        title=t("关于同意兴建青溪水库灌区工程的批复", "Approval of the Qingxi irrigation works"),
        here="describing",
        back=[Link(t("0023 县人民政府办公室", "0023 County office"), "#"), Link(t("文书档案", "Documents"), "#"), Link(t("1998 年 · 永久", "1998 · permanent"), "#"), Link(t("第 17 件", "Item 17"))],
        code="0023-WS·1998-Y-ZFB-0017",
        states=[("unreviewed", ""), ("warning", t("四性检测 27/28", "27 of 28 checks")), ("proven", "")],
        facts=t("已锁定供你编辑 · 4 分钟前自动保存", "locked for you · saved 4 minutes ago"),
        queue=t("队列第 1 / 9 件", "1 of 9"),
        previous="#",
        following="#",
        documents=[Tab(t("批复.tif", "decision.tif"), "#", True), Tab(t("请示.pdf", "request.pdf"), "#"), Tab(t("附图.ofd", "map.ofd"), "#")],
        document=_document(t),
        tabs=[Tab(t(zh, en), f"/sample/record{'-' + key if key != 'description' else ''}/", key == tab, 1 if key == "checks" else None) for key, zh, en in names],
        tab=tab,
        description=[
            PairGroup(t("基本", "Basic"), [
                Pair(t("题名", "Title"), t("关于同意兴建青溪水库灌区工程的批复", "Approval of the Qingxi irrigation works")),
                Pair(t("文件编号", "Document number"), t("云政发〔1998〕17号", "YZF (1998) 17"), state="suggested"),
                Pair(t("责任者", "Responsible body"), t("云岭县人民政府", "Yunling County")),
                Pair(t("形成日期", "Date"), "1998-08-12", state="suggested"),
                Pair(t("保管期限", "Retention"), t("永久", "permanent"), note=t("规则表 2026 第 3 条", "rule table 2026, 3")),
                Pair(t("密级", "Classification"), ""),
            ]),
            PairGroup(t("管理", "Administration"), [
                Pair(t("电子文件号", "Electronic record number"), "LT20261120000001", code=True, copy=True),
                Pair(t("立档单位", "Fonds creator"), t("县人民政府办公室", "County office")),
            ]),
        ],
        groups=_groups(t),
        ruling=t("规则集 2026-03 版", "Rule pack 2026-03"),
        relations=Table(t("关联", "Relations"), [Column(t("档案", "Record")), Column(t("关系", "Relation"))], [Row([Cell(t("关于申请兴建青溪水库灌区工程的请示", "Request for the irrigation works"), href="#", code="0117-WS·1998-Y-SLJ-0009", main=True), Cell(t("接续", "follows"))])]),
        history=[Event(t("进馆", "Accession"), "2026-11-20 16:23:11", t("系统", "system"), t("账目 4,081", "entry 4,081"), "#", "ok"), Event(t("四性检测", "Checks"), "2026-11-20 16:22:06", stands="ok"), Event(t("接收", "Received"), "2026-11-20 16:22:04", stands="ok")],
        proof=ProofView(
            state="proven",
            text=t("本件的摘要在第 4,081 条账目中，检查点 5,120 已包含它。", "Entry 4,081 holds the digest; checkpoint 5,120 includes it."),
            pairs=[Pair(t("账目", "Entry"), "4,081"), Pair(t("根", "Root"), "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=", code=True, copy=True)],
            command="python3 verify_proof.py 0023-WS·1998-Y-ZFB-0017.proof.json --key yunling.pub",
            download="/page-1.svg",
        ),
        decisions=[Act(t("退回", "Return"), kind="danger", icon="arrow-back-up", key="r", name="act", value="return"), Act(t("存草稿", "Save draft"), name="act", value="draft"), Act(t("通过并下一件", "Pass and next"), kind="primary", icon="check", key="mod+enter", name="act", value="pass")],
        consequence=t("通过后：写入开放审核队列；本次修改 3 处，全部记入历史，可撤回。", "It goes to opening review; 3 changes are kept in the history and can be undone."),
        action="/fragment/chosen/",
    )  # fmt: skip


def _search(t: Say) -> SearchPage:
    mark = t("<mark>青溪水库</mark>", "<mark>Qingxi</mark>")
    hits = [
        Hit("/sample/record/", t(f"关于同意兴建{mark}灌区工程的批复", f"Approval of the {mark} irrigation works"), "open", [t("云岭县人民政府", "Yunling County"), "1998-08-12", t("2 页", "2 pages")], "0023-WS·1998-Y-ZFB-0017", t(f"……同意兴建{mark}灌区工程。工程位于青溪乡、石桥镇境内，设计灌溉面积一万二千六百亩……", f"… the {mark} irrigation works are approved. They lie in two townships …"), t("县人民政府办公室 › 文书 › 1998 › 永久 · 正文命中 6 处", "County office › Documents › 1998 · 6 hits in the text"), "/page-1.svg"),
        Hit("#", t(f"{mark}移民安置实施方案（试行）", f"Resettlement plan of {mark}"), "open", [t("云岭县移民安置办公室", "Resettlement office"), "1971-03-06"], "0045-WS·1971-Y-YMB-0003", t(f"……{mark}淹没区涉及四个大队……", f"… the {mark} area covers four brigades …")),
        Hit("#", t(f"{mark}移民搬迁补偿登记册（三）", f"Compensation register of {mark} (3)"), "controlled", [t("云岭县移民安置办公室", "Resettlement office"), "1972"], "0045-WS·1972-Y-YMB-0011", icon="lock", refused=Notice("info", t("含个人信息，控制使用。", "Personal data, controlled."), t("本人或亲属可申请查阅，通常 3 个工作日答复。", "The person or relatives may apply; 3 working days."), Act(t("申请查阅", "Apply"), href="#"))),
    ]  # fmt: skip
    return SearchPage(
        title=t("统一检索", "Search"),
        here="search",
        query=t("青溪水库", "Qingxi"),
        action="/sample/search/",
        found=t("找到 128 件", "128 records found"),
        hits=hits,
        facets=[
            Facet(t("年份", "Year"), years=[YearBar(1960 + n, (n * 13) % 40, ((n * 13) % 40) / 40, 7 < n < 30) for n in range(40)], year_from="1968", year_until="1989"),
            Facet(t("开放状态", "Opening"), [FacetValue(t("开放", "open"), 87, "#", True), FacetValue(t("控制使用", "controlled"), 29, "#"), FacetValue(t("待开放审核", "not reviewed"), 12, "#")]),
            Facet(t("档案门类", "Category"), [FacetValue(t("文书", "documents"), 74, "#"), FacetValue(t("照片", "photographs"), 22, "#"), FacetValue(t("行政审批", "approvals"), 19, "#")]),
            Facet(t("形成单位", "Creator"), [FacetValue(t("县移民安置办公室", "Resettlement office"), 41, "#"), FacetValue(t("县人民政府办公室", "County office"), 33, "#")], opened=False),
        ],
        chips=[Chip(t("开放", "open"), "#"), Chip("1968–1989", "#")],
        kept=[("open", "1")],
        sorts=[Tab(t("相关度", "Relevance"), "#", True), Tab(t("日期", "Date"), "#")],
        acts=[Act(t("保存检索", "Save search"), href="#", icon="bookmark")],
        clear="?",
        pager=Pager(1, 3, 128, 1, 43, "?page="),
    )  # fmt: skip


def _ledger(t: Say) -> LedgerPage:
    return LedgerPage(
        title=t("账本与凭证", "Ledger and proofs"),
        here="ledger",
        facts=t("每一次接收、检测、进馆和利用都写在这里，只增不改。", "Every arrival, check, accession and use stands here; entries are added, never changed."),
        tiles=[Tile(t("账目", "Entries"), "5,120", href="#"), Tile(t("检查点", "Checkpoint"), "12", t("秒前", "s ago"), "2026-11-21 15:30:12"), Tile(t("待入账", "Waiting"), "0"), Tile(t("签名公钥", "Key"), "yunling", more="Ed25519")],
        checkpoint="lantai.example/yunling\n5120\nZm9vYmFyYmF6cXV4MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=\n\n— lantai.example/yunling AbCdEf12MGQCMEI9bG9uZ2VyLXNpZ25hdHVyZQ==",
        checkpoint_href="#",
        pairs=[Pair(t("树", "Tree"), "RFC 6962, SHA-256"), Pair(t("瓦片地址", "Tiles"), "/ledger/tile/", code=True, copy=True)],
        commands="curl -s https://archive.example/ledger/checkpoint\npython3 verify_proof.py record.proof.json --key yunling.pub",
        entries=Table(
            t("账目", "Entries"),
            [Column(t("序号", "Number"), right=True), Column(t("事件", "Event")), Column(t("对象", "Subject")), Column(t("经手", "By")), Column(t("时间", "At"))],
            [Row([Cell(f"{5119 - n:,}", right=True), Cell(t("进馆", "accession"), href="#", main=True), Cell("0023-WS·1998-Y-ZFB-0017", mono=True), Cell(t("系统", "system"), tone="muted"), Cell("2026-11-21 15:30:08", whole=True)]) for n in range(6)],
            pager=Pager(1, 6, 5120, 1, 854, "?page="),
        ),
    )  # fmt: skip


def _jobs_page(t: Say) -> JobsPage:
    rows = _jobs(t)
    return JobsPage(
        title=t("后台任务", "Background jobs"), here="jobs", running=rows[:1] + rows[4:], finished=rows[1:4], refresh="/sample/jobs/",
        tabs=[Tab(t("全部", "All"), "#", True), Tab(t("有异常", "With faults"), "#", count=2)],
    )  # fmt: skip


def _people(t: Say) -> ListPage:
    rows = [
        ("chen.xl", "陈晓岚", "Chen Xiaolan", "档案员", "Archivist", "active"),
        ("zhao.m", "赵明", "Zhao Ming", "立档单位", "Department", "active"),
        ("sun.l", "孙丽", "Sun Li", "", "", "inactive"),
        ("qian.w", "钱伟", "Qian Wei", "安全审计员", "Auditor", "locked"),
    ]
    return ListPage(
        title=t("用户与角色", "Users and roles"), here="people",
        acts=[Act(t("创建账号", "New account"), href="/sample/form/", kind="primary", icon="user-plus")],
        form=QueryForm(t), reset="?",
        table=Table(
            t("账号", "Accounts"),
            [Column(t("姓名", "Name")), Column(t("账号", "Account")), Column(t("角色", "Role")), Column(t("状态", "State"))],
            [Row([Cell(t(zh, en), href="/sample/form/", main=True), Cell(account, mono=True), Cell(t(role, role_en)), Cell(state=state)]) for account, zh, en, role, role_en, state in rows],
            pager=Pager(1, 4, 4, 1, 1, "?page="),
        ),
    )  # fmt: skip


def _form(t: Say, data: dict[str, str] | None = None) -> FormPage:
    return FormPage(
        title=t("创建账号", "New account"), here="people",
        back=[Link(t("用户与角色", "Users and roles"), "/sample/people/"), Link(t("创建账号", "New account"))],
        form=AccountForm(t, data), two_columns=True,
        submit=Act(t("创建账号", "Create account"), kind="primary", icon="check"), cancel="/sample/people/",
        warning=t("账号创建后是未启用状态，由安全保密管理员授权并启用。", "The account starts inactive; the security administrator grants the role and activates it."),
        notices=[Notice("info", t("一个人只有一个账号、一个角色。", "One person, one account, one role."))],
        beside=[PairGroup(t("规则", "Rules"), [Pair(t("口令", "Password"), t("至少 8 位，三种字符", "8 characters of three kinds")), Pair(t("有效期", "Validity"), t("90 天", "90 days"))])],
    )  # fmt: skip


def sample_pages(language: str) -> dict[str, Page]:
    """Every sample page by name, in *language*."""
    t = _say(language)
    record = _record(t)
    return {
        "sign-in": SignInPage(title=t("登录", "Sign in"), form=SignInForm(t), action="#", next="/", notice=Notice("info", t("您已 30 分钟没有操作，为了安全已退出。", "You were signed out after 30 minutes without activity.")), advice=t("忘记口令或账号未启用，请联系本单位的系统管理员。", "If you forgot the password, ask the system administrator.")),
        "work": _work(t),
        "work-empty": WorkPage(title=t("我的工作", "My work"), here="work", table=Table(t("待办列表", "Tasks"), [], [], empty=Empty("confetti", t("待办已全部处理", "All done"), t("新的移交包和申请到达时会在这里出现。", "New packages and requests appear here."), [Act(t("查看已办结", "Show finished"), href="#")]))),
        "submissions": _submissions(t),
        "submission": _submission(t),
        "record": record,
        "record-checks": _record(t, "checks"),
        "record-relations": _record(t, "relations"),
        "record-history": _record(t, "history"),
        "record-proof": _record(t, "proof"),
        "record-refused": replace(record, document=None, documents=(), decisions=(), refused=Notice("info", t("这份档案控制使用", "This record is controlled"), t("含个人信息。本人、亲属或者持公函的单位可以申请查阅。", "It holds personal data. The person, relatives, or bodies with a letter may apply."), Act(t("申请查阅", "Apply"), href="#", kind="primary"))),
        "record-paper": replace(record, document=None, documents=(), decisions=()),
        "record-office": replace(record, documents=(), document=Document("report.wps", "WPS", problem=t("这台服务器没有安装 LibreOffice，不能把 WPS 文件画成页图。", "LibreOffice is not installed here, so WPS files are not drawn."), download="#")),
        "search": _search(t),
        "search-empty": replace(_search(t), hits=(), pager=None, facets=(), found="", empty=Empty("search", t("没有找到“青溪水厍”", "Nothing found"), t("可以少用几个条件，或者请档案员代查。", "Use fewer conditions, or ask an archivist."), [Act(t("清除条件", "Clear"), href="#")])),
        "ledger": _ledger(t),
        "jobs": _jobs_page(t),
        "upload": UploadPage(title=t("上传移交包", "Upload packages"), here="submissions", form=UploadForm(t), pieces_at="/pieces/", piece=1000),
        "people": _people(t),
        "form": _form(t),
        "form-faulty": _form(t, {"username": "", "name": "", "number": "", "role": "archivist"}),
        "state": StatePage(title=t("没有这个页面", "No such page"), icon="map-search", text=t("地址有误。", "The address is wrong."), who_may=[t("档案员", "archivists")], advice=t("请核对地址。", "Check the address."), number="E-7F3A-0921", acts=[Act(t("回到首页", "Home"), href="#")]),
    }  # fmt: skip


def _chosen(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.POST.get('act', '')}: {','.join(request.POST.getlist('selected'))}")


RECEIVED: dict[str, bytearray] = {}
"""What the upload page sent, by the key of the file."""
FAILED_ONCE: set[str] = set()


def take_piece(request: HttpRequest, key: str) -> HttpResponse:
    """The server's side of a resumable upload, as small as can be; the first try of the third piece fails."""
    kept = RECEIVED.setdefault(key, bytearray())
    if request.method == "HEAD":
        return HttpResponse(headers={"Upload-Offset": str(len(kept))})
    first = int(request.headers["Content-Range"].removeprefix("bytes ").partition("-")[0])
    if first != len(kept):
        return HttpResponse(status=409)
    if first == 2000 and key not in FAILED_ONCE:
        FAILED_ONCE.add(key)
        return HttpResponse(status=503)
    kept += request.body
    return HttpResponse(status=204, headers={"Location": "/sample/submission/"})


FRAGMENTS: dict[str, Callable[[HttpRequest], HttpResponse]] = {"chosen": _chosen}
