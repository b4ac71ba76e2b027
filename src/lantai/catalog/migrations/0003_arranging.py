"""Arranging many records, and the index its tree reads."""

from django.db import migrations, models
from django.db.models import Q

BEFORE = "0002_describing"


class Migration(migrations.Migration):
    dependencies = [("catalog", BEFORE)]

    operations = [
        migrations.CreateModel(
            name="Arrangement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("choosing", "选择"),
                            ("move", "移动"),
                            ("volume", "组卷"),
                            ("number", "编号"),
                            ("void", "作废档号"),
                        ],
                        default="choosing",
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "预备"), ("queued", "办理中"), ("done", "完成")],
                        default="draft",
                        max_length=8,
                    ),
                ),
                ("members", models.JSONField(default=list)),
                ("target", models.JSONField(default=dict)),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="理由")),
                ("by", models.CharField(max_length=64)),
                ("role", models.CharField(max_length=32)),
                ("address", models.CharField(blank=True, max_length=64)),
                ("begun_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("task_id", models.UUIDField(blank=True, null=True)),
                ("done", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("failures", models.JSONField(default=list)),
            ],
            options={"verbose_name": "整理"},
        ),
        migrations.AddConstraint(
            model_name="arrangement",
            constraint=models.UniqueConstraint(
                condition=Q(("state", "draft")), fields=("by",), name="catalog_one_draft_arrangement_a_person"
            ),
        ),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(
                fields=[
                    "fonds_code",
                    "category_code",
                    "class_code",
                    "year",
                    "parent",
                    "level",
                    "archive_code",
                    "secrecy",
                    "organisation_id",
                    "open_state",
                    "sharing",
                    "state",
                ],
                name="catalog_arranged",
            ),
        ),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(fields=["parent", "archive_code"], name="catalog_in_volume"),
        ),
    ]
