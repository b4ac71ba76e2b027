"""Addresses of exchange."""

from django.urls import path

from lantai.exchange import views

urlpatterns = [
    path("exports/", views.exports, name="exports"),
    path("exports/new/", views.export_packages, name="export-packages"),
    path("exports/<int:export_id>/", views.export_one, name="export-one"),
    path("exports/<int:export_id>/file", views.export_file, name="export-file"),
]
