"""Addresses of submissions and of the upload."""

from django.urls import path

from lantai.ingest import views

urlpatterns = [
    path("submissions/", views.submissions, name="submissions"),
    path("submissions/decide/", views.decide_many, name="submissions-decide"),
    path("submissions/<str:code>/", views.submission, name="submission"),
    path("submissions/<str:code>/decide/", views.decide, name="submission-decide"),
    path("submissions/<str:code>/report.json", views.report_json, name="report-json"),
    path("submissions/<str:code>/report.pdf", views.report_document, name="report-pdf"),
    path("submissions/<str:code>/receipts/<int:number>/", views.receipt, name="receipt"),
    path("upload/", views.upload, name="upload"),
    path("upload/list/", views.upload_list, name="upload-list"),
    path("upload/pieces/<str:key>", views.upload_piece, name="upload-piece"),
]
