"""Addresses that belong to no room."""

from django.urls import path

from lantai.common import views

urlpatterns = [
    path("design/", views.design, name="design"),
    path("display/", views.display, name="display"),
]
