"""Addresses of signing in, of one's account, and of the administration of people."""

from django.urls import include, path

from lantai.administration.views import account, audit, carrying, people, policy, signin

urlpatterns = [
    path("sign-in/", signin.sign_in, name="sign-in"),
    path("sign-in/code/", signin.sign_in_code, name="sign-in-code"),
    path("sign-out/", signin.leave, name="sign-out"),
    path("language/", signin.language, name="language"),
    path("account/", account.account, name="account"),
    path("account/carried/", carrying.carried, name="carried"),
    path("account/password/", account.password, name="change-password"),
    path("account/second-factor/", account.second_factor, name="second-factor-setup"),
    path("administration/people/", people.people, name="people"),
    path("administration/people/new/", people.new_account, name="person-new"),
    path("administration/people/<int:person_id>/", people.person, name="person"),
    path("administration/people/<int:person_id>/grant/", people.grant, name="person-grant"),
    path("administration/people/<int:person_id>/activate/", people.activate, name="person-activate"),
    path("administration/people/<int:person_id>/deactivate/", people.deactivate, name="person-deactivate"),
    path("administration/people/<int:person_id>/decline/", people.decline, name="person-decline"),
    path("administration/people/<int:person_id>/revoke/", people.revoke, name="person-revoke"),
    path("administration/people/<int:person_id>/unlock/", people.unlock, name="person-unlock"),
    path(
        "administration/people/<int:person_id>/ask-deactivation/",
        people.ask_deactivation,
        name="person-ask-deactivation",
    ),
    path("administration/people/<int:person_id>/reset/", people.reset, name="person-reset"),
    path("administration/policy/", policy.policy, name="security-policy"),
    path("administration/audit/", audit.audit, name="audit"),
    path("administration/audit/file/", audit.audit_file, name="audit-file"),
    path("administration/audit/check/", audit.audit_check, name="audit-check"),
    path("", include("lantai.administration.reference_urls")),
]
