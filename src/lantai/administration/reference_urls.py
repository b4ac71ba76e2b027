"""Addresses of the bodies, the fonds, and the rules and lists the archive works by."""

from django.urls import path

from lantai.administration.views import (
    agreements,
    bodies,
    credentials,
    first_start,
    fonds,
    items,
    lists,
    material_rules,
    retention,
    rule_base,
)

urlpatterns = [
    path("first-start/", first_start.first_start, name="first-start"),
    path("administration/organisations/", bodies.organisations, name="organisations"),
    path("administration/organisations/new/", bodies.organisation_new, name="organisation-new"),
    path("administration/organisations/<str:code>/", bodies.organisation, name="organisation"),
    path("administration/organisations/<str:code>/correct/", bodies.organisation_correct, name="organisation-correct"),
    path("administration/organisations/<str:code>/change/", bodies.organisation_change, name="organisation-change"),
    path("administration/fonds/", fonds.fonds_list, name="fonds-list"),
    path("administration/fonds/new/", fonds.fonds_new, name="fonds-new"),
    path("administration/fonds/<str:code>/", fonds.fonds, name="fonds"),
    path("administration/fonds/<str:code>/guide/", fonds.fonds_guide, name="fonds-guide"),
    path("administration/fonds/<str:code>/file/new/", fonds.fonds_entry_new, name="fonds-entry-new"),
    path("administration/fonds/<str:code>/file/<int:number>/", fonds.fonds_entry_page, name="fonds-entry"),
    path("administration/fonds/<str:code>/file/<int:number>/content/", fonds.fonds_entry_file, name="fonds-entry-file"),
    path("administration/agreements/", agreements.agreements, name="agreements"),
    path("administration/agreements/new/", agreements.agreement_new, name="agreement-new"),
    path("administration/agreements/<int:agreement_id>/", agreements.agreement, name="agreement"),
    path(
        "administration/agreements/<int:agreement_id>/replace/", agreements.agreement_replace, name="agreement-replace"
    ),
    path("administration/agreements/<int:agreement_id>/end/", agreements.agreement_end, name="agreement-end"),
    path("administration/credentials/", credentials.credentials, name="credentials"),
    path("administration/credentials/new/", credentials.credential_new, name="credential-new"),
    path("administration/credentials/<slug:prefix>/revoke/", credentials.credential_revoke, name="credential-revoke"),
    path("administration/items/", items.service_items, name="service-items"),
    path("administration/items/import/", items.item_import, name="item-import"),
    path("administration/items/import/<int:import_id>/", items.item_import_preview, name="item-import-preview"),
    path("administration/items/<str:code>/", items.service_item, name="service-item"),
    path("administration/items/<str:code>/version/", material_rules.item_version_new, name="item-version-new"),
    path("administration/material-rules/", material_rules.material_rules, name="material-rules"),
    path("administration/material-rules/new/", material_rules.material_rules_new, name="material-rules-new"),
    path("administration/retention/", retention.retention_tables, name="retention-tables"),
    path("administration/retention/new/", retention.retention_table_new, name="retention-table-new"),
    path("administration/retention/<int:table_id>/", retention.retention_table, name="retention-table"),
    path("administration/rules/", rule_base.rule_base, name="rule-base"),
    path("administration/rules/severities/", rule_base.rule_severities, name="rule-severities"),
    path("administration/rules/publish/", rule_base.rule_pack_new, name="rule-pack-new"),
    path("administration/lists/", lists.lists, name="code-lists"),
    path("administration/lists/<slug:key>/", lists.one_list, name="code-list"),
    path("administration/lists/<slug:key>/file/", lists.list_file, name="code-list-file"),
    path("administration/lists/<slug:key>/new/", lists.list_new, name="code-list-new"),
]
