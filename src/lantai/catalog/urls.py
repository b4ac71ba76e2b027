"""Addresses of records, by 电子文件号 or archive code."""

from django.urls import path

from lantai.catalog import describe_views, views
from lantai.catalog.arranging import views as arranging

urlpatterns = [
    path("records/<str:code>/", views.record, name="record"),
    path("records/<str:code>/package/", views.package, name="record-package"),
    path("records/<str:code>/files/<int:file>/", views.component, name="record-file"),
    path("records/<str:code>/files/<int:file>/<int:page>-<int:width>.webp", views.image, name="record-image"),
    path("records/<str:code>/forms/<int:number>/", views.form, name="record-form"),
    path("records/<str:code>/proof/", views.proof, name="record-proof"),
    path("describing/", describe_views.queue, name="describing"),
    path("records/<str:code>/describe/", describe_views.describe, name="record-describe"),
    path("records/<str:code>/draft/", describe_views.draft, name="record-draft"),
    path("records/<str:code>/suggestion/", describe_views.suggestion, name="record-suggestion"),
    path("records/<str:code>/hold/", describe_views.hold, name="record-hold"),
    path("records/<str:code>/review/", describe_views.review, name="record-review"),
    path("records/<str:code>/changes/<int:entry>/", describe_views.change, name="record-change"),
    path("records/<str:code>/compose/", describe_views.compose, name="record-compose"),
    path("records/<str:code>/rejudge/", views.rejudge, name="record-rejudge"),
    path("records/<str:code>/relate/", describe_views.relate, name="record-relate"),
    path("records/<str:code>/unrelate/", describe_views.unrelate, name="record-unrelate"),
    path("arrange/", arranging.root, name="arrangement"),
    path("arrange/fonds/<str:fonds>/", arranging.fonds, name="arrangement-fonds"),
    path("arrange/fonds/<str:fonds>/<str:classes>/", arranging.record_class, name="arrangement-class"),
    path("arrange/fonds/<str:fonds>/<str:classes>/<int:year>/", arranging.year, name="arrangement-year"),
    path("arrange/volumes/<str:code>/", arranging.volume, name="arrangement-volume"),
    path("arrange/chosen/", arranging.choose_some, name="arrangement-choose"),
    path("arrange/plans/<int:number>/", arranging.plan, name="arrangement-plan"),
    path("arrange/codes/", arranging.codes, name="arrangement-codes"),
    path("arrange/schemes/<str:fonds>/", arranging.scheme, name="arrangement-scheme"),
    path("arrange/classes/", arranging.classes, name="arrangement-classes"),
    path("arrange/classes/change/", arranging.class_change, name="arrangement-class-change"),
    path("arrange/printing/", arranging.printing, name="arrangement-printing"),
    path("arrange/printing/<slug:form>.pdf", arranging.printed, name="arrangement-printed"),
]
