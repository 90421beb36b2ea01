"""Which texts began as a model's: told so far by who wrote the last row, from now on kept in a column of its own."""

from django.db import migrations, models
from django.db.models import Exists, OuterRef, Q


def find_origins(apps, schema_editor):
    """Mark a model's texts, and what people wrote where one had been before their eyes.

    Rows say who wrote them and when, not what was shown: an earlier text of the model for the same field counts, unless
    somebody else had rejected it by then.
    """
    annotations = apps.get_model("catalog", "Annotation").objects.using(schema_editor.connection.alias)
    annotations.filter(source="model").update(ai_origin=True)
    earlier = annotations.filter(
        Q(decided_by=OuterRef("created_by")) | ~Q(state="rejected"),
        image=OuterRef("image"), field=OuterRef("field"), source="model", pk__lt=OuterRef("pk"),
    )  # fmt: skip
    annotations.filter(Exists(earlier), source="person").update(ai_origin=True)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0018_doubts_beside_lengths")]

    operations = [
        migrations.AddField(
            model_name="annotation",
            name="ai_origin",
            field=models.BooleanField(db_default=False, default=False, verbose_name="出自 AI"),
        ),
        migrations.RunPython(find_origins, migrations.RunPython.noop, elidable=False),
        migrations.AddConstraint(
            model_name="annotation",
            constraint=models.CheckConstraint(
                condition=(~Q(source="model") & Q(run__isnull=True)) | Q(ai_origin=True),
                name="annotation_ai_origin_kept",
            ),
        ),
    ]
