"""Addresses under /ledger/ that strangers may read."""

from django.urls import path

from lantai.ledger import views

urlpatterns = [
    path("checkpoint", views.checkpoint, name="ledger-checkpoint"),
    path("tile/<path:path>", views.tile, name="ledger-tile"),
    path("checkpoint/cosigned", views.cosigned, name="ledger-cosigned"),
    path("policy", views.policy, name="ledger-policy"),
    path("vkey", views.vkey, name="ledger-vkey"),
]
