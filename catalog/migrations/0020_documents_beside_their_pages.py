from django.db import migrations, models

from catalog.migrations import _online as online


class Migration(online.OnlineMigration):
    dependencies = [("catalog", "0019_ai_origin")]

    operations = [
        online.DropConstraint(model_name="imagefile", name="imagefile_role_known", copied_later=True),
        online.DropConstraint(model_name="imagefile", name="imagefile_has_size", copied_later=True),
        migrations.AlterField(
            model_name="imagefile",
            name="role",
            field=models.CharField(
                choices=[
                    ("front", "正面"),
                    ("verso", "背面"),
                    ("negative", "底片"),
                    ("page", "页"),
                    ("document", "PDF 文档"),
                ],
                default="front",
                max_length=20,
                verbose_name="部位",
            ),
        ),
        online.AddCheck(
            model_name="imagefile",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["front", "verso", "negative", "page", "document"])),
                name="imagefile_role_known",
            ),
            copied_later=True,
        ),
        online.AddCheck(
            model_name="imagefile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("height__gt", 0), ("width__gt", 0), models.Q(("role", "document"), _negated=True)),
                    models.Q(
                        ("height", 0),
                        ("perceptual_hash", ""),
                        ("role", "document"),
                        ("screen", ""),
                        ("thumbnail", ""),
                        ("width", 0),
                    ),
                    _connector="OR",
                ),
                name="imagefile_has_size",
            ),
        ),
    ]
