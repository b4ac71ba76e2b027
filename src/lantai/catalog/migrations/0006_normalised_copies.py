"""Normalised copies of files beside their packages, and by which signatures formats were named."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0005_judged_signatures'),
    ]

    operations = [
        migrations.CreateModel(
            name='SignatureEdition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=100, unique=True)),
                ('told', models.CharField(max_length=400)),
                ('noted_at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='representation',
            name='catalog_one_form_a_kind',
        ),
        migrations.AddField(
            model_name='representation',
            name='event',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name='representation',
            name='source',
            field=models.CharField(blank=True, max_length=1000),
        ),
        migrations.AlterField(
            model_name='representation',
            name='kind',
            field=models.CharField(choices=[('received', '接收原包'), ('access', '利用副本'), ('normalised', '规范化副本')], default='received', max_length=10),
        ),
        migrations.AddField(
            model_name='representation',
            name='edition',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.signatureedition'),
        ),
        migrations.AddIndex(
            model_name='representation',
            index=models.Index(condition=models.Q(('confirmed_at__isnull', False), ('kind', 'received')), fields=['edition', 'id'], name='catalog_identified_with'),
        ),
        migrations.AddConstraint(
            model_name='representation',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'normalised'), _negated=True), fields=('record', 'kind'), name='catalog_one_form_a_kind'),
        ),
        migrations.AddConstraint(
            model_name='representation',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'normalised')), fields=('record', 'source'), name='catalog_one_copy_a_file'),
        ),
    ]
