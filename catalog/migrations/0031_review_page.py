"""What the review page keeps, which drafts are hidden at first, and what reviewers have against drafts."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from catalog.migrations import _online as online

_OBJECTIONS = [
    ("", "无"),
    ("wrong_person", "人物不对"),
    ("wrong_date", "时间不对"),
    ("wrong_place", "地点不对"),
    ("invented", "凭空编造"),
    ("too_vague", "太笼统"),
    ("no_evidence", "没有依据"),
    ("other", "其他原因"),
]

_FIELDS = [
    ("title", "题名"),
    ("description", "文字说明"),
    ("event", "事由"),
    ("date", "时间"),
    ("place", "地点"),
    ("people", "人物"),
    ("background", "背景"),
    ("photographer", "摄影者"),
    ("keywords", "关键词"),
    ("transcription", "文字转录"),
    ("tone", "色调"),
    ("notes", "附注"),
]


def _to(model, name, related_name):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE, related_name=related_name, to=model, verbose_name=name
    )


class Migration(online.OnlineMigration):
    dependencies = [
        ("catalog", "0030_image_facets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DraftsShown",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("shown_at", models.DateTimeField(verbose_name="看到的时间")),
                ("image", _to("catalog.image", "图像", "+")),
                ("user", _to(settings.AUTH_USER_MODEL, "用户", "+")),
            ],
            options={
                "verbose_name": "看过的草稿",
                "verbose_name_plural": "看过的草稿",
                "constraints": [models.UniqueConstraint(fields=("image", "user"), name="draftsshown_once")],
            },
        ),
        migrations.CreateModel(
            name="Redraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.DateTimeField(auto_now_add=True, verbose_name="要求的时间")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="了结的时间")),
                ("image", _to("catalog.image", "图像", "redrafts")),
                (
                    "rejected",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="redraft",
                        to="catalog.annotation",
                        verbose_name="退回的草稿",
                    ),
                ),
                ("field", models.CharField(choices=_FIELDS, max_length=20, verbose_name="著录项")),
                ("user", _to(settings.AUTH_USER_MODEL, "用户", "redrafts")),
            ],
            options={
                "verbose_name": "退回重拟",
                "verbose_name_plural": "退回重拟",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("field__in", [value for value, _label in _FIELDS])),
                        name="redraft_field_known",
                    )
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at__isnull", True)), fields=["user", "image"], name="redraft_open"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewSettings",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="review_settings",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="用户",
                    ),
                ),
                ("keys", models.JSONField(blank=True, default=dict, verbose_name="按键")),
            ],
            options={"verbose_name": "审核页设置", "verbose_name_plural": "审核页设置"},
        ),
        online.AddColumn(
            model_name="collection",
            name="blind_first",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="审核时先不显示 AI 草稿，等审核的人自己写过再显示。这样写下的内容算人工著录，也能量出草稿有多准。",
                verbose_name="先著录后看稿",
            ),
        ),
        online.AddColumn(
            model_name="annotation",
            name="reason_code",
            field=models.CharField(
                blank=True,
                choices=_OBJECTIONS,
                db_default="",
                default="",
                max_length=20,
                verbose_name="退回的类别",
            ),
        ),
        online.AddIndex(
            model_name="image",
            index=models.Index(
                fields=["id", "collection", "access", "facets"],
                name="image_waiting",
                condition=models.Q(("status", "to_review")),
            ),
        ),
        online.AddCheck(
            model_name="annotation",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason_code__in", [value for value, _label in _OBJECTIONS])),
                name="annotation_reason_known",
            ),
        ),
    ]
