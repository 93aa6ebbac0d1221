
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('staff', '0006_names'),
    ]

    operations = [
        migrations.CreateModel(
            name='Grant',
            fields=[
                ('seq', models.BigIntegerField(primary_key=True, serialize=False)),
                ('at', models.BigIntegerField()),
                ('what', models.CharField(choices=[('loaded', 'Loaded by whoever installs'), ('asked', 'Asked for'), ('granted', 'Granted'), ('refused', 'Turned down'), ('closed', 'Account closed'), ('password', 'Password set by the administrator'), ('factor', 'Second factor taken away by the administrator')], max_length=10)),
                ('username', models.CharField(max_length=150)),
                ('role', models.CharField(blank=True, max_length=32)),
                ('team', models.CharField(blank=True, max_length=64)),
                ('why', models.CharField(blank=True, max_length=300)),
                ('by', models.CharField(blank=True, max_length=150)),
                ('mac', models.CharField(max_length=64)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='GrantsHead',
            fields=[
                ('id', models.SmallIntegerField(primary_key=True, serialize=False)),
                ('seq', models.BigIntegerField()),
                ('mac', models.CharField(max_length=64)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AlterField(
            model_name='member',
            name='role',
            field=models.CharField(blank=True, choices=[('duty_officer', 'Duty officer'), ('shift_leader', 'Shift leader'), ('acceptor', 'Acceptor'), ('dispatcher', 'Dispatcher'), ('grid_supervisor', 'Grid supervisor'), ('handler', 'Handler'), ('gate_guard', 'Gate guard'), ('station_head', 'Metro station head'), ('rail_police', 'Rail-transit police officer'), ('police_head', 'Police station head'), ('subdistrict_head', 'Sub-district head'), ('district_officer', 'District officer'), ('window_clerk', 'Window clerk'), ('social_worker', 'Social worker'), ('care_adviser', 'Elder-care adviser'), ('care_worker', 'Care worker'), ('doctor', 'Community doctor'), ('nurse', 'Nurse'), ('suggestion_officer', 'Suggestion officer'), ('integrator', 'Integrator'), ('auditor', 'Auditor'), ('system_admin', 'System administrator'), ('security_admin', 'Security administrator')], db_index=True, max_length=32),
        ),
        migrations.CreateModel(
            name='RoleWish',
            fields=[
                ('member', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='wish', serialize=False, to='staff.member')),
                ('role', models.CharField(choices=[('duty_officer', 'Duty officer'), ('shift_leader', 'Shift leader'), ('acceptor', 'Acceptor'), ('dispatcher', 'Dispatcher'), ('grid_supervisor', 'Grid supervisor'), ('handler', 'Handler'), ('gate_guard', 'Gate guard'), ('station_head', 'Metro station head'), ('rail_police', 'Rail-transit police officer'), ('police_head', 'Police station head'), ('subdistrict_head', 'Sub-district head'), ('district_officer', 'District officer'), ('window_clerk', 'Window clerk'), ('social_worker', 'Social worker'), ('care_adviser', 'Elder-care adviser'), ('care_worker', 'Care worker'), ('doctor', 'Community doctor'), ('nurse', 'Nurse'), ('suggestion_officer', 'Suggestion officer'), ('integrator', 'Integrator'), ('auditor', 'Auditor'), ('system_admin', 'System administrator'), ('security_admin', 'Security administrator')], max_length=32)),
                ('why', models.CharField(max_length=300)),
                ('by', models.CharField(max_length=150)),
                ('at', models.DateTimeField()),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.team')),
            ],
        ),
    ]
