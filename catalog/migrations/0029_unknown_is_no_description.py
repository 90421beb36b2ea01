"""What is no description is said apart: a record with 待考 in a field, and an image that the model said nothing of."""

from django.db import migrations, models
from django.db.models import Max, Q

from catalog.migrations import _online as online

_AT_ONCE = 2000
_COLUMNS = (
    "title", "description", "event", "date_text", "place", "people", "background", "photographer", "keywords",
    "transcription", "tone", "notes",
)  # fmt: skip
_WORDS = ("待考", "待考证", "待查", "待查证", "待核实")
_WRITTEN_AS = ("{}", "{}。", "（{}）", "({})", "[{}]", "［{}］", "【{}】", "〔{}〕")
LEFT_OPEN = [form.format(word) for word in _WORDS for form in _WRITTEN_AS]


def mark_left_open(apps, schema_editor):
    """Have records with 待考 in a field stand as such, some thousands at a time.

    What waits for review goes on waiting. What a site of the version before still saves with 待考 in it stands as
    described until somebody saves it again.
    """
    images = apps.get_model("catalog", "Image").objects.using(schema_editor.connection.alias)
    left_open = Q(*((f"{column}__in", LEFT_OPEN) for column in _COLUMNS), _connector=Q.OR)
    last = images.aggregate(last=Max("pk"))["last"] or 0
    for first in range(1, last + 1, _AT_ONCE):
        some = images.filter(pk__gte=first, pk__lt=first + _AT_ONCE, status="described")
        some.filter(left_open).update(status="to_research")


def forget(apps, schema_editor):
    """Earlier versions know neither."""
    alias = schema_editor.connection.alias
    apps.get_model("catalog", "Image").objects.using(alias).filter(status="to_research").update(status="described")
    apps.get_model("catalog", "BatchItem").objects.using(alias).filter(state="refused").update(state="failed")


class Migration(online.OnlineMigration):
    dependencies = [("catalog", "0028_decisions_undone")]

    operations = [
        migrations.AlterField(
            model_name="image",
            name="status",
            field=models.CharField(
                choices=[
                    ("undescribed", "未著录"),
                    ("to_review", "待审核"),
                    ("rejected", "已退回"),
                    ("to_research", "待考"),
                    ("described", "已著录"),
                ],
                default="undescribed",
                editable=False,
                max_length=20,
                verbose_name="状态",
            ),
        ),
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
        online.DropConstraint(model_name="image", name="image_status_known", copied_later=True),
        online.AddCheck(
            model_name="image",
            constraint=models.CheckConstraint(
                condition=Q(("status__in", ["undescribed", "to_review", "rejected", "to_research", "described"])),
                name="image_status_known",
            ),
        ),
        online.DropConstraint(model_name="batchitem", name="batchitem_state_known", copied_later=True),
        online.AddCheck(
            model_name="batchitem",
            constraint=models.CheckConstraint(
                condition=Q(("state__in", ["pending", "running", "done", "failed", "refused", "skipped"])),
                name="batchitem_state_known",
            ),
        ),
        migrations.RunPython(mark_left_open, forget, elidable=True),
    ]
