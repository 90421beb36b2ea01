"""Packages: scans with their descriptions, made by the worker."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0041_table_imports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Package",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("attach", "挂接包"), ("copies", "嵌入说明的副本"), ("bag", "BagIt 移交包")],
                        max_length=20,
                        verbose_name="种类",
                    ),
                ),
                (
                    "grouping",
                    models.CharField(
                        choices=[("volume", "全宗 / 年度 / 册"), ("group", "全宗 / 年度 / 照片组")],
                        default="volume",
                        max_length=20,
                        verbose_name="文件夹",
                    ),
                ),
                (
                    "table",
                    models.CharField(
                        choices=[("xlsx", "XLSX"), ("csv", "CSV")], default="xlsx", max_length=20, verbose_name="目录表"
                    ),
                ),
                (
                    "wrong_names",
                    models.CharField(
                        blank=True,
                        choices=[("", "还没有决定"), ("substitute", "用代替的名称写入"), ("skip", "跳过这些记录")],
                        default="",
                        max_length=20,
                        verbose_name="名称有问题的",
                    ),
                ),
                ("layout", models.JSONField(blank=True, default=dict, verbose_name="栏目")),
                ("selection", models.TextField(blank=True, verbose_name="范围")),
                ("images", models.BinaryField()),
                ("restricted", models.JSONField(blank=True, default=list, verbose_name="含仅审核员可见记录的馆藏")),
                ("language", models.CharField(blank=True, default="", max_length=20, verbose_name="语言")),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="名称")),
                ("report", models.JSONField(blank=True, default=dict, verbose_name="核对结果")),
                ("left_out", models.JSONField(blank=True, default=dict, verbose_name="没有写入的")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("checking", "正在核对"),
                            ("ready", "核对完毕，等待确认"),
                            ("pending", "等待"),
                            ("running", "进行中"),
                            ("done", "已完成"),
                            ("cancelled", "已取消"),
                            ("failed", "中途停止"),
                            ("expired", "已到期删除"),
                        ],
                        default="checking",
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="说明")),
                ("records", models.PositiveIntegerField(default=0, verbose_name="记录数")),
                ("files", models.PositiveIntegerField(default=0, verbose_name="文件数")),
                ("bytes", models.PositiveBigIntegerField(default=0, verbose_name="字节数")),
                ("done_records", models.PositiveIntegerField(default=0, verbose_name="已处理的记录数")),
                ("done_bytes", models.PositiveBigIntegerField(default=0, verbose_name="已处理的字节数")),
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
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="packages",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="用户",
                    ),
                ),
            ],
            options={
                "verbose_name": "移交包",
                "verbose_name_plural": "移交包",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["state", "id"], name="package_by_state")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["attach", "copies", "bag"])), name="package_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("grouping__in", ["volume", "group"])), name="package_grouping_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("table__in", ["xlsx", "csv"])), name="package_table_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("wrong_names__in", ["", "substitute", "skip"])),
                        name="package_wrong_names_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["checking", "ready", "pending", "running", "done", "cancelled", "failed", "expired"],
                            )
                        ),
                        name="package_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("claim__isnull", True), ("lease_until__isnull", True)),
                            models.Q(
                                ("claim__isnull", False),
                                ("lease_until__isnull", False),
                                ("state__in", ["checking", "running"]),
                            ),
                            _connector="OR",
                        ),
                        name="package_lease_only_at_work",
                    ),
                ],
            },
        ),
    ]
