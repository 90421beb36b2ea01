"""Who in the house may look (`access`) and what is open to the public (`disclosure`) become two things.

What the public has seen until now stays open, and says so: there were no examiners, and none are invented. What was
marked open in a collection that is not public has been seen by nobody, and waits for an examination.
"""

import json

import django.db.models.deletion
from django.conf import settings
from django.db import connection, migrations, models, transaction
from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.masking import masked_together
from catalog.migrations import _online as online
from catalog.texts import unbroken

_AT_ONCE = 2000
_OPEN = ("disclosure", "open")
_BASIS = "升级前已公开"
_COLUMNS = (
    "title", "description", "event", "date_text", "place", "people", "background", "photographer", "keywords",
    "transcription", "tone", "notes",
)  # fmt: skip

ACCESS_KNOWN = models.CheckConstraint(
    condition=Q(("access__in", ["internal", "restricted"])), name="image_access_known"
)
_CHECKS = [
    models.CheckConstraint(
        condition=Q(("disclosure__in", ["unexamined", "open", "deferred", "controlled"])),
        name="image_disclosure_known",
    ),
    models.CheckConstraint(
        condition=Q(("classification__in", ["", "internal", "secret", "confidential", "top_secret"])),
        name="image_classification_known",
    ),
    models.CheckConstraint(
        condition=Q(
            Q(_OPEN, _negated=True),
            Q(
                ("disclosure_decided_on__isnull", False),
                Q(("disclosure_basis", ""), _negated=True),
                Q(
                    ("disclosure_before_upgrade", True),
                    Q(
                        ("disclosure_first_examiner__isnull", False),
                        ("disclosure_second_examiner__isnull", False),
                        Q(("disclosure_first_examiner", models.F("disclosure_second_examiner")), _negated=True),
                    ),
                    _connector="OR",
                ),
            ),
            _connector="OR",
        ),
        name="image_opened_by_two_people",
        violation_error_message="开放须有依据、日期和两名不同的审核人（初审、复审）。",
    ),
    models.CheckConstraint(
        condition=Q(Q(_OPEN, _negated=True), Q(("access", "restricted"), _negated=True), _connector="OR"),
        name="image_open_is_not_restricted",
        violation_error_message="仅审核员可见的记录不能开放。",
    ),
    models.CheckConstraint(
        condition=Q(Q(("disclosure", "deferred"), _negated=True), ("disclosure_until__isnull", False), _connector="OR"),
        name="image_deferred_until_a_day",
        violation_error_message="延期开放须写明延到哪一天。",
    ),
    models.CheckConstraint(
        condition=Q(
            Q(("classification__in", ["secret", "confidential", "top_secret"]), _negated=True),
            ("secrecy_hold", True),
            _connector="OR",
        ),
        name="image_state_secret_is_held",
        violation_error_message="标为绝密、机密、秘密的记录须停用。",
    ),
]


def part(apps, schema_editor):
    """Make two of the one column; where others write meanwhile, once more what came in before the check held."""
    images = apps.get_model("catalog", "Image")
    _part(images, schema_editor)
    if online.is_online(schema_editor):
        online.add_check(schema_editor, images, ACCESS_KNOWN)
        _part(images, schema_editor)


def _part(model, schema_editor):
    images = model.objects.using(schema_editor.connection.alias)
    last = images.aggregate(last=Max("pk"))["last"] or 0
    opened = {
        "access": "internal",
        "disclosure": "open",
        "disclosure_basis": _BASIS,
        "disclosure_decided_on": timezone.localdate(),
        "disclosure_before_upgrade": True,
    }
    for first in range(1, last + 1, _AT_ONCE):
        some = images.filter(pk__gte=first, pk__lt=first + _AT_ONCE, access="open")
        some.filter(collection__is_public=True).update(**opened)
        some.update(access="internal")


def put_together(apps, schema_editor):
    """Earlier versions know one column; what was examined since is open in it, too."""
    images = apps.get_model("catalog", "Image").objects.using(schema_editor.connection.alias)
    images.filter(disclosure="open", access="internal", secrecy_hold=False).update(access="open")


def mask(apps, schema_editor):
    """Write the texts that hold personal numbers as the public is to read and search them."""
    images = apps.get_model("catalog", "Image").objects.using(schema_editor.connection.alias)
    every = images.order_by("pk").select_for_update().values_list("pk", *_COLUMNS)
    last = 0
    while True:
        with transaction.atomic(using=schema_editor.connection.alias):
            some = list(every.filter(pk__gt=last)[:_AT_ONCE])
            for key, *texts in some:
                transcription = texts[_COLUMNS.index("transcription")]
                if told := masked_together([*texts, unbroken(transcription)]):
                    images.filter(pk=key).update(masked_text=told)
        if not some:
            return
        last = some[-1][0]


