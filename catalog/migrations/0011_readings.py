import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0010_name_patterns")]

    operations = [
        migrations.CreateModel(
            name="Reading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reader", models.CharField(max_length=100, verbose_name="识读程序")),
                ("version", models.CharField(max_length=50, verbose_name="版本")),
                ("lines", models.JSONField(default=list, verbose_name="文字行")),
                ("text", models.TextField(blank=True, verbose_name="文字")),
                ("searched", models.TextField(blank=True, editable=False, verbose_name="检索用文字")),
                ("confidence", models.FloatField(default=0.0, verbose_name="把握")),
                ("made_at", models.DateTimeField(auto_now=True, verbose_name="识读时间")),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reading",
                        to="catalog.imagefile",
                        verbose_name="扫描件",
                    ),
                ),
            ],
            options={
                "verbose_name": "识读结果",
                "verbose_name_plural": "识读结果",
                "ordering": ["file_id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("confidence__gte", 0), ("confidence__lte", 1)),
                        name="reading_confidence_is_a_share",
                    )
                ],
            },
        ),
        # What a reader of pictures found answers no prompt.
        migrations.AlterField(
            model_name="run",
            name="prompt_version",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="runs",
                to="catalog.promptversion",
                verbose_name="提示词版本",
            ),
        ),
    ]
