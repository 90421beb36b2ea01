"""Lots that were accepted can be taken back; known drafts are mixed into samples, where somebody wants it.

Lists of images are narrowed down by the personal numbers in their values and readings.
"""

from collections import defaultdict

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F

from catalog.facets import IN_READINGS, IN_VALUES, hint_bits
from catalog.masking import kinds_of_numbers
from catalog.migrations import _online as online

_COLUMNS = (
    "title", "description", "event", "date_text", "place", "people", "background", "photographer", "keywords",
    "transcription", "tone", "notes",
)  # fmt: skip

_AT_ONCE = 2000


def tell_numbers(apps, schema_editor):
    """Write which personal numbers stand in values and readings: the first by the few texts that are masked."""
    images = apps.get_model("catalog", "Image").objects
    texts = images.exclude(masked_text="").order_by("pk").values_list("pk", *_COLUMNS)
    _tell(images, ((key, values) for key, *values in texts.iterator(chunk_size=_AT_ONCE)), IN_VALUES)
    readings = apps.get_model("catalog", "Reading").objects.exclude(text="").order_by("pk")
    read = readings.values_list("file__image", "text").iterator(chunk_size=_AT_ONCE)
    _tell(images, ((key, [text]) for key, text in read), IN_READINGS)


def _tell(images, rows, where):
    found = defaultdict(set)
    for key, texts in rows:
        if bits := hint_bits(kinds_of_numbers(texts), where):
            found[bits].add(key)
    for bits, keys in found.items():
        ordered = sorted(keys)
        for first in range(0, len(ordered), _AT_ONCE // 4):
            some = images.filter(pk__in=ordered[first : first + _AT_ONCE // 4])
            some.update(facets=F("facets").bitor(bits))


class Migration(online.OnlineMigration):
    dependencies = [
        ("catalog", "0044_webhooks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ControlUnit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(blank=True, max_length=300, verbose_name="记录")),
                ("value", models.TextField(blank=True, verbose_name="草稿")),
                (
                    "evidence",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "无"),
                            ("picture", "画面"),
                            ("inscription", "题字"),
                            ("record", "著录"),
                            ("inference", "推测"),
                        ],
                        max_length=20,
                        verbose_name="依据",
                    ),
                ),
                ("held_until", models.DateTimeField(null=True)),
                ("blind_value", models.TextField(null=True, verbose_name="看稿前写下的")),
                ("blind_at", models.DateTimeField(null=True, verbose_name="写下时间")),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("right", "正确"),
                            ("wrong", "错误"),
                            ("missing", "漏著录"),
                            ("rightly_empty", "确应为空"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="判定",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("contradicted", "与画面或原件不符"),
                            ("invented", "没有依据，本该留空"),
                            ("partly", "部分有误"),
                            ("vague", "过于笼统"),
                            ("form", "写法不合规范"),
                            ("other", "其他"),
                            ("gone", "记录已删除"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="错误原因",
                    ),
                ),
                ("remark", models.CharField(blank=True, max_length=500, verbose_name="说明")),
                ("judged_at", models.DateTimeField(null=True, verbose_name="判定时间")),
                ("place", models.PositiveIntegerField(verbose_name="次序")),
                (
                    "field",
                    models.CharField(
                        choices=[
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
                        ],
                        max_length=20,
                        verbose_name="著录项",
                    ),
                ),
                (
                    "known",
                    models.CharField(
                        choices=[
                            ("right", "正确"),
                            ("wrong", "错误"),
                            ("missing", "漏著录"),
                            ("rightly_empty", "确应为空"),
                        ],
                        max_length=20,
                        verbose_name="已知",
                    ),
                ),
            ],
            options={
                "verbose_name": "抽检对照项",
                "verbose_name_plural": "抽检对照项",
                "ordering": ["audit_id", "place"],
            },
        ),
        online.DropConstraint(model_name="audit", name="audit_state_known", copied_later=True),
        online.DropConstraint(model_name="auditunit", name="auditunit_outcome_known", copied_later=True),
        online.AddColumn(
            model_name="audit",
            name="control_size",
            field=models.PositiveIntegerField(db_default=0, default=0, verbose_name="对照项"),
        ),
        online.AddColumn(
            model_name="audit",
            name="recalled_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="收回时间"),
        ),
        online.AddReference(
            model_name="audit",
            name="recalled_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="收回者",
            ),
        ),
        migrations.AlterField(
            model_name="audit",
            name="state",
            field=models.CharField(
                choices=[
                    ("listing", "正在列清单"),
                    ("full_review", "须全部审核"),
                    ("under_way", "判定中"),
                    ("passed", "合格"),
                    ("failed", "不合格"),
                    ("accepting", "正在采用"),
                    ("accepted", "已采用，未公开"),
                    ("releasing", "正在公开"),
                    ("released", "已公开"),
                    ("rejecting", "正在退回"),
                    ("redrafted", "已退回，重新起草"),
                    ("split", "已拆分"),
                    ("left", "留作草稿"),
                    ("reviewed_singly", "改为逐条审核"),
                    ("recalling", "正在收回"),
                    ("recalled", "已收回"),
                    ("withdrawn", "已作废"),
                ],
                default="listing",
                max_length=20,
                verbose_name="状态",
            ),
        ),
        migrations.AlterField(
            model_name="auditunit",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "未处理"),
                    ("accepted", "已采用"),
                    ("rejected", "已退回"),
                    ("empty", "没有草稿"),
                    ("wrong", "抽检判为错误，留待审核"),
                    ("changed", "草稿已变，或已由人处理"),
                    ("recalled", "已收回，仍是草稿"),
                ],
                default="",
                max_length=20,
                verbose_name="结果",
            ),
        ),
        online.AddCheck(
            model_name="audit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "listing",
                            "full_review",
                            "under_way",
                            "passed",
                            "failed",
                            "accepting",
                            "accepted",
                            "releasing",
                            "released",
                            "rejecting",
                            "redrafted",
                            "split",
                            "left",
                            "reviewed_singly",
                            "recalling",
                            "recalled",
                            "withdrawn",
                        ],
                    )
                ),
                name="audit_state_known",
            ),
        ),
        online.AddCheck(
            model_name="auditunit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outcome__in", ["", "accepted", "rejected", "empty", "wrong", "changed", "recalled"])
                ),
                name="auditunit_outcome_known",
            ),
        ),
        migrations.AddField(
            model_name="controlunit",
            name="annotation",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="catalog.annotation",
                verbose_name="草稿",
            ),
        ),
        migrations.AddField(
            model_name="controlunit",
            name="audit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="controls",
                to="catalog.audit",
                verbose_name="抽检",
            ),
        ),
        migrations.AddField(
            model_name="controlunit",
            name="blind_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="写下者",
            ),
        ),
        migrations.AddField(
            model_name="controlunit",
            name="held_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="正在判定",
            ),
        ),
        migrations.AddField(
            model_name="controlunit",
            name="image",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="catalog.image",
                verbose_name="图像",
            ),
        ),
        migrations.AddField(
            model_name="controlunit",
            name="judge",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="判定者",
            ),
        ),
        migrations.AddConstraint(
            model_name="controlunit",
            constraint=models.UniqueConstraint(fields=("audit", "place"), name="controlunit_place_unique"),
        ),
        migrations.AddConstraint(
            model_name="controlunit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "field__in",
                        [
                            "title",
                            "description",
                            "event",
                            "date",
                            "place",
                            "people",
                            "background",
                            "photographer",
                            "keywords",
                            "transcription",
                            "tone",
                            "notes",
                        ],
                    )
                ),
                name="controlunit_field_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="controlunit",
            constraint=models.CheckConstraint(
                condition=models.Q(("known__in", ["right", "wrong"])), name="controlunit_known_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="controlunit",
            constraint=models.CheckConstraint(
                condition=models.Q(("verdict__in", ["", "right", "wrong", "missing", "rightly_empty"])),
                name="controlunit_verdict_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="controlunit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reason__in", ["", "contradicted", "invented", "partly", "vague", "form", "other", "gone"])
                ),
                name="controlunit_reason_known",
            ),
        ),
        migrations.RunPython(tell_numbers, migrations.RunPython.noop, elidable=True),
    ]
