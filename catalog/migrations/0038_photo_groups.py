"""Groups of photographs of one event, what their values are offered as, and what numbers and prompts know of them."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from catalog.migrations import _online as online

_SOURCES = [("model", "模型"), ("person", "人工"), ("import", "导入"), ("group", "照片组")]
_STATES = [("proposed", "建议"), ("confirmed", "已确认")]


def _values(choices):
    return [value for value, _label in choices]


class Migration(online.OnlineMigration):
    dependencies = [
        ("catalog", "0037_values_of_audits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        online.DropConstraint(model_name="annotation", name="annotation_source_known", copied_later=True),
        migrations.AlterField(
            model_name="annotation",
            name="source",
            field=models.CharField(choices=_SOURCES, max_length=20, verbose_name="来源"),
        ),
        online.AddCheck(
            model_name="annotation",
            constraint=models.CheckConstraint(
                condition=models.Q(("source__in", _values(_SOURCES))), name="annotation_source_known"
            ),
        ),
        migrations.CreateModel(
            name="PhotoGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=_STATES, default="proposed", editable=False, max_length=20, verbose_name="状态"
                    ),
                ),
                ("number", models.CharField(blank=True, max_length=20, verbose_name="组号")),
                ("year", models.CharField(blank=True, max_length=4, verbose_name="年度")),
                ("title", models.TextField(blank=True, verbose_name="题名")),
                ("event", models.TextField(blank=True, verbose_name="事由")),
                ("date_text", models.TextField(blank=True, verbose_name="时间")),
                ("date_start", models.DateField(blank=True, editable=False, null=True, verbose_name="时间起")),
                ("date_end", models.DateField(blank=True, editable=False, null=True, verbose_name="时间止")),
                ("place", models.TextField(blank=True, verbose_name="地点")),
                ("background", models.TextField(blank=True, verbose_name="背景")),
                ("ai_fields", models.JSONField(blank=True, default=list, editable=False)),
                ("reasons", models.JSONField(blank=True, default=list, editable=False)),
                ("folder", models.CharField(blank=True, editable=False, max_length=500)),
                ("position", models.BigIntegerField(default=0, editable=False)),
                ("revision", models.PositiveIntegerField(default=0, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="建立时间")),
                (
                    "collection",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="photo_groups",
                        to="catalog.collection",
                        verbose_name="馆藏",
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="著录者",
                    ),
                ),
                (
                    "written_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="著录时间"),
                ),
            ],
            options={
                "verbose_name": "照片组",
                "verbose_name_plural": "照片组",
                "ordering": ["collection_id", "position", "pk"],
                "indexes": [models.Index(fields=["collection", "position", "id"], name="photogroup_in_order")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", _values(_STATES))), name="photogroup_state_known"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("number", ""), _negated=True),
                        fields=("collection", "year", "number"),
                        name="photogroup_number_unique",
                        violation_error_message="这份馆藏的同一年度里已有这个组号。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("date_start__isnull", True),
                            ("date_end__isnull", True),
                            ("date_start__lte", models.F("date_end")),
                            _connector="OR",
                        ),
                        name="photogroup_date_range_ordered",
                    ),
                ],
            },
        ),
        online.AddColumn(
            model_name="image",
            name="photo_group",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="images",
                to="catalog.photogroup",
                verbose_name="照片组",
            ),
        ),
        online.AddIndex(
            model_name="image",
            index=models.Index(fields=["photo_group", "identifier", "id"], name="image_in_photo_group"),
        ),
        online.AddColumn(
            model_name="collection",
            name="class_code",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="用在编号里的 {门类}；照片档案通常写 ZP。",
                max_length=20,
                verbose_name="门类代码",
            ),
        ),
        online.AddColumn(
            model_name="promptversion",
            name="group_pictures",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                help_text="起草时最多附上几幅同一照片组里号码相邻的照片，供模型参照；0 表示不附。每多一幅，起草就慢一些。",
                validators=[django.core.validators.MaxValueValidator(4)],
                verbose_name="附上同组照片",
            ),
        ),
        migrations.AlterField(
            model_name="collection",
            name="number_pattern",
            field=models.CharField(
                blank=True,
                help_text="如 {全宗号}-{保管期限}-{册号}-{张号:4}；还可以用 {门类}、{年度}、{组号}、{件号} 和 {序号}，"
                "冒号后面是位数。{组号} 是照片组的编号；{件号} 在编号的其余部分相同的照片里从 1 数起。",
                max_length=100,
                verbose_name="编号规则",
            ),
        ),
    ]
