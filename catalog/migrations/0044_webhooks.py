"""Endpoints of other systems, the events that they are told of, and what became of telling each."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0043_rest"),
    ]

    operations = [
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        help_text="发给谁，例如：档案管理系统。", max_length=100, unique=True, verbose_name="名称"
                    ),
                ),
                ("url", models.CharField(max_length=500, verbose_name="地址")),
                ("events", models.JSONField(default=list, verbose_name="事件")),
                (
                    "active",
                    models.BooleanField(
                        default=True,
                        help_text="停用后不再产生新的推送，尚未送达的留着，启用后接着发。",
                        verbose_name="启用",
                    ),
                ),
                ("salt", models.CharField(editable=False, max_length=64)),
                ("digest", models.CharField(editable=False, max_length=64)),
                ("previous_salt", models.CharField(blank=True, editable=False, max_length=64)),
                ("previous_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("failures", models.PositiveIntegerField(default=0, editable=False, verbose_name="连续失败次数")),
                ("resting_until", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="暂缓到")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="建立时间")),
                (
                    "collection",
                    models.ForeignKey(
                        blank=True,
                        help_text="只发这份馆藏的事件；留空表示全部馆藏。",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.collection",
                        verbose_name="馆藏",
                    ),
                ),
            ],
            options={
                "verbose_name": "推送地址",
                "verbose_name_plural": "推送地址",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="WebhookEvent",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("batch.ended", "批次结束"),
                            ("record.published", "记录公开"),
                            ("record.withdrawn", "记录撤回公开"),
                            ("import.applied", "表格导入完成"),
                            ("webhook.test", "测试"),
                        ],
                        max_length=40,
                        verbose_name="事件",
                    ),
                ),
                ("body", models.TextField(verbose_name="内容")),
                (
                    "created_at",
                    models.DateTimeField(db_index=True, default=django.utils.timezone.now, verbose_name="时间"),
                ),
            ],
            options={
                "verbose_name": "事件",
                "verbose_name_plural": "事件",
                "ordering": ["-created_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "batch.ended",
                                    "record.published",
                                    "record.withdrawn",
                                    "import.applied",
                                    "webhook.test",
                                ],
                            )
                        ),
                        name="webhookevent_kind_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "待发送"),
                            ("sending", "正在发送"),
                            ("delivered", "已送达"),
                            ("given_up", "未送达，已放弃"),
                        ],
                        default="waiting",
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="尝试次数")),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="下次发送")),
                ("status", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="回答")),
                ("answer", models.TextField(blank=True, verbose_name="对方的话")),
                ("history", models.JSONField(blank=True, default=list, verbose_name="历次尝试")),
                ("claim", models.UUIDField(blank=True, editable=False, null=True, verbose_name="认领令牌")),
                ("owner", models.CharField(blank=True, editable=False, max_length=200, verbose_name="认领进程")),
                ("lease_until", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="租约到期")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="完成时间")),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="catalog.webhookendpoint",
                        verbose_name="推送地址",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="catalog.webhookevent",
                        verbose_name="事件",
                    ),
                ),
            ],
            options={
                "verbose_name": "推送记录",
                "verbose_name_plural": "推送记录",
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "sending"])),
                        fields=["due_at", "id"],
                        name="webhookdelivery_to_send",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("event", "endpoint"), name="webhookdelivery_once_for_each"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "sending", "delivered", "given_up"])),
                        name="webhookdelivery_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("claim__isnull", False), ("lease_until__isnull", False), ("state", "sending")),
                            models.Q(
                                models.Q(("state", "sending"), _negated=True),
                                ("claim__isnull", True),
                                ("lease_until__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="webhookdelivery_lease_only_while_sending",
                    ),
                ],
            },
        ),
    ]
