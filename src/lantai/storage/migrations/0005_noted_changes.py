from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('storage', '0004_sealing_and_destructions'),
    ]

    operations = [
        migrations.CreateModel(
            name='NotedChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(max_length=80)),
                ('row_key', models.CharField(blank=True, max_length=255)),
                ('reached', models.CharField(blank=True, max_length=255)),
                ('begun', models.PositiveIntegerField(default=0)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('row_key', '')), fields=['label'], name='storage_noted_whole')],
            },
        ),
    ]
