"""An image of a batch that the model said nothing of has a state of its own."""

from django.db import migrations, models

from catalog.migrations import _online as online


def count_refused_as_failed(apps, schema_editor):
    """Earlier versions know no answer without a value."""
    items = apps.get_model("catalog", "BatchItem").objects.using(schema_editor.connection.alias)
    items.filter(state="refused").update(state="failed")


class Migration(online.OnlineMigration):
    dependencies = [("catalog", "0026_action_digests")]

    operations = [
        migrations.AlterField(
            model_name="batchitem",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "等待"),
                    ("running", "进行中"),
                    ("done", "已完成"),
                    ("failed", "失败"),
                    ("refused", "模型没有给出内容"),
                    ("skipped", "已跳过"),
                ],
                default="pending",
                max_length=20,
                verbose_name="状态",
            ),
        ),
        online.DropConstraint(model_name="batchitem", name="batchitem_state_known", copied_later=True),
        online.AddCheck(
            model_name="batchitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["pending", "running", "done", "failed", "refused", "skipped"])),
                name="batchitem_state_known",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, count_refused_as_failed, elidable=True),
    ]