def log(apps, schema_editor):
    """Write into the log what became of the records of each collection; once, should this be run again."""
    actions = apps.get_model("catalog", "Action").objects.using(schema_editor.connection.alias)
    collections = apps.get_model("catalog", "Collection").objects.using(schema_editor.connection.alias)
    told = set(actions.filter(verb="disclosure_migrated").values_list("collection_id", flat=True))
    kept = Count("images", filter=Q(images__disclosure="open", images__disclosure_before_upgrade=True))
    waiting = Count("images", filter=Q(images__disclosure="unexamined"))
    for collection in collections.exclude(pk__in=told).annotate(kept=kept, waiting=waiting).order_by("pk"):
        if collection.kept or collection.waiting:
            actions.create(
                verb="disclosure_migrated",
                label=collection.title[:300],
                collection_id=collection.pk,
                details={"public": collection.is_public, "open": collection.kept, "unexamined": collection.waiting},
            )


class Migration(online.OnlineMigration):
    dependencies = [
        ("catalog", "0034_disclosure_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        online.AddColumn(
            model_name="image",
            name="disclosure",
            field=models.CharField(
                choices=[("unexamined", "未审核"), ("open", "开放"), ("deferred", "延期开放"), ("controlled", "控制")],
                db_default="unexamined",
                default="unexamined",
                editable=False,
                max_length=20,
                verbose_name="开放标识",
            ),
        ),
        online.AddColumn(
            model_name="image",
            name="disclosure_until",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="延期至"),
        ),
        online.AddColumn(
            model_name="image",
            name="disclosure_basis",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=300, verbose_name="开放依据"
            ),
        ),
        online.AddColumn(
            model_name="image",
            name="disclosure_decided_on",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="审定日期"),
        ),
        online.AddColumn(
            model_name="image",
            name="disclosure_first_examiner",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="初审",
            ),
        ),
        online.AddColumn(
            model_name="image",
            name="disclosure_second_examiner",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="复审",
            ),
        ),
        online.AddColumn(
            model_name="image",
            name="disclosure_before_upgrade",
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name="升级前已公开"),
        ),
        online.AddColumn(
            model_name="image",
            name="classification",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "无"),
                    ("internal", "内部"),
                    ("secret", "秘密"),
                    ("confidential", "机密"),
                    ("top_secret", "绝密"),
                ],
                db_default="",
                default="",
                max_length=20,
                verbose_name="密级",
            ),
        ),
        online.AddColumn(
            model_name="image",
            name="secrecy_hold",
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name="疑似涉密"),
        ),
        online.AddColumn(
            model_name="image",
            name="masked_text",
            field=models.TextField(blank=True, db_default="", default="", editable=False),
        ),
        migrations.AlterField(
            model_name="image",
            name="access",
            field=models.CharField(
                choices=[("internal", "全体成员"), ("restricted", "仅审核员")],
                default="internal",
                max_length=20,
                verbose_name="内部可见",
            ),
        ),
        # Backwards, the records are put together when the check of earlier versions is not there yet.
        online.DropConstraint(model_name="image", name="image_access_known", copied_later=True),
        migrations.RunPython(part, put_together, elidable=False),
        migrations.RunPython(mask, migrations.RunPython.noop, elidable=False),
        online.AddCheck(model_name="image", constraint=ACCESS_KNOWN, copied_later=True),
        *(online.AddCheck(model_name="image", constraint=check, copied_later=True) for check in _CHECKS[:-1]),
        online.AddCheck(model_name="image", constraint=_CHECKS[-1]),
        online.DropIndex(model_name="image", name="image_in_order"),
        online.AddIndex(
            model_name="image",
            index=models.Index(
                fields=[
                    "collection",
                    "identifier",
                    "id",
                    "access",
                    "disclosure",
                    "secrecy_hold",
                    "status",
                    "facets",
                ],
                name="image_in_order",
            ),
        ),
        online.DropIndex(model_name="image", name="image_by_facets"),
        online.AddIndex(
            model_name="image",
            index=models.Index(
                fields=["collection", "disclosure", "secrecy_hold", "access", "status", "facets"],
                name="image_by_facets",
            ),
        ),
        online.AddIndex(
            model_name="image",
            index=models.Index(
                condition=Q(("disclosure", "deferred")), fields=["disclosure_until"], name="image_deferred_until"
            ),
        ),
        online.AddIndex(
            model_name="image",
            index=models.Index(condition=Q(("secrecy_hold", True)), fields=["collection", "id"], name="image_held"),
        ),
        migrations.RunPython(log, migrations.RunPython.noop, elidable=True),
    ]

    def report(self):
        """Return what became of the records, collection by collection, from the log."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT label, details FROM catalog_action WHERE verb = 'disclosure_migrated' ORDER BY id")
            entries = cursor.fetchall()
        return [told for label, details in entries for told in _in_words(label, details)]


def _in_words(label, details):
    found = json.loads(details) if isinstance(details, str) else details
    if found["open"]:
        yield _("馆藏“%(title)s”：%(open)d 幅升级前已公开，开放标识记为“开放”，依据“升级前已公开”，照旧公开。") % {
            "title": label,
            "open": found["open"],
        }
    if found["unexamined"]:
        yield _("馆藏“%(title)s”：%(unexamined)d 幅开放标识记为“未审核”，不对外公开；开放须经初审和复审。") % {
            "title": label,
            "unexamined": found["unexamined"],
        }
