from collections import defaultdict

from django.db import migrations, models, transaction

from catalog.facets import facets_of
from catalog.migrations import _online as online

_AT_ONCE = 2000
_TOLD = ("image_id", "state", "field", "source", "ai_origin", "flag", "evidence")


def tell_facets(apps, schema_editor):
    """Write the facets of all images, some at a time; each is locked, for somebody may be reviewing it."""
    images = apps.get_model("catalog", "Image").objects
    annotations = apps.get_model("catalog", "Annotation").objects
    columns = ("pk", "date_start", "date_end", "date_unread", "facets")
    every = images.order_by("pk").select_for_update().values_list(*columns, named=True)
    last = 0
    while True:
        with transaction.atomic(using=schema_editor.connection.alias):
            some = list(every.filter(pk__gt=last)[:_AT_ONCE])
            if not some:
                return
            _write(images, annotations, some)
        last = some[-1].pk


def _write(images, annotations, some):
    told = defaultdict(list)
    current = annotations.filter(image__gte=some[0].pk, image__lte=some[-1].pk, state__in=["draft", "accepted"])
    for item in current.order_by().values_list(*_TOLD, named=True):
        told[item.image_id].append(item)
    changed = defaultdict(list)
    for image in some:
        has_range = image.date_start is not None or image.date_end is not None
        facets = facets_of(told[image.pk], has_range=has_range, date_unread=image.date_unread)
        if facets != image.facets:
            changed[facets].append(image.pk)
    for facets, keys in changed.items():
        images.filter(pk__in=keys).update(facets=facets)


class Migration(online.OnlineMigration):
    dependencies = [("catalog", "0029_unknown_is_no_description")]

    operations = [
        online.AddColumn(
            model_name="image",
            name="facets",
            field=models.BigIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.RunPython(tell_facets, migrations.RunPython.noop, elidable=True),
        online.AddIndex(
            model_name="image",
            index=models.Index(
                fields=["collection", "identifier", "id", "access", "status", "facets"], name="image_in_order"
            ),
        ),
        online.AddIndex(
            model_name="image",
            index=models.Index(fields=["collection", "access", "status", "facets"], name="image_by_facets"),
        ),
        online.DropIndex(model_name="image", name="image_by_identifier"),
    ]
