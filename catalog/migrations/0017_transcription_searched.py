from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_AT_ONCE = 500


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write the unbroken text of the transcriptions that were accepted before there was a column for it."""
    image_model = apps.get_model("catalog", "Image")
    images = image_model.objects.exclude(transcription="").order_by("pk").only("pk", "transcription")
    last = 0
    # By key, not by an open cursor: rows are written while others are still to be read.
    while some := list(images.filter(pk__gt=last)[:_AT_ONCE]):
        for image in some:
            image.transcription_searched = "".join(image.transcription.split())
        image_model.objects.bulk_update(some, ["transcription_searched"])
        last = some[-1].pk


class Migration(migrations.Migration):
    dependencies = [("catalog", "0016_items_in_turn")]

    operations = [
        migrations.AddField(
            model_name="image",
            name="transcription_searched",
            field=models.TextField(blank=True, editable=False, verbose_name="检索用文字"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name="fixitycheck",
            name="finished_at",
            field=models.DateTimeField(
                blank=True, help_text="空着表示还在进行，或中途停下了。", null=True, verbose_name="结束"
            ),
        ),
    ]
