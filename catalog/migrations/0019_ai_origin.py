"""Which texts began as a model's: told so far by who wrote the last row, from now on kept in a column of its own."""

from django.db import migrations, models
from django.db.models import Exists, Max, OuterRef, Q

from catalog.migrations import _online as online

_AT_ONCE = 5000

KEPT = models.CheckConstraint(
    condition=(~Q(source="model") & Q(run__isnull=True)) | Q(ai_origin=True),
    name="annotation_ai_origin_kept",
)


def find_origins(apps, schema_editor):
    """Mark a model's texts, and what people wrote where one had been before their eyes.

    Rows say who wrote them and when, not what was shown: an earlier text of the model for the same field counts, unless
    somebody else had rejected it by then.
    """
    annotations = apps.get_model("catalog", "Annotation").objects.using(schema_editor.connection.alias)
    earlier = annotations.filter(
        Q(decided_by=OuterRef("created_by")) | ~Q(state="rejected"),
        image=OuterRef("image"), field=OuterRef("field"), source="model", pk__lt=OuterRef("pk"),
    )  # fmt: skip
    last = annotations.aggregate(last=Max("pk"))["last"] or 0
    # Some at a time: where each change is a transaction of its own, nobody waits long for the rows of one.
    for first in range(1, last + 1, _AT_ONCE):
        some = annotations.filter(pk__gte=first, pk__lt=first + _AT_ONCE, ai_origin=False)
        some.filter(source="model").update(ai_origin=True)
        some.filter(Exists(earlier), source="person").update(ai_origin=True)


def find_and_keep(apps, schema_editor):
    """Mark the rows; where others write meanwhile, once more those that came in before the check held for them."""
    find_origins(apps, schema_editor)
    if online.is_online(schema_editor):
        online.add_check(schema_editor, apps.get_model("catalog", "Annotation"), KEPT)
        find_origins(apps, schema_editor)


class Migration(online.OnlineMigration):
    dependencies = [("catalog", "0018_doubts_beside_lengths")]

    operations = [
        online.AddColumn(
            model_name="annotation",
            name="ai_origin",
            field=models.BooleanField(db_default=False, default=False, verbose_name="出自 AI"),
        ),
        migrations.RunPython(find_and_keep, migrations.RunPython.noop, elidable=False),
        online.AddCheck(model_name="annotation", constraint=KEPT),
    ]
