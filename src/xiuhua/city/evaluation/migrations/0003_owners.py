"""Facts are drawn anew: what is not done is now of who took it on."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def draw_anew(apps: Apps, _: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("evaluation", "Followed").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0002_not_handled")]

    operations = [migrations.RunPython(draw_anew, migrations.RunPython.noop)]
