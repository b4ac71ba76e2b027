from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('preservation', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='LongtermSignoff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('group', models.CharField(max_length=10, verbose_name='组别')),
                ('verdict', models.CharField(choices=[('pass', '通过'), ('warning', '须注意'), ('fail', '不通过')], max_length=10, verbose_name='结论')),
                ('checked_on', models.DateField(verbose_name='检测日期')),
                ('found', models.CharField(max_length=1000, verbose_name='检测情况')),
                ('next_on', models.DateField(verbose_name='下次检测日期')),
                ('signer', models.CharField(max_length=300, verbose_name='签署人')),
                ('by', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['group', '-id'], name='preservation_signoff')],
            },
        ),
    ]
