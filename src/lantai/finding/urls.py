"""The address of search."""

from django.urls import path

from lantai.finding import views

urlpatterns = [path("search/", views.search, name="search")]
