"""Tables that come back, and conflicts between what they bring and what stands in the record."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from catalog.migrations import _online as online


class Migration(online.OnlineMigration):
    dependencies = [
        ("catalog", "0040_presets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Conflict",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field", models.CharField(max_length=40, verbose_name="著录项")),
                ("base", models.TextField(blank=True, null=True, verbose_name="原来的")),
                ("theirs", models.TextField(blank=True, verbose_name="目录里的")),
                ("mine", models.TextField(blank=True, verbose_name="带来的")),
                ("ai_origin", models.BooleanField(db_default=False, default=False, verbose_name="出自 AI")),
                ("origin", models.CharField(blank=True, max_length=300, verbose_name="来自")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "待处理"),
                            ("kept", "保留了目录里的"),
                            ("taken", "改用了带来的"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="open",
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="发现时间")),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="处理时间")),
            ],
            options={
                "verbose_name": "冲突",
                "verbose_name_plural": "冲突",
                "ordering": ["image_id", "pk"],
            },
        ),
        migrations.CreateModel(
            name="TableImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="标识")),
                ("file_name", models.CharField(max_length=300, verbose_name="文件名")),
                ("sha256", models.CharField(blank=True, max_length=64, verbose_name="SHA-256")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "等待检查"),
                            ("checking", "正在检查"),
                            ("unreadable", "读不了"),
                            ("checked", "已检查，尚未导入"),
                            ("pending", "等待导入"),
                            ("running", "正在导入"),
                            ("done", "已导入"),
                            ("cancelled", "已取消"),
                            ("failed", "中途停止"),
                            ("undo_pending", "等待撤销"),
                            ("undoing", "正在撤销"),
                            ("undone", "已撤销"),
                        ],
                        default="waiting",
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="说明")),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="表格行数")),
                ("checked_rows", models.PositiveIntegerField(default=0, verbose_name="已检查行数")),
                ("records", models.PositiveIntegerField(default=0, verbose_name="要改的记录数")),
                ("cells", models.PositiveIntegerField(default=0, verbose_name="要改的格数")),
                ("conflicts", models.PositiveIntegerField(default=0, verbose_name="冲突的格数")),
                ("findings", models.JSONField(blank=True, default=dict, verbose_name="检查结果")),
                ("done_records", models.PositiveIntegerField(default=0, verbose_name="已改的记录数")),
                ("done_cells", models.PositiveIntegerField(default=0, verbose_name="已改的格数")),
                ("done_conflicts", models.PositiveIntegerField(default=0, verbose_name="已列出的冲突")),
                ("undone_cells", models.PositiveIntegerField(default=0, verbose_name="已撤销的格数")),
                ("skipped", models.JSONField(blank=True, default=dict, verbose_name="导入时跳过的")),
                ("kept", models.JSONField(blank=True, default=dict, verbose_name="撤销时保留的")),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="尝试次数")),
                ("claim", models.UUIDField(blank=True, editable=False, null=True, verbose_name="认领令牌")),
                ("owner", models.CharField(blank=True, editable=False, max_length=200, verbose_name="认领进程")),
                ("lease_until", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="租约到期")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="建立时间")),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="开始时间")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="完成时间")),
            ],
            options={
                "verbose_name": "表格导入",
                "verbose_name_plural": "表格导入",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="TableImportChunk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField(verbose_name="次序")),
                ("records", models.JSONField(default=list, verbose_name="记录")),
                ("entries", models.JSONField(blank=True, default=list, verbose_name="操作记录")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="完成时间")),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="撤销时间")),
            ],
            options={
                "verbose_name": "表格导入的一段",
                "verbose_name_plural": "表格导入的各段",
                "ordering": ["table_id", "position"],
            },
        ),
        migrations.AddField(
            model_name="conflict",
            name="image",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="conflicts",
                to="catalog.image",
                verbose_name="图像",
            ),
        ),
        migrations.AddField(
            model_name="conflict",
            name="settled_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="处理者",
            ),
        ),
        migrations.AddField(
            model_name="conflict",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="带来的人",
            ),
        ),
        migrations.AddField(
            model_name="tableimport",
            name="collection",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="catalog.collection",
                verbose_name="馆藏",
            ),
        ),
        migrations.AddField(
            model_name="tableimport",
            name="collections",
            field=models.ManyToManyField(
                blank=True, related_name="+", to="catalog.collection", verbose_name="涉及的馆藏"
            ),
        ),
        migrations.AddField(
            model_name="tableimport",
            name="undoer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="撤销者",
            ),
        ),
        migrations.AddField(
            model_name="tableimport",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="table_imports",
                to=settings.AUTH_USER_MODEL,
                verbose_name="用户",
            ),
        ),
        migrations.AddField(
            model_name="conflict",
            name="table",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="found",
                to="catalog.tableimport",
                verbose_name="表格导入",
            ),
        ),
        migrations.AddField(
            model_name="tableimportchunk",
            name="table",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="chunks",
                to="catalog.tableimport",
                verbose_name="表格导入",
            ),
        ),
        migrations.AddIndex(
            model_name="tableimport",
            index=models.Index(fields=["state", "id"], name="tableimport_by_state"),
        ),
        migrations.AddConstraint(
            model_name="tableimport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "waiting",
                            "checking",
                            "unreadable",
                            "checked",
                            "pending",
                            "running",
                            "done",
                            "cancelled",
                            "failed",
                            "undo_pending",
                            "undoing",
                            "undone",
                        ],
                    )
                ),
                name="tableimport_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="tableimport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("claim__isnull", False),
                        ("lease_until__isnull", False),
                        ("state__in", ["checking", "running", "undoing"]),
                    ),
                    models.Q(
                        models.Q(("state__in", ["checking", "running", "undoing"]), _negated=True),
                        ("claim__isnull", True),
                        ("lease_until__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="tableimport_lease_only_at_work",
            ),
        ),
        migrations.AddIndex(
            model_name="conflict",
            index=models.Index(condition=models.Q(("state", "open")), fields=["image", "id"], name="conflict_open"),
        ),
        migrations.AddConstraint(
            model_name="conflict",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "kept", "taken", "withdrawn"])), name="conflict_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="conflict",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("settled_at__isnull", True), ("state", "open")),
                    models.Q(models.Q(("state", "open"), _negated=True), ("settled_at__isnull", False)),
                    _connector="OR",
                ),
                name="conflict_settled_has_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="tableimportchunk",
            constraint=models.UniqueConstraint(
                fields=("table", "position"), name="tableimportchunk_position_once_per_table"
            ),
        ),
    ]
