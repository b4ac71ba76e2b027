"""The field's standards as plain values and functions: no Django, no settings, no clock, no network."""
