from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from catalog import dates

_AT_ONCE = 500


def read_again(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Read all accepted date texts again: more of them are understood now, and what is not is marked."""
    image_model = apps.get_model("catalog", "Image")
    columns = ("date_start", "date_end", "date_unread")
    images = image_model.objects.exclude(date_text="").order_by("pk").only("pk", "date_text", *columns)
    last = 0
    # By key, not by an open cursor: rows are written while others are still to be read.
    while some := list(images.filter(pk__gt=last)[:_AT_ONCE]):
        changed = [image for image in some if _read(image)]
        image_model.objects.bulk_update(changed, columns)
        last = some[-1].pk


def _read(image: models.Model) -> bool:
    """Write what a date text means into its columns, and tell whether that is something else than before."""
    found = dates.parse(image.date_text)
    now = (found.start if found else None, found.end if found else None, dates.is_unread(image.date_text))
    before = (image.date_start, image.date_end, image.date_unread)
    image.date_start, image.date_end, image.date_unread = now
    return now != before


def close_ranges(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take back ranges that are open to one side, which earlier versions cannot hold; the texts stay."""
    images = apps.get_model("catalog", "Image").objects
    half = models.Q(date_start__isnull=True) ^ models.Q(date_end__isnull=True)
    images.filter(half).update(date_start=None, date_end=None)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0020_documents_beside_their_pages")]

    operations = [
        migrations.RemoveConstraint(model_name="image", name="image_date_range_ordered"),
        migrations.RunPython(migrations.RunPython.noop, close_ranges, elidable=True),
        migrations.AddField(
            model_name="image",
            name="date_unread",
            field=models.BooleanField(default=False, editable=False, verbose_name="时间未识别"),
        ),
        migrations.RunPython(read_again, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                condition=models.Q(("date_unread", True)), fields=["collection", "id"], name="image_by_unread_date"
            ),
        ),
        migrations.AddConstraint(
            model_name="image",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("date_start__isnull", True),
                    ("date_end__isnull", True),
                    ("date_start__lte", models.F("date_end")),
                    _connector="OR",
                ),
                name="image_date_range_ordered",
            ),
        ),
        migrations.AddConstraint(
            model_name="image",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("date_end__isnull", True), ("date_start__isnull", True)),
                    models.Q(models.Q(("date_text", ""), _negated=True), ("date_unread", False)),
                    _connector="OR",
                ),
                name="image_date_range_of_a_text_that_was_read",
            ),
        ),
        migrations.AddConstraint(
            model_name="image",
            constraint=models.CheckConstraint(
                condition=models.Q(("date_unread", False), models.Q(("date_text", ""), _negated=True), _connector="OR"),
                name="image_date_unread_where_there_is_a_text",
            ),
        ),
    ]
