"""All addresses of Lantai, room by room. Rooms below administration declare no roles; theirs are declared here."""

from django.urls import URLPattern, URLResolver, include, path

from lantai.administration.queries.people import Role
from lantai.administration.services.people_access import public, roles
from lantai.common import views as common
from lantai.ingest.api import api
from lantai.ledger import views as ledger
from lantai.site import backup_views, profile_trial, rule_trial, storage_views, views, witness_views

STAFF = tuple(role for role in Role if role != Role.PUBLIC)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("api/v1/", api.urls),
    path("ledger/", views.ledger, name="ledger"),
    path("ledger/checkpoint", public(ledger.checkpoint), name="ledger-checkpoint"),
    path("ledger/tile/<path:path>", public(ledger.tile), name="ledger-tile"),
    path("ledger/checkpoint/cosigned", public(ledger.cosigned), name="ledger-cosigned"),
    path("ledger/policy", public(ledger.policy), name="ledger-policy"),
    path("ledger/vkey", public(ledger.vkey), name="ledger-vkey"),
    path("ledger/timestamps/<int:size>/", witness_views.timestamp_renewal, name="timestamp-renewal"),
    path("ledger/timestamps/<int:size>-<int:number>/<slug:part>", witness_views.timestamp_file, name="timestamp-file"),
    path("ledger/witnesses/", witness_views.witnesses, name="witnesses"),
    path("ledger/witnesses/new/", witness_views.witness_new, name="witness-new"),
    path("ledger/witnesses/policy/", witness_views.witness_policy, name="witness-policy"),
    path("ledger/witnesses/<int:witness_id>/retire/", witness_views.witness_retire, name="witness-retire"),
    path("ledger/witnesses/conflicts/<int:conflict_id>/", witness_views.witness_conflict, name="witness-conflict"),
    path(
        "ledger/witnesses/conflicts/<int:conflict_id>/<slug:side>.txt",
        witness_views.witness_conflict_note,
        name="witness-conflict-note",
    ),
    path("health/", views.health, name="health"),
    path("verification/", views.verification, name="verifications"),
    path("verification/longterm/", views.longterm, name="longterm"),
    path("verification/longterm/<slug:group>/", views.longterm_sign, name="longterm-sign"),
    path("verification/longterm.json", views.longterm_report, name="longterm-report"),
    path("verification/<slug:area>/", views.verification, name="verification"),
    path("storage/", storage_views.storage, name="storage"),
    path("storage/below/", storage_views.below, name="storage-below"),
    path("storage/objects/<path:object_id>/", storage_views.stored_object, name="stored-object"),
    path("storage/locations/<slug:code>/", storage_views.location, name="location"),
    path("storage/policies/", storage_views.policies, name="storage-policies"),
    path("storage/policies/set/", storage_views.policy, name="storage-policy"),
    path("storage/carriers/", storage_views.carriers, name="carriers"),
    path("storage/carriers/new/", storage_views.carrier_new, name="carrier-new"),
    path("storage/carriers/<str:number>/", storage_views.carrier, name="carrier"),
    path("storage/backups/", backup_views.backups, name="backups"),
    path("storage/backups/make/", backup_views.make, name="backup-make"),
    path("storage/backups/policy/", backup_views.policy, name="backup-policy"),
    path("storage/drills/", backup_views.drills, name="restore-drills"),
    path("storage/drills/<int:drill_id>/", backup_views.drill, name="restore-drill"),
    path("storage/drills/<int:drill_id>.pdf", backup_views.drill_pdf, name="restore-drill-pdf"),
    path("design/", roles(*STAFF)(common.design), name="design"),
    path("display/", public(common.display), name="display"),
    path("", include("lantai.storage.fixity_urls")),
    path("", include("lantai.work.urls")),
    path("", include("lantai.storage.urls")),
    path("", include("lantai.ingest.urls")),
    path("", include("lantai.digitisation.urls")),
    path("", include("lantai.exchange.urls")),
    path("", include("lantai.catalog.urls")),
    path("", include("lantai.preservation.urls")),
    path("", include("lantai.finding.urls")),
    path("administration/profiles/new/", profile_trial.package_profile_new, name="package-profile-new"),
    path("administration/rule-trial/", rule_trial.rule_trial, name="rule-trial"),
    path("", include("lantai.administration.urls")),
]

handler400 = "lantai.common.views.bad_request"
handler403 = "lantai.common.views.forbidden"
handler404 = "lantai.common.views.not_found"
handler500 = "lantai.common.views.server_error"
