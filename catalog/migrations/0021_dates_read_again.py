from collections import defaultdict
from datetime import date
from functools import lru_cache

from django.db import migrations, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from catalog import dates
from catalog.migrations import _online as online

_AT_ONCE = 2000
_COLUMNS = ("date_start", "date_end", "date_unread")

ORDERED = models.CheckConstraint(
    condition=models.Q(
        ("date_start__isnull", True),
        ("date_end__isnull", True),
        ("date_start__lte", models.F("date_end")),
        _connector="OR",
    ),
    name="image_date_range_ordered",
)
OF_A_TEXT_THAT_WAS_READ = models.CheckConstraint(
    condition=models.Q(
        models.Q(("date_end__isnull", True), ("date_start__isnull", True)),
        models.Q(models.Q(("date_text", ""), _negated=True), ("date_unread", False)),
        _connector="OR",
    ),
    name="image_date_range_of_a_text_that_was_read",
)
UNREAD_WHERE_THERE_IS_A_TEXT = models.CheckConstraint(
    condition=models.Q(("date_unread", False), models.Q(("date_text", ""), _negated=True), _connector="OR"),
    name="image_date_unread_where_there_is_a_text",
)


def read_again(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Read all accepted date texts again: more of them are understood now, and what is not is marked."""
    images = apps.get_model("catalog", "Image").objects
    # An empty text is marked where the version before emptied it after it had been marked.
    dated = images.exclude(date_text="", date_unread=False)
    # Locked: somebody may be writing another date into the same record.
    dated = dated.order_by("pk").select_for_update().values_list("pk", "date_text", *_COLUMNS)
    last = 0
    # By key, not by an open cursor: rows are written while others are still to be read.
    while True:
        with transaction.atomic(using=schema_editor.connection.alias):
            some = list(dated.filter(pk__gt=last)[:_AT_ONCE])
            changed = defaultdict(list)
            for key, text, *before in some:
                if _read(text) != tuple(before):
                    changed[_read(text)].append(key)
            for values, keys in changed.items():
                images.filter(pk__in=keys).update(**dict(zip(_COLUMNS, values, strict=True)))
        if not some:
            return
        last = some[-1][0]


def read_once_more(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Where others write meanwhile, read again what they changed before the checks held for them."""
    if online.is_online(schema_editor):
        for check in (ORDERED, OF_A_TEXT_THAT_WAS_READ, UNREAD_WHERE_THERE_IS_A_TEXT):
            online.add_check(schema_editor, apps.get_model("catalog", "Image"), check)
        read_again(apps, schema_editor)


# Records of one box bear the same dates.
@lru_cache(maxsize=10_000)
def _read(text: str) -> tuple[date | None, date | None, bool]:
    """Return what a date text means, for the three columns."""
    found = dates.parse(text)
    return (found.start if found else None, found.end if found else None, dates.is_unread(text))


def close_ranges(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take back ranges that are open to one side, which earlier versions cannot hold; the texts stay."""
    images = apps.get_model("catalog", "Image").objects
    half = models.Q(date_start__isnull=True) ^ models.Q(date_end__isnull=True)
    images.filter(half).update(date_start=None, date_end=None)


class Migration(online.OnlineMigration):
    dependencies = [("catalog", "0020_documents_beside_their_pages")]

    operations = [
        online.DropConstraint(model_name="image", name="image_date_range_ordered"),
        migrations.RunPython(migrations.RunPython.noop, close_ranges, elidable=True),
        online.AddColumn(
            model_name="image",
            name="date_unread",
            field=models.BooleanField(default=False, editable=False, verbose_name="时间未识别"),
        ),
        migrations.RunPython(read_again, migrations.RunPython.noop, elidable=True),
        online.AddIndex(
            model_name="image",
            index=models.Index(
                condition=models.Q(("date_unread", True)), fields=["collection", "id"], name="image_by_unread_date"
            ),
        ),
        migrations.RunPython(read_once_more, migrations.RunPython.noop, elidable=True),
        online.AddCheck(model_name="image", constraint=ORDERED, copied_later=True),
        online.AddCheck(model_name="image", constraint=OF_A_TEXT_THAT_WAS_READ, copied_later=True),
        online.AddCheck(model_name="image", constraint=UNREAD_WHERE_THERE_IS_A_TEXT),
    ]
