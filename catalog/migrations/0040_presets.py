"""Presets of columns, and who is responsible for a photograph: its 责任者, and the body whose records a collection is."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from catalog.migrations import _online as online

_VERBS = [
    ("collection_created", "建立馆藏"),
    ("collection_changed", "修改馆藏"),
    ("image_imported", "导入图像"),
    ("image_changed", "修改图像"),
    ("group_changed", "调整近似组"),
    ("photo_group_changed", "调整照片组"),
    ("photo_group_described", "修改组合照片说明"),
    ("value_set", "人工著录"),
    ("value_restored", "恢复旧内容"),
    ("draft_accepted", "采用草稿"),
    ("draft_edited", "修改后采用"),
    ("draft_rejected", "退回草稿"),
    ("draft_reworded", "改写草稿"),
    ("draft_withdrawn", "收回草稿"),
    ("draft_proposed", "提出草稿"),
    ("decision_undone", "撤销决定"),
    ("bulk_started", "开始批量改动"),
    ("bulk_ended", "批量改动结束"),
    ("table_started", "开始导入表格"),
    ("table_ended", "导入表格结束"),
    ("conflict_settled", "处理冲突"),
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
    ("lot_recalled", "收回抽检采用的内容"),
    ("prompt_revised", "修订提示词"),
    ("catalogue_exported", "导出目录"),
    ("knowledge_changed", "修改知识库"),
    ("account_created", "建立账户"),
    ("account_changed", "修改账户"),
    ("role_given", "授予角色"),
    ("role_taken", "收回角色"),
    ("log_exported", "导出操作记录"),
    ("disclosure_migrated", "升级时设定开放标识"),
    ("disclosure_proposed", "开放初审"),
    ("disclosure_confirmed", "开放复审"),
    ("disclosure_refused", "退回开放初审"),
    ("disclosure_taken_back", "收回开放初审"),
    ("disclosure_withdrawn", "撤回开放"),
    ("secrecy_found", "发现密级标志，停用"),
    ("secrecy_cleared", "解除疑似涉密"),
    ("words_changed", "修改开放审核词表"),
    ("preset_changed", "修改导出预设"),
]


def restore_trigger(apps, schema_editor):
    """Make the action log immutable again where its table was copied."""
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
    dependencies = [
        ("catalog", "0039_exports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ExportPreset",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=60, unique=True, verbose_name="代号")),
                ("name", models.CharField(max_length=120, verbose_name="名称")),
                ("about", models.TextField(blank=True, verbose_name="说明")),
                ("definition", models.JSONField(default=dict, verbose_name="栏目")),
                ("revision", models.PositiveIntegerField(default=1, editable=False, verbose_name="版次")),
                ("changed_at", models.DateTimeField(auto_now=True, verbose_name="修改时间")),
                (
                    "changed_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="修改者",
                    ),
                ),
            ],
            options={
                "verbose_name": "导出预设",
                "verbose_name_plural": "导出预设",
                "ordering": ["name", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("key", ""), _negated=True), name="exportpreset_key_not_empty"
                    )
                ],
            },
        ),
        online.AddColumn(
            model_name="collection",
            name="creator",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="这份馆藏是哪个单位形成的；导出时，没有责任者和摄影者的照片用它作责任者。",
                max_length=200,
                verbose_name="立档单位",
            ),
        ),
        online.AddColumn(
            model_name="image",
            name="responsibility",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="对照片内容负责的个人或单位。空着时，导出用摄影者，没有摄影者再用馆藏的立档单位。",
                max_length=200,
                verbose_name="责任者",
            ),
        ),
        # SQLite copies the table of the action log for its new check, and the trigger stays with the old one.
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
