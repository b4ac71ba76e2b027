"""The menu of every role, and what stands around each page. A line whose page is not built does not show."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lantai.administration.models import Person, Role
from lantai.administration.queries import people
from lantai.common.navigation import Frame, Group, Item, Reader, preferences_of
from lantai.work import queries as work

BUSINESS = frozenset((Role.ARCHIVIST, Role.DEPARTMENT))
WATCHERS = frozenset((Role.ARCHIVIST, Role.SYSTEM))
STAFF = frozenset(Role) - {Role.PUBLIC}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the menu as planned: its key, the name of its address, and who sees it."""

    key: str
    text: str | Promise
    address: str
    icon: str
    roles: frozenset[Role]


MENU: tuple[tuple[str | Promise, tuple[Line, ...]], ...] = (
    (
        _("工作台"),
        (
            Line("work", _("我的工作"), "work", "list-check", frozenset((Role.ARCHIVIST,))),
            Line("work", _("补正"), "work", "list-check", frozenset((Role.DEPARTMENT,))),
            Line("search", _("统一检索"), "search", "search", BUSINESS | {Role.LEADER, Role.SUPERVISOR}),
            Line("saved", _("我的收藏与视图"), "saved", "bookmark", BUSINESS),
        ),
    ),
    (
        _("收集接收"),
        (
            Line(
                "submissions",
                _("接收与检测"),
                "submissions",
                "package-import",
                frozenset((Role.ARCHIVIST, Role.SUPERVISOR)),
            ),
            Line("batches", _("移交批次"), "batches", "packages", BUSINESS | {Role.SUPERVISOR}),
            Line("submissions", _("移交包与回执"), "submissions", "receipt", frozenset((Role.DEPARTMENT,))),
            Line("upload", _("上传移交包"), "upload", "upload", BUSINESS),
            Line("imports", _("目录导入"), "imports", "table-import", frozenset((Role.ARCHIVIST,))),
            Line("channels", _("对接渠道"), "channels", "plug-connected", frozenset((Role.ARCHIVIST, Role.SYSTEM))),
            Line("transfers", _("待归档与移交"), "handover", "calendar-event", BUSINESS | {Role.SUPERVISOR}),
            Line("corrections", _("退回与补正"), "corrections", "arrow-back-up", BUSINESS | {Role.SUPERVISOR}),
            Line("mails", _("邮件发件箱"), "mails", "mail", frozenset((Role.ARCHIVIST, Role.SYSTEM))),
        ),
    ),
    (
        _("整理编目"),
        (
            Line(
                "arrangement",
                _("全宗与分类"),
                "arrangement",
                "sitemap",
                frozenset((Role.ARCHIVIST, Role.LEADER, Role.SUPERVISOR)),
            ),
            Line("arrangement", _("本单位档案"), "arrangement", "sitemap", frozenset((Role.DEPARTMENT,))),
            Line("describing", _("著录与复核"), "describing", "file-text", frozenset((Role.ARCHIVIST,))),
            Line("digitising", _("数字化与识别"), "digitising", "scan", frozenset((Role.ARCHIVIST,))),
        ),
    ),
    (
        _("鉴定保管"),
        (
            Line("opening", _("开放审核"), "opening", "lock-open", frozenset((Role.ARCHIVIST,))),
            Line("retention", _("到期鉴定与销毁"), "retention", "hourglass", frozenset((Role.ARCHIVIST,))),
            Line("preservation", _("长期保存"), "preservation", "shield-check", frozenset((Role.ARCHIVIST,))),
            Line("storage", _("存储与副本"), "storage", "database", frozenset((Role.ARCHIVIST,))),
            Line("verification", _("核验结果"), "verifications", "shield-check", frozenset((Role.ARCHIVIST,))),
            Line("fixity", _("固定性检查"), "fixity", "shield-check", frozenset((Role.ARCHIVIST,))),
            Line("ledger", _("账本与凭证"), "ledger", "book-2", BUSINESS | {Role.SUPERVISOR, Role.AUDIT}),
            Line("witnesses", _("账本见证"), "witnesses", "rosette-discount-check", frozenset((Role.ARCHIVIST,))),
        ),
    ),
    (
        _("利用服务"),
        (
            Line("requests", _("利用申请"), "requests", "clipboard-list", frozenset((Role.ARCHIVIST,))),
            Line("certificates", _("证明与出证"), "certificates", "certificate", frozenset((Role.ARCHIVIST,))),
            Line("exports", _("导出封装包"), "exports", "package-export", BUSINESS),
        ),
    ),
    (
        _("治理分析"),
        (
            Line("dashboard", _("治理看板"), "dashboard", "chart-bar", frozenset((Role.ARCHIVIST, Role.LEADER))),
            Line("graph", _("知识图谱"), "graph", "affiliate", frozenset((Role.ARCHIVIST, Role.LEADER))),
            Line("supervision", _("监督总览"), "supervision", "eye-check", frozenset((Role.SUPERVISOR,))),
        ),
    ),
    (
        _("基础数据"),
        (
            Line("organisations", _("组织机构"), "organisations", "building", WATCHERS),
            Line("fonds-list", _("全宗与全宗卷"), "fonds-list", "sitemap", frozenset((Role.ARCHIVIST,))),
            Line("agreements", _("移交协议"), "agreements", "certificate", frozenset((Role.ARCHIVIST,))),
            Line("credentials", _("接口凭据"), "credentials", "key", WATCHERS),
            Line("service-items", _("事项与材料"), "service-items", "list-check", frozenset((Role.ARCHIVIST,))),
            Line("retention-tables", _("保管期限表"), "retention-tables", "hourglass", frozenset((Role.ARCHIVIST,))),
            Line("rule-base", _("检测规则"), "rule-base", "shield-check", frozenset((Role.ARCHIVIST,))),
            Line("package-profiles", _("移交包方案"), "package-profiles", "packages", frozenset((Role.ARCHIVIST,))),
            Line("code-lists", _("标准代码表"), "code-lists", "book-2", WATCHERS),
        ),
    ),
    (
        _("系统管理"),
        (
            Line("health", _("运行状态"), "health", "heartbeat", frozenset((Role.SYSTEM,))),
            Line("storage", _("存储与副本"), "storage", "database", frozenset((Role.SYSTEM,))),
            Line("jobs", _("后台任务"), "jobs", "activity", WATCHERS),
            Line("verification", _("核验结果"), "verifications", "shield-check", frozenset((Role.SYSTEM, Role.AUDIT))),
            Line("fixity", _("固定性检查"), "fixity", "shield-check", frozenset((Role.SYSTEM, Role.AUDIT))),
            Line(
                "witnesses",
                _("账本见证"),
                "witnesses",
                "rosette-discount-check",
                frozenset((Role.SYSTEM, Role.AUDIT)),
            ),
            Line("people", _("用户与角色"), "people", "users", frozenset((Role.SYSTEM, Role.SECURITY))),
            Line(
                "trust",
                _("信任列表"),
                "trust",
                "certificate",
                frozenset((Role.ARCHIVIST, Role.SECURITY, Role.AUDIT)),
            ),
            Line("keys", _("密钥管理"), "keys", "key", frozenset((Role.SECURITY, Role.SYSTEM))),
            Line("policy", _("安全策略"), "security-policy", "adjustments", frozenset((Role.SECURITY,))),
            Line("audit", _("审计检索"), "audit", "report-search", frozenset((Role.SECURITY, Role.AUDIT))),
            Line("design", _("设计系统"), "design", "palette", frozenset((Role.SYSTEM,))),
        ),
    ),
    (
        "",
        (
            Line("home", _("首页"), "home", "home", frozenset((Role.PUBLIC,))),
            Line("search", _("查档案"), "search", "search", frozenset((Role.PUBLIC,))),
        ),
    ),
)


