"""Addresses of the keys."""

from django.urls import path

from lantai.storage import views

urlpatterns = [
    path("keys/", views.keys, name="keys"),
    path("keys/rules/", views.keys, {"tab": "keys-rules"}, name="keys-rules"),
    path("keys/escrow/", views.keys, {"tab": "keys-escrow"}, name="keys-escrow"),
    path("keys/destroyed/", views.keys, {"tab": "keys-destroyed"}, name="keys-destroyed"),
    path("keys/rule/", views.rule, name="keys-rule"),
    path("keys/recipient/", views.recipient, name="keys-recipient"),
    path("keys/rotation/", views.rotation, name="keys-rotation"),
]
