"""Addresses of records, by 电子文件号 or archive code."""

from django.urls import path

from lantai.catalog import views

urlpatterns = [
    path("records/<str:code>/", views.record, name="record"),
    path("records/<str:code>/package/", views.package, name="record-package"),
    path("records/<str:code>/files/<int:file>/", views.component, name="record-file"),
    path("records/<str:code>/files/<int:file>/<int:page>-<int:width>.webp", views.image, name="record-image"),
    path("records/<str:code>/proof/", views.proof, name="record-proof"),
]
