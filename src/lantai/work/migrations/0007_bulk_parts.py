"""Rows of a bulk act that are done together."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("work", "0006_mail")]

    operations = [
        migrations.AddField(
            model_name="bulkitem",
            name="part",
            field=models.CharField(blank=True, max_length=120),
        ),
    ]
