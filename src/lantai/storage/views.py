"""The pages of the keys: how they stand, a rule decided, a recipient added, a rotation begun."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lantai.administration.queries.people import Role, reader_of
from lantai.administration.services.people_access import actor_of, roles
from lantai.archival.vault import VaultFault
from lantai.common.components import Act
from lantai.common.pages import FormPage, show
from lantai.storage.key_forms import RecipientForm, RotationForm, RuleForm
from lantai.storage.key_pages import HERE, keys_page
from lantai.storage.key_queries import key_figures
from lantai.storage.services import KeysRefused, add_escrow, decide_sealing, queue_rotation


@roles(Role.SECURITY, Role.SYSTEM)
@require_safe
def keys(request: HttpRequest, tab: str = "keys") -> HttpResponse:
    """How the keys stand; the security administrator acts, the system administrator looks."""
    return show(request, keys_page(key_figures(), tab=tab, role=reader_of(request).role))


@roles(Role.SECURITY)
@require_http_methods(["GET", "POST"])
def rule(request: HttpRequest) -> HttpResponse:
    """Decide whether what comes from now on is sealed."""
    form = RuleForm(request.POST or None)
    if form.is_valid():
        try:
            decide_sealing(
                asked=form.asked(), reason=form.cleaned_data["reason"], by=actor_of(request), now=timezone.now()
            )
            messages.success(request, _("规则已生效，此后入库的档案照此办理。"))
            return redirect("keys-rules")
        except (KeysRefused, VaultFault) as refused:
            form.add_error(None, str(refused))
    warning = _("只管此后入库的档案；已在架上的内容不变。规则记入账本。")
    page = _page(form, _("新加密规则"), Act(_("生效"), kind="primary"), warning, "keys-rules")
    return show(request, page)


@roles(Role.SECURITY)
@require_http_methods(["GET", "POST"])
def recipient(request: HttpRequest) -> HttpResponse:
    """Give an escrow recipient the data keys, present and future."""
    form = RecipientForm(request.POST or None)
    if form.is_valid():
        asked = form.cleaned_data
        try:
            add_escrow(name=asked["name"], recipient=asked["recipient"], by=actor_of(request), now=timezone.now())
            messages.success(request, _("托管人已设，现有数据密钥都已托管。"))
            return redirect("keys-escrow")
        except (KeysRefused, VaultFault) as refused:
            form.add_error(None, str(refused))
    warning = _("持有对应身份文件的人能打开全部加密内容；身份文件须离线、分人保管。")
    return show(request, _page(form, _("设托管人"), Act(_("设立"), kind="primary"), warning, "keys-escrow"))


@roles(Role.SECURITY)
@require_http_methods(["GET", "POST"])
def rotation(request: HttpRequest) -> HttpResponse:
    """Begin a rotation, which a background job carries out."""
    form = RotationForm(request.POST or None)
    if form.is_valid():
        with transaction.atomic():
            queue_rotation(by=actor_of(request), reason=form.cleaned_data["reason"])
        messages.success(request, _("轮换已交后台办理，期间读写照常。"))
        return redirect("keys")
    warning = _("每个全宗和期限换一把新的密钥加密密钥，数据密钥改由它包裹，旧的随即销毁；内容不重写。")
    return show(request, _page(form, _("轮换密钥"), Act(_("开始轮换"), kind="primary"), warning, "keys"))


def _page(form: RuleForm | RecipientForm | RotationForm, title: str, submit: Act, warning: str, back: str) -> FormPage:
    return FormPage(title=title, here=HERE, form=form, submit=submit, cancel=reverse(back), warning=warning)
