"""The trust list (信任列表): whom the archive trusts to issue certificates, since when, by whose word."""

from __future__ import annotations

from typing import Any

from asn1crypto import x509
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lantai.administration.forms import ReasonForm
from lantai.administration.models import Role, TrustedIssuer
from lantai.administration.queries.trust import list_trusted_issuers, trusted_issuer
from lantai.administration.services.evidence import ReferenceRefused
from lantai.administration.services.people_access import actor_of, roles
from lantai.administration.services.trust import distrust_issuer, trust_issuers
from lantai.administration.trust_forms import CertificateFileForm, TrustForm, as_hidden
from lantai.administration.views.showing import DetailPage, day_words, moment_words
from lantai.archival.sealing import certificate_fact
from lantai.common.components import Act, Cell, Column, Empty, Link, Pair, PairGroup, Row, Tab, Table
from lantai.common.pages import FormPage, ListPage, show

HERE = "trust"
SEE = (Role.ARCHIVIST, Role.SECURITY, Role.AUDIT)


@roles(*SEE)
@require_safe
def trust(request: HttpRequest) -> HttpResponse:
    """List the certificates that are trusted, or those that were removed."""
    removed = request.GET.get("which") == "removed"
    may = getattr(request.user, "role", "") == Role.SECURITY
    page = ListPage(
        title=_("信任列表"),
        here=HERE,
        facts=_("判定电子签名和印章时，证书链须通向这里的信任起点。"),
        acts=[Act(_("加入证书"), href=resolve_url("trust-new"), icon="plus", kind="primary")] if may else [],
        tabs=[Tab(_("信任中"), "?which=trusted", here=not removed), Tab(_("已移出"), "?which=removed", here=removed)],
        table=_table(list_trusted_issuers(removed=removed), removed=removed),
    )
    return show(request, page)


def _table(rows: list[TrustedIssuer], *, removed: bool) -> Table:
    headings = (_("持有者"), _("指纹（SHA-256）"), _("用途"), _("信任期"), _("移出") if removed else _("加入"))
    empty = _("没有移出过证书") if removed else _("还没有信任的证书")
    return Table(
        label=_("信任列表"),
        columns=[Column(each) for each in headings],
        rows=[Row(_cells(each), key=str(each.pk), name=each.subject) for each in rows],
        empty=Empty("certificate", empty, _("没有信任起点时，完好的签名都判为“有效，但签发者不受信任”。")),
    )


def _cells(row: TrustedIssuer) -> list[Cell]:
    when = row.removed_at or row.added_at
    return [
        Cell(row.subject, href=resolve_url("trust-one", row.pk), main=True, more=row.key),
        Cell(_grouped(row.fingerprint[:16]) + " …", mono=True),
        Cell(_use(row)),
        Cell(_period(row), whole=True),
        Cell(moment_words(when), more=row.removed_reason, whole=True),
    ]


def _use(row: TrustedIssuer) -> str:
    return _("信任起点") if row.anchor else _("中间证书")


def _period(row: TrustedIssuer) -> str:
    if row.valid_from is None and row.valid_until is None:
        return _("不限")
    return f"{day_words(row.valid_from)} / {day_words(row.valid_until)}"


def _grouped(digits: str) -> str:
    """Hexadecimal digits in fours, as they are read out and compared."""
    return " ".join(digits[at : at + 4].upper() for at in range(0, len(digits), 4))


@roles(Role.SECURITY)
def trust_new(request: HttpRequest) -> HttpResponse:
    """Read a file of certificates, show their fingerprints, and take them in."""
    if "certificates" in request.POST:
        return _confirm(request, TrustForm(request.POST))
    form = CertificateFileForm(*((request.POST, request.FILES) if request.method == "POST" else (None,)))
    if form.is_valid():
        return _confirm(request, TrustForm(initial={"certificates": as_hidden(form.certificates)}), form.certificates)
    return show(request, _form_page(form, Act(_("读取证书"), kind="primary"), _("下一步显示指纹，核对后才加入。")))


def _confirm(request: HttpRequest, form: TrustForm, read: list[bytes] | None = None) -> HttpResponse:
    """The second step: the fingerprints, and how they are to be trusted."""
    if form.is_valid():
        try:
            rows = trust_issuers(issuers=form.issuers(), by=actor_of(request), now=timezone.now())
            messages.success(request, _("已加入 %(number)d 张证书。") % {"number": len(rows)})
            return redirect(HERE)
        except ReferenceRefused as refused:
            form.add_error(None, str(refused))
    shown = read if read is not None else form.cleaned_data.get("certificates", [])
    page = _form_page(form, Act(_("加入信任列表"), kind="primary"), _("今后的判定以此为准；已有的判定不变。"), shown)
    return show(request, page)