def address(name: str) -> str:
    """The address called *name*, or empty when no such page is built."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def menu(role: Role, counts: dict[str, tuple[int | str, bool]]) -> tuple[Group, ...]:
    """The groups that *role* sees; *counts* gives some lines a number and whether it is urgent."""
    groups = []
    for title, lines in MENU:
        items = []
        for line in lines:
            href = address(line.address) if role in line.roles else ""
            if href:
                number, hot = counts.get(line.key, (None, False))
                items.append(Item(line.key, str(line.text), href, line.icon, number, hot))
        if items:
            groups.append(Group(str(title), items))
    return tuple(groups)


def _counts(person: Person, role: Role) -> dict[str, int | str]:
    """The numbers around the page; from where they are counted no further as "999+"."""
    if role not in STAFF:
        return {}
    counts = work.counts_around(
        role=person.role,
        person_id=person.pk,
        organisation_id=person.organisation_id,
        duties=role in BUSINESS,
        jobs=role in WATCHERS,
        archivist=role == Role.ARCHIVIST,
    )
    return {what: n if n < work.MANY else f"{work.MANY - 1}+" for what, n in counts.items()}


def frame(request: HttpRequest) -> Frame:
    """What stands around the page of *request* (one query beside the person's body)."""
    person = getattr(request, "user", None)
    archive, language = settings.LANTAI_ARCHIVE_NAME, address("language")
    if not isinstance(person, Person):
        return Frame(
            archive=archive,
            home=address("home"),
            sign_in=address("sign-in"),
            language=language,
            preferences=preferences_of(request),
        )
    role = Role(person.role)
    watches = role in WATCHERS
    notices = address("notices") if role in STAFF else ""
    counts = _counts(person, role)
    return Frame(
        archive=archive,
        reader=Reader(person.name, str(role.label), str(person.organisation or "")),
        staff=role in STAFF,
        home=address("home"),
        groups=menu(role, {"work": (counts["duties"], True)} if counts.get("duties") else {}),
        search=address("search") if role in BUSINESS | {Role.LEADER, Role.SUPERVISOR} else "",
        jobs=address("jobs") if watches else "",
        jobs_running=counts.get("jobs", 0),
        notices=notices,
        notices_unread=counts.get("notices", 0),
        account_links=_account_links(),
        sign_out=address("sign-out"),
        language=language,
        preferences=people.display_of(person),
    )


def _account_links() -> tuple[Item, ...]:
    planned = (
        ("account", _("我的账号与显示设置"), "account", "user-circle"),
        ("password", _("修改口令"), "change-password", "key"),
    )
    return tuple(Item(key, str(text), address(name), icon) for key, text, name, icon in planned if address(name))
