"""One's own account: preferences, password, second factor."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import qrcode
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from qrcode.image.svg import SvgPathFillImage

from lantai.administration.forms import ChangePasswordForm, CodeForm, PreferencesForm
from lantai.administration.models import Person, Role
from lantai.administration.queries.people import PolicyValues, current_policy, password_has_expired, show_person
from lantai.administration.services.people_access import actor_of, roles
from lantai.administration.services.people_passwords import PasswordRefused, WrongPassword, change_password
from lantai.administration.services.people_preferences import Preferences, choose_preferences
from lantai.administration.services.people_second_factor import (
    CodeRefused,
    Enrolment,
    begin_second_factor,
    enrol_second_factor,
    has_second_factor,
    remove_second_factor,
)
from lantai.administration.services.people_signin import sign_out
from lantai.common.components import Act, Link, Notice, Pair, PairGroup
from lantai.common.pages import FormPage, Page, show


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorPage(Page):
    """The second factor: in use, or its secret as picture and text, or the recovery codes just made."""

    template: ClassVar[str] = "administration/second_factor.html"
    enrolled: bool
    required: bool
    enrolment: Enrolment | None
    picture: str
    recovery_codes: tuple[str, ...]
    form: CodeForm
    submit: Act


def _person(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)  # @roles has seen to it
    return request.user


def _facts(person: Person) -> PairGroup:
    row, policy = show_person(person_id=person.pk), current_policy()
    assert row is not None
    since = person.password_changed_at
    until = timezone.localdate(since + timedelta(days=policy.password_days)).isoformat() if since else ""
    required = _("安全策略要求") if person.role in policy.second_factor_roles else ""
    return PairGroup(
        _("账号信息"),
        (
            Pair(_("账号"), row.username, code=True),
            Pair(_("姓名"), row.name),
            Pair(_("人员编号"), row.person_number, code=True),
            Pair(_("角色"), row.role_label),
            Pair(_("单位"), row.organisation or "—"),
            Pair(_("涉密等级"), row.clearance_label),
            Pair(_("口令有效至"), until),
            Pair(_("第二因素"), _("已绑定") if row.second_factor else _("未绑定"), note=required),
        ),
    )


@roles(*Role)
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """My account and preferences."""
    person = _person(request)
    form = PreferencesForm(
        request.POST or None, initial={each: getattr(person, each) for each in PreferencesForm.NAMES}
    )
    if form.is_valid():
        choose_preferences(person=person, wanted=Preferences(**form.cleaned_data))
        translation.activate(person.language)
        messages.success(request, _("偏好已保存。"))
        return redirect("account")
    return show(request, _account_page(person, form))


def _account_page(person: Person, form: PreferencesForm) -> FormPage:
    password, factor = resolve_url("change-password"), resolve_url("second-factor-setup")
    return FormPage(
        title=_("我的账号"),
        form=form,
        submit=Act(_("保存偏好"), kind="primary"),
        warning=_("偏好随账号保存，换一台电脑也有效。"),
        beside=[_facts(person)],
        acts=[Act(_("修改口令"), href=password, icon="key"), Act(_("第二因素"), href=factor, icon="shield-check")],
    )


@roles(*Role)
@never_cache
@sensitive_post_parameters()
def password(request: HttpRequest) -> HttpResponse:
    """Change my password; the only page open to somebody whose password is a one-time one or too old."""
    form = ChangePasswordForm(request.POST or None)
    if form.is_valid():
        given, person, now = form.cleaned_data, _person(request), timezone.now()
        try:
            change_password(by=actor_of(request), person=person, present=given["present"], new=given["new"], now=now)
            return _changed(request, person)
        except WrongPassword as wrong:
            if _too_many_wrong(request):
                return redirect(f"{resolve_url('sign-in')}?reason=wrong")
            form.add_error("present", str(wrong))
        except PasswordRefused as refused:
            form.add_error("new", refused.problems)
    return show(request, _password_page(request, form))


def _password_page(request: HttpRequest, form: ChangePasswordForm) -> FormPage:
    policy = current_policy()
    forced = password_has_expired(person=_person(request), policy=policy, now=timezone.now())
    why = Notice("warn", _("当前口令是一次性口令或已过期，修改后才能继续使用。"))
    return FormPage(
        title=_("修改口令"),
        back=[] if forced else [Link(_("我的账号"), resolve_url("account")), Link(_("修改口令"))],
        form=form,
        submit=Act(_("修改口令"), kind="primary"),
        cancel="" if forced else resolve_url("account"),
        warning=_("修改后，其他设备上的登录随即失效。"),
        notices=[why] if forced else [],
        beside=[_password_rules(policy)],
    )


def _password_rules(policy: PolicyValues) -> PairGroup:
    return PairGroup(
        _("口令规则"),
        (
            Pair(_("长度"), _("至少 %(count)d 个字符") % {"count": policy.password_length}),
            Pair(_("字符种类"), _("大写、小写、数字、符号中至少 %(count)d 类") % {"count": policy.password_classes}),
            Pair(_("不得重复"), _("最近 %(count)d 次用过的口令") % {"count": policy.password_history}),
            Pair(_("不得包含"), _("账号、人员编号")),
            Pair(_("有效期"), _("%(count)d 天") % {"count": policy.password_days}),
        ),
    )


def _too_many_wrong(request: HttpRequest) -> bool:
    """Count wrong present passwords of this session; after too many it ends, as somebody else may sit there."""
    request.session["wrong-passwords"] = request.session.get("wrong-passwords", 0) + 1
    if request.session["wrong-passwords"] < current_policy().tries:
        return False
    sign_out(request=request, now=timezone.now(), reason="wrong-passwords")
    return True


def _changed(request: HttpRequest, person: Person) -> HttpResponse:
    """This session goes on under a new key; the person's other sessions end."""
    update_session_auth_hash(request, person)
    request.session.pop("wrong-passwords", None)
    messages.success(request, _("口令已修改，其他设备上的登录已失效。"))
    return redirect("account")


