from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0003_timestamps'),
    ]

    operations = [
        migrations.CreateModel(
            name='Anchor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('size', models.BigIntegerField(unique=True)),
                ('chain', models.BigIntegerField()),
                ('transaction', models.CharField(max_length=66)),
                ('sender', models.CharField(max_length=42)),
                ('sent_at', models.DateTimeField()),
                ('block', models.BigIntegerField(null=True)),
                ('block_hash', models.CharField(blank=True, max_length=66)),
                ('block_at', models.DateTimeField(null=True)),
            ],
        ),
    ]
