"""A value knows by which audit it was accepted, and whether it is held back; the action log knows what is done with lots."""

import django.db.models.deletion
from django.db import models
from django.db.models import Q

from catalog.migrations import _online as online


class Migration(online.OnlineMigration):
    dependencies = [("catalog", "0036_audits")]

    operations = [
        online.AddReference(
            model_name="annotation",
            name="audit",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="annotations",
                to="catalog.audit",
                verbose_name="抽检",
            ),
        ),
        online.AddColumn(
            model_name="annotation",
            name="held",
            field=models.BooleanField(db_default=False, default=False, verbose_name="尚未公开"),
        ),
        online.AddCheck(
            model_name="annotation",
            constraint=models.CheckConstraint(
                condition=Q(("held", False), ("audit__isnull", False), _connector="OR"),
                name="annotation_held_by_an_audit",
            ),
        ),
        online.AddIndex(
            model_name="annotation",
            index=models.Index(condition=Q(("audit__isnull", False)), fields=["audit"], name="annotation_by_audit"),
        ),
    ]
