from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('finding', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='indexbuild',
            name='parts',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='indexbuild',
            name='parts_filled',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='indexbuild',
            name='last_day',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='indexbuild',
            name='records',
            field=models.BigIntegerField(default=0),
        ),
    ]
