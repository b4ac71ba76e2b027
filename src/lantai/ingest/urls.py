"""Addresses of submissions and of the upload."""

from django.urls import path

from lantai.ingest import asking_views, batch_views, import_views, views

urlpatterns = [
    path("submissions/", views.submissions, name="submissions"),
    path("submissions/<str:code>/", views.submission, name="submission"),
    path("submissions/<str:code>/decide/", views.decide, name="submission-decide"),
    path("submissions/<str:code>/report.json", views.report_json, name="report-json"),
    path("submissions/<str:code>/report.pdf", views.report_document, name="report-pdf"),
    path("submissions/<str:code>/receipts/<int:number>/", views.receipt, name="receipt"),
    path("batches/", batch_views.batches, name="batches"),
    path("batches/<int:batch_id>/", batch_views.batch, name="batch"),
    path("batches/<int:batch_id>/decide/", batch_views.batch_decide, name="batch-decide"),
    path("channels/", asking_views.channels, name="channels"),
    path("channels/<int:organisation_id>/", asking_views.channel, name="channel"),
    path("corrections/", asking_views.corrections, name="corrections"),
    path("handover/", asking_views.handover, name="handover"),
    path("handover/cases/", asking_views.handover_cases, name="handover-cases"),
    path("handover/rules/", asking_views.handover_rules, name="handover-rules"),
    path("handover/rules/end/", asking_views.handover_rule_end, name="handover-rule-end"),
    path("reminders/", asking_views.reminders, name="reminders"),
    path("reminders/rules/", asking_views.reminder_rules, name="reminder-rules"),
    path("reminders/rules/end/", asking_views.reminder_rule_end, name="reminder-rule-end"),
    path("reminders/contacts/", asking_views.reminder_contacts, name="reminder-contacts"),
    path("mails/", asking_views.mails, name="mails"),
    path("imports/", import_views.imports, name="imports"),
    path("imports/new/", import_views.new, name="import-new"),
    path("imports/export/", import_views.export, name="export"),
    path("imports/crosswalks/", import_views.crosswalks, name="crosswalks"),
    path("imports/<int:catalogue_id>/", import_views.one, name="import"),
    path("imports/<int:catalogue_id>/progress/", import_views.progress, name="import-progress"),
    path("imports/<int:catalogue_id>/crosswalk/", import_views.crosswalk, name="import-crosswalk"),
    path("imports/<int:catalogue_id>/header/", import_views.header, name="import-header"),
    path("imports/<int:catalogue_id>/run/", import_views.run, name="import-run"),
    path("imports/<int:catalogue_id>/lines/", import_views.lines, name="import-lines"),
    path("imports/<int:catalogue_id>/files/<slug:which>.<slug:kind>", import_views.file, name="import-file"),
    path("upload/", views.upload, name="upload"),
    path("upload/list/", views.upload_list, name="upload-list"),
    path("upload/pieces/<str:key>", views.upload_piece, name="upload-piece"),
]
