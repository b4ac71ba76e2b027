"""Addresses of preservation. A format is called by its identifier, files that nobody could name by a dash."""

from django.urls import path

from lantai.preservation import views

urlpatterns = [
    path("preservation/", views.formats, name="preservation"),
    path("preservation/formats/<path:puid>/", views.one_format, name="preservation-format"),
    path("preservation/records/<path:puid>/", views.records, name="preservation-records"),
    path("preservation/decide/<path:puid>/", views.decide, name="preservation-decide"),
    path("preservation/rules/", views.rules, name="preservation-rules"),
    path("preservation/rules/set/", views.rule, name="preservation-rule"),
    path("preservation/verdicts/<slug:which>/", views.verdicts, name="preservation-verdicts"),
    path("preservation/verdict/", views.verdict, name="preservation-verdict"),
    path("preservation/copies/<str:code>/", views.copies, name="preservation-copies"),
]
