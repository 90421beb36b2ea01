"""What is amiss with a file that was taken in all the same."""

from django.db import models

from catalog.migrations import _online as online


class Migration(online.OnlineMigration):
    dependencies = [
        ("catalog", "0021_dates_read_again"),
    ]

    operations = [
        online.AddColumn(
            model_name="imagefile",
            name="defect",
            field=models.CharField(
                blank=True,
                choices=[("", "无"), ("no_end_mark", "缺少结尾标记，画面完整")],
                default="",
                max_length=20,
                verbose_name="文件缺陷",
            ),
        ),
        online.AddCheck(
            model_name="imagefile",
            constraint=models.CheckConstraint(
                condition=models.Q(("defect__in", ["", "no_end_mark"])), name="imagefile_defect_known"
            ),
        ),
    ]
