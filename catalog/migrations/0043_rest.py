"""What programs were answered by the name that they gave a request, and the entry for drafts that they propose."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from catalog.migrations import _online as online


class Migration(online.OnlineMigration):
    dependencies = [
        ("catalog", "0042_packages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
