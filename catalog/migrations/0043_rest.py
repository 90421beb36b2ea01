"""What programs were answered by the name that they gave a request, and the entry for drafts that they propose."""

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
    dependencies = [
        ("catalog", "0041_table_imports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=100, verbose_name="幂等键")),
                ("digest", models.CharField(max_length=64, verbose_name="请求摘要")),
                ("status", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="状态码")),
                ("headers", models.JSONField(blank=True, default=dict, verbose_name="响应头")),
                ("body", models.TextField(blank=True, verbose_name="响应体")),
                ("claim", models.UUIDField(blank=True, editable=False, null=True, verbose_name="认领令牌")),
                ("claimed_until", models.DateTimeField(blank=True, null=True, verbose_name="认领到期")),
                ("expires_at", models.DateTimeField(verbose_name="保存到")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="用户",
                    ),
                ),
            ],
            options={
                "verbose_name": "幂等键",
                "verbose_name_plural": "幂等键",
                "indexes": [models.Index(fields=["expires_at"], name="idempotencykey_expiry")],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "key"), name="idempotencykey_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__isnull", False),
                            models.Q(("claim__isnull", False), ("claimed_until__isnull", False)),
                            _connector="OR",
                        ),
                        name="idempotencykey_answered_or_claimed",
                    ),
                ],
            },
        ),
    ]
