"""Package profiles of the archive's own, in versions with dates; a last day of credentials."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("administration", "0003_trusted_issuers")]

    operations = [
        migrations.AddField(
            model_name="credential",
            name="valid_to",
            field=models.DateField(blank=True, null=True, verbose_name="有效期至"),
        ),
        migrations.CreateModel(
            name="PackageProfile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40, verbose_name="方案代码")),
                ("version", models.CharField(max_length=40, verbose_name="版本")),
                ("data", models.JSONField(verbose_name="内容")),
                ("digest", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("effective_from", models.DateField(verbose_name="生效日期")),
                ("published_at", models.DateTimeField(verbose_name="发布时间")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="说明")),
            ],
            options={
                "verbose_name": "包方案",
                "ordering": ["code", "effective_from", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("code", "version"), name="package_profile_one_a_version"),
                    models.UniqueConstraint(fields=("code", "effective_from"), name="package_profile_one_a_day"),
                ],
            },
        ),
    ]
