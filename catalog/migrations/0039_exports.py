"""Exports: tables that left the catalogue, and what each of their rows said."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0038_photo_groups"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "key",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name="编号"
                    ),
                ),
                (
                    "format",
                    models.CharField(
                        choices=[("csv", "CSV"), ("xlsx", "Excel 工作簿（XLSX）"), ("jsonl", "JSON Lines")],
                        max_length=20,
                        verbose_name="格式",
                    ),
                ),
                ("preset", models.CharField(blank=True, default="", max_length=200, verbose_name="方案")),
                ("layout", models.JSONField(blank=True, default=dict, verbose_name="列")),
                ("language", models.CharField(blank=True, default="", max_length=20, verbose_name="语言")),
                ("selection", models.TextField(blank=True, verbose_name="范围")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "等待"),
                            ("running", "进行中"),
                            ("done", "已完成"),
                            ("failed", "失败"),
                            ("cancelled", "已取消"),
                            ("expired", "文件已过期"),
                        ],
                        default="pending",
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="说明")),
                ("background", models.BooleanField(default=False, verbose_name="后台")),
                ("records", models.PositiveIntegerField(default=0, verbose_name="记录数")),
                ("done_records", models.PositiveIntegerField(default=0, verbose_name="已写的记录数")),
                ("left_out", models.PositiveIntegerField(default=0, verbose_name="未写入的记录数")),
                ("collections", models.JSONField(blank=True, default=list, verbose_name="馆藏")),
                ("restricted", models.JSONField(blank=True, default=list, verbose_name="含仅审核员可见记录的馆藏")),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="尝试次数")),
                ("claim", models.UUIDField(blank=True, editable=False, null=True, verbose_name="认领令牌")),
                ("owner", models.CharField(blank=True, editable=False, max_length=200, verbose_name="认领进程")),
                ("lease_until", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="租约到期")),
                ("file_name", models.CharField(blank=True, max_length=200, verbose_name="文件名")),
                ("size", models.PositiveBigIntegerField(default=0, verbose_name="字节数")),
                ("sha256", models.CharField(blank=True, max_length=64, verbose_name="SHA-256")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="建立时间")),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="开始时间")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="完成时间")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="下载期限")),
                ("kept_until", models.DateTimeField(blank=True, null=True, verbose_name="导出值保留到")),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exports",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="用户",
                    ),
                ),
            ],
            options={
                "verbose_name": "导出",
                "verbose_name_plural": "导出",
                "ordering": ["-created_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ExportPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField(verbose_name="次序")),
                ("number", models.PositiveIntegerField(verbose_name="记录数")),
                ("images", models.BinaryField(verbose_name="记录")),
                ("kept", models.BinaryField(blank=True, null=True, verbose_name="导出值")),
                (
                    "export",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="catalog.export",
                        verbose_name="导出",
                    ),
                ),
            ],
            options={
                "verbose_name": "导出的一段",
                "verbose_name_plural": "导出的各段",
                "ordering": ["export_id", "position"],
            },
        ),
        migrations.AddIndex(
            model_name="export",
            index=models.Index(fields=["state", "created_at"], name="export_by_state"),
        ),
        migrations.AddIndex(
            model_name="export",
            index=models.Index(fields=["user", "created_at"], name="export_by_user"),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(("format__in", ["csv", "xlsx", "jsonl"])), name="export_format_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["pending", "running", "done", "failed", "cancelled", "expired"])),
                name="export_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("claim__isnull", False), ("lease_until__isnull", False), ("state", "running")),
                    models.Q(
                        models.Q(("state", "running"), _negated=True),
                        ("claim__isnull", True),
                        ("lease_until__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="export_lease_only_while_running",
            ),
        ),
        migrations.AddConstraint(
            model_name="exportpart",
            constraint=models.UniqueConstraint(
                fields=("export", "position"), name="exportpart_position_once_per_export"
            ),
        ),
    ]