def _form_page(form: Any, submit: Act, warning: str, shown: list[bytes] | None = None) -> FormPage:
    return FormPage(
        title=_("加入证书"),
        here=HERE,
        back=[Link(_("信任列表"), resolve_url(HERE)), Link(_("加入证书"))],
        form=form,
        submit=submit,
        cancel=resolve_url(HERE),
        warning=warning,
        beside=[_shown(each) for each in shown or []],
    )


def _shown(der: bytes) -> PairGroup:
    """A certificate before it is trusted: who, until when, and the fingerprint to be compared."""
    fact = certificate_fact(x509.Certificate.load(der))
    return PairGroup(
        fact.subject or _("（没有名称）"),
        [
            Pair(_("指纹（SHA-256）"), _grouped(fact.sha256), code=True),
            Pair(_("颁发者"), fact.issuer if fact.issuer != fact.subject else _("由自己颁发（根证书）")),
            Pair(_("密钥算法"), fact.key),
            Pair(_("证书有效期"), f"{fact.not_before[:10]} / {fact.not_after[:10]}"),
            Pair(_("证书序列号"), fact.serial, code=True),
        ],
    )


@roles(*SEE)
@require_safe
def trust_one(request: HttpRequest, number: int) -> HttpResponse:
    """One certificate of the list with its history."""
    row = trusted_issuer(number=number)
    if row is None:
        raise Http404
    may = getattr(request.user, "role", "") == Role.SECURITY and row.removed_at is None
    return show(request, _page(row, may=may))


def _page(row: TrustedIssuer, *, may: bool) -> DetailPage:
    history = [Pair(_("加入"), moment_words(row.added_at), note=row.added_by), Pair(_("依据"), row.basis)]
    if row.removed_at:
        history += [Pair(_("移出"), moment_words(row.removed_at), note=row.removed_by)]
        history += [Pair(_("移出理由"), row.removed_reason)]
    return DetailPage(
        title=row.subject,
        here=HERE,
        back=[Link(_("信任列表"), resolve_url(HERE)), Link(row.subject)],
        groups=[PairGroup(_("证书"), _pairs(row)), PairGroup(_("信任"), [*_trusted(row), *history])],
        bar=[Act(_("移出信任列表"), href=resolve_url("trust-remove", row.pk), kind="danger")] if may else [],
        say=_("移出只影响今后的判定。"),
    )


def _pairs(row: TrustedIssuer) -> list[Pair]:
    return [
        Pair(_("指纹（SHA-256）"), _grouped(row.fingerprint), code=True, copy=True),
        Pair(_("颁发者"), row.issuer),
        Pair(_("密钥算法"), row.key),
        Pair(_("证书有效期"), f"{moment_words(row.not_before)} / {moment_words(row.not_after)}"),
        Pair(_("证书序列号"), row.serial, code=True),
    ]


def _trusted(row: TrustedIssuer) -> list[Pair]:
    words = (_("已移出"), "inactive") if row.removed_at else (_("信任中"), "active")
    return [Pair(_("状态"), words[0], state=words[1]), Pair(_("用途"), _use(row)), Pair(_("信任期"), _period(row))]


@roles(Role.SECURITY)
def trust_remove(request: HttpRequest, number: int) -> HttpResponse:
    """Take a certificate out of the list, with the reason."""
    row = trusted_issuer(number=number)
    if row is None or row.removed_at is not None:
        raise Http404
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        distrust_issuer(number=number, reason=form.cleaned_data["reason"], by=actor_of(request), now=timezone.now())
        messages.success(request, _("已移出“%(name)s”。") % {"name": row.subject})
        return redirect(HERE)
    return show(request, _removal(row, form))


def _removal(row: TrustedIssuer, form: ReasonForm) -> FormPage:
    title = _("移出信任列表")
    return FormPage(
        title=title,
        here=HERE,
        back=[Link(_("信任列表"), resolve_url(HERE)), Link(row.subject, resolve_url("trust-one", row.pk)), Link(title)],
        form=form,
        submit=Act(title, kind="danger"),
        cancel=resolve_url("trust-one", row.pk),
        warning=_("已有的判定不变；重新判定时，通向它的签名不再受信任。"),
    )
