"""Whose a class is can be said of any place, not of sites alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("staff", "0004_responsibility")]

    operations = [
        migrations.RemoveIndex("responsibility", "whose_newest"),
        migrations.RenameField("responsibility", "site", "place"),
        migrations.AddIndex(
            "responsibility",
            models.Index(fields=["case_class", "place", "-id"], name="whose_newest"),
        ),
    ]
