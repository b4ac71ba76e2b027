"""What people do to descriptions: elements, versions, drafts, who edits, composition; records merged into others."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="record",
            name="state",
            field=models.CharField(
                choices=[
                    ("held", "在馆"),
                    ("transferred", "已移交"),
                    ("destroyed", "已销毁"),
                    ("merged", "已并入"),
                ],
                default="held",
                max_length=12,
                verbose_name="状态",
            ),
        ),
        migrations.CreateModel(
            name="Describing",
            fields=[
                (
                    "record",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="describing",
                        serialize=False,
                        to="catalog.record",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0)),
                ("elements", models.JSONField(default=dict)),
                ("parts", models.JSONField(blank=True, null=True)),
                ("merged_into", models.CharField(blank=True, max_length=40)),
                ("answers", models.JSONField(default=dict)),
                ("editor_id", models.BigIntegerField(blank=True, null=True)),
                ("editor_since", models.DateTimeField(blank=True, null=True)),
                ("editor_until", models.DateTimeField(blank=True, null=True)),
                ("described_by", models.BigIntegerField(blank=True, null=True)),
                ("described_at", models.DateTimeField(blank=True, null=True)),
                ("reviewed_by", models.BigIntegerField(blank=True, null=True)),
                ("reviewed_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="DescriptionDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person_id", models.BigIntegerField()),
                ("version", models.PositiveIntegerField(default=0)),
                ("values", models.JSONField(default=dict)),
                ("kept_at", models.DateTimeField()),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="drafts", to="catalog.record"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("record", "person_id"), name="catalog_one_draft_a_person")
                ],
            },
        ),
    ]
