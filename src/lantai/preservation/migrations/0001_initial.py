"""The format register, what is held by format, copies refused, new verdicts."""

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0006_normalised_copies'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReservedBox',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('object_id', models.CharField(max_length=255, unique=True)),
                ('owner', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='CopyRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fonds_code', models.CharField(blank=True, max_length=20, verbose_name='全宗号')),
                ('classes', models.CharField(blank=True, max_length=90, verbose_name='门类或类别')),
                ('families', models.JSONField(default=list)),
                ('by', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('fonds_code', 'classes'), name='preservation_one_rule_a_scope')],
            },
        ),
        migrations.CreateModel(
            name='FormatCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fonds_code', models.CharField(max_length=20)),
                ('category_code', models.CharField(max_length=20)),
                ('class_code', models.CharField(blank=True, max_length=60)),
                ('secrecy', models.PositiveSmallIntegerField()),
                ('puid', models.CharField(blank=True, max_length=60)),
                ('name', models.CharField(blank=True, max_length=300)),
                ('records', models.BigIntegerField(default=0)),
                ('files', models.BigIntegerField(default=0)),
                ('bytes', models.BigIntegerField(default=0)),
                ('copied', models.BigIntegerField(default=0)),
                ('refused', models.BigIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('puid', 'fonds_code', 'category_code', 'class_code', 'secrecy'), name='preservation_one_count_a_place')],
            },
        ),
        migrations.CreateModel(
            name='FormatDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('puid', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=300)),
                ('grade', models.CharField(max_length=10, verbose_name='风险等级')),
                ('target', models.CharField(blank=True, max_length=20, verbose_name='目标格式')),
                ('reason', models.CharField(max_length=500, verbose_name='理由')),
                ('by', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['puid', '-id'], name='preservation_decision')],
            },
        ),
        migrations.CreateModel(
            name='HeldFormat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fonds_code', models.CharField(max_length=20)),
                ('category_code', models.CharField(max_length=20)),
                ('class_code', models.CharField(blank=True, max_length=60)),
                ('secrecy', models.PositiveSmallIntegerField()),
                ('puid', models.CharField(blank=True, max_length=60)),
                ('files', models.PositiveIntegerField()),
                ('bytes', models.BigIntegerField()),
                ('copied', models.PositiveIntegerField(default=0)),
                ('refused', models.PositiveIntegerField(default=0)),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.record')),
            ],
            options={
                'indexes': [models.Index(fields=['puid', '-record'], name='preservation_behind'), models.Index(condition=models.Q(('files__gt', django.db.models.expressions.CombinedExpression(models.F('copied'), '+', models.F('refused')))), fields=['puid', 'record'], name='preservation_uncopied'), models.Index(condition=models.Q(('refused__gt', 0)), fields=['puid', '-record'], name='preservation_refused')],
                'constraints': [models.UniqueConstraint(fields=('record', 'puid'), name='preservation_one_row_a_format')],
            },
        ),
        migrations.CreateModel(
            name='NewVerdict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record_code', models.CharField(max_length=40)),
                ('path', models.CharField(max_length=1000)),
                ('before', models.CharField(blank=True, max_length=60)),
                ('before_name', models.CharField(blank=True, max_length=300)),
                ('after', models.CharField(blank=True, max_length=60)),
                ('after_name', models.CharField(blank=True, max_length=300)),
                ('own', models.CharField(blank=True, max_length=40)),
                ('edition', models.CharField(max_length=400)),
                ('found_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('open', '待决定'), ('accepted', '已采用'), ('kept', '维持原结果')], default='open', max_length=10)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('decided_by', models.CharField(blank=True, max_length=64)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.record')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['before', 'after', 'id'], name='preservation_undecided')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('record', 'path'), name='preservation_one_open_verdict_a_file')],
            },
        ),
        migrations.CreateModel(
            name='RefusedCopy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('path', models.CharField(max_length=1000)),
                ('code', models.CharField(max_length=40)),
                ('zh', models.TextField()),
                ('en', models.TextField()),
                ('checks', models.JSONField(default=list)),
                ('agent', models.CharField(max_length=100)),
                ('by', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.record')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('record', 'path'), name='preservation_one_refusal_a_file')],
            },
        ),
    ]