@roles(*Role)
@never_cache
def second_factor(request: HttpRequest) -> HttpResponse:
    """Enrol the second factor by a first code, or remove it by a last one."""
    person, form, by = _person(request), CodeForm(request.POST or None), actor_of(request)
    codes: tuple[str, ...] = ()
    if form.is_valid():
        code = form.cleaned_data["code"]
        try:
            if has_second_factor(person=person):
                remove_second_factor(by=by, person=person, code=code, now=timezone.now())
                messages.success(request, _("已解除第二因素。"))
                return redirect("account")
            codes = enrol_second_factor(by=by, person=person, code=code, now=timezone.now())
        except CodeRefused as refused:
            form.add_error("code", str(refused))
    return show(request, _second_factor_page(person, form, codes))


def _second_factor_page(person: Person, form: CodeForm, codes: tuple[str, ...]) -> SecondFactorPage:
    enrolled = has_second_factor(person=person)
    enrolment = None if enrolled else begin_second_factor(person=person, issuer=settings.LANTAI_ARCHIVE_NAME)
    return SecondFactorPage(
        title=_("第二因素"),
        back=[Link(_("我的账号"), resolve_url("account")), Link(_("第二因素"))],
        enrolled=enrolled,
        required=person.role in current_policy().second_factor_roles,
        enrolment=enrolment,
        picture=_picture(enrolment.address) if enrolment else "",
        recovery_codes=codes,
        form=form,
        submit=Act(_("解除第二因素"), kind="danger") if enrolled else Act(_("绑定"), kind="primary"),
    )


def _picture(text: str) -> str:
    """The QR code of *text* as the address of an image, made here: the secret goes to nobody else."""
    drawn = io.BytesIO()
    qrcode.make(text, image_factory=SvgPathFillImage, border=4).save(drawn)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode("ascii")
