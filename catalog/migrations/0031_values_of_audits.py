"""A value knows by which audit it was accepted, and whether it is held back; the action log knows what is done with lots."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from catalog.migrations import _online as online

_VERBS = [
    ("collection_created", "建立馆藏"),
    ("collection_changed", "修改馆藏"),
    ("image_imported", "导入图像"),
    ("image_changed", "修改图像"),
    ("group_changed", "调整近似组"),
    ("value_set", "人工著录"),
    ("draft_accepted", "采用草稿"),
    ("draft_edited", "修改后采用"),
    ("draft_rejected", "退回草稿"),
    ("decision_undone", "撤销决定"),
    ("batch_created", "建立批次"),
    ("batch_paused", "暂停批次"),
    ("batch_resumed", "继续批次"),
    ("batch_retried", "重试批次中失败的图像"),
    ("batch_cancelled", "取消批次"),
    ("batch_finished", "完成批次"),
    ("audit_planned", "安排抽检"),
    ("audit_judged", "抽检判定"),
    ("audit_closed", "处置抽检批"),
    ("lot_accepted", "抽检后成批采用"),
    ("lot_released", "公开抽检采用的内容"),
    ("lot_rejected", "成批退回抽检批"),
    ("prompt_revised", "修订提示词"),
    ("catalogue_exported", "导出目录"),
    ("knowledge_changed", "修改知识库"),
]


def restore_trigger(apps, schema_editor):
    """SQLite copies the table of the action log for its new check, and the trigger stays with the old one."""
    if schema_editor.connection.vendor != "sqlite":
        return
    schema_editor.execute("DROP TRIGGER IF EXISTS catalog_action_immutable")
    schema_editor.execute(
        """
        CREATE TRIGGER catalog_action_immutable BEFORE UPDATE ON catalog_action
        BEGIN SELECT RAISE(ABORT, 'catalog_action rows are immutable'); END
        """
    )


class Migration(online.OnlineMigration):
    dependencies = [("catalog", "0031_audits")]

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
        # Backwards the operations run from the last to the first: the trigger is restored after either copying.
        migrations.RunPython(migrations.RunPython.noop, restore_trigger),
        online.DropConstraint(model_name="action", name="action_verb_known", copied_later=True),
        migrations.AlterField(
            model_name="action",
            name="verb",
            field=models.CharField(choices=_VERBS, max_length=40, verbose_name="动作"),
        ),
        online.AddCheck(
            model_name="action",
            constraint=models.CheckConstraint(
                condition=models.Q(("verb__in", [value for value, _label in _VERBS])), name="action_verb_known"
            ),
        ),
        migrations.RunPython(restore_trigger, migrations.RunPython.noop),
    ]
