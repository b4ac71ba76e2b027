"""Addresses of fixity (固定性检查): how it stands, how a location is read, what was put aside."""

from django.urls import path

from lantai.storage import fixity_views as views

urlpatterns = [
    path("storage/fixity/", views.fixity, name="fixity"),
    path("storage/fixity/<slug:code>/", views.reading, name="fixity-reading"),
    path("storage/quarantine/", views.quarantine, name="quarantine"),
    path("storage/quarantine/release/", views.release, name="quarantine-release"),
]
