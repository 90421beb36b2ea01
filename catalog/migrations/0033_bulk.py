"""Bulk changes, and the frozen lists of what their previews showed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KINDS = [("accept", "采用草稿"), ("reject", "退回草稿"), ("set", "填写一项"), ("replace", "查找替换"), ("undo", "撤销")]
STATES = [
    ("preview", "预览，尚未执行"),
    ("pending", "等待"),
    ("running", "进行中"),
    ("done", "已完成"),
    ("cancelled", "已取消"),
    ("failed", "中途停止"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0032_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=KINDS, max_length=20, verbose_name="操作")),
                ("parameters", models.JSONField(blank=True, default=dict, verbose_name="参数")),
                ("selection", models.TextField(blank=True, verbose_name="范围")),
                ("state", models.CharField(choices=STATES, default="preview", max_length=20, verbose_name="状态")),
                ("reason", models.TextField(blank=True, verbose_name="说明")),
                ("records", models.PositiveIntegerField(default=0, verbose_name="要改的记录数")),
                ("fields", models.PositiveIntegerField(default=0, verbose_name="要改的项数")),
                ("left_out", models.JSONField(blank=True, default=dict, verbose_name="预览时不改的")),
                ("done_records", models.PositiveIntegerField(default=0, verbose_name="已改的记录数")),
                ("done_fields", models.PositiveIntegerField(default=0, verbose_name="已改的项数")),
                ("skipped", models.JSONField(blank=True, default=dict, verbose_name="执行时跳过的")),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="尝试次数")),
                ("claim", models.UUIDField(blank=True, editable=False, null=True, verbose_name="认领令牌")),
                ("owner", models.CharField(blank=True, editable=False, max_length=200, verbose_name="认领进程")),
                ("lease_until", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="租约到期")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="建立时间")),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="开始时间")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="完成时间")),
                (
                    "collections",
                    models.ManyToManyField(blank=True, related_name="+", to="catalog.collection", verbose_name="馆藏"),
                ),
                (
                    "undoes",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="undone_by",
                        to="catalog.bulkchange",
                        verbose_name="撤销的改动",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bulk_changes",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="用户",
                    ),
                ),
            ],
            options={
                "verbose_name": "批量改动",
                "verbose_name_plural": "批量改动",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["state", "id"], name="bulkchange_by_state")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", [kind for kind, _label in KINDS])),
                        name="bulkchange_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", [state for state, _label in STATES])),
                        name="bulkchange_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("claim__isnull", False), ("lease_until__isnull", False), ("state", "running")),
                            models.Q(
                                models.Q(("state", "running"), _negated=True),
                                ("claim__isnull", True),
                                ("lease_until__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="bulkchange_lease_only_while_running",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BulkChunk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField(verbose_name="次序")),
                ("records", models.JSONField(default=list, verbose_name="记录")),
                ("entries", models.JSONField(blank=True, default=list, verbose_name="操作记录")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="完成时间")),
                (
                    "change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chunks",
                        to="catalog.bulkchange",
                        verbose_name="批量改动",
                    ),
                ),
            ],
            options={
                "verbose_name": "批量改动的一段",
                "verbose_name_plural": "批量改动的各段",
                "ordering": ["change_id", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=("change", "position"), name="bulkchunk_position_once_per_change")
                ],
            },
        ),
    ]
