"""A hold knows in which tab of its reviewer's browser the record is."""

from django.db import models

from catalog.migrations import _online as online


class Migration(online.OnlineMigration):
    dependencies = [("catalog", "0045_recalled_lots_and_controls")]

    operations = [
        online.AddColumn(
            model_name="reviewhold",
            name="tab",
            field=models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="标签页"),
        ),
    ]
