"""Tables of the examinations that open records to the public, of classification marks, and of words that warn."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_WORDS = {
    "medical": (
        "病历", "病案", "诊断书", "体检表", "住院", "精神病", "性病", "艾滋", "肺结核", "麻风", "传染病", "残疾证", "流产",
    ),
    "discipline": (
        "处分", "记过", "开除", "留党察看", "撤职", "降级使用", "停职", "检讨书", "双规", "党纪", "违纪",
    ),
    "criminal": (
        "逮捕", "拘留", "判刑", "徒刑", "劳改", "劳教", "服刑", "罪犯", "犯人", "案犯", "枪决", "审讯", "犯罪",
    ),
    "political": (
        "政审", "政治审查", "历史问题", "反革命", "右派", "四类分子", "五类分子", "坏分子", "专案组", "批斗", "揭发", "平反",
        "甄别", "叛徒", "特务",
    ),
    "other": ("举报", "上访", "信访", "收养", "人事档案", "工资表"),
}  # fmt: skip


def ship_words(apps, schema_editor):
    """Begin the list with words that archives look for; reviewers edit it."""
    words = apps.get_model("catalog", "SensitiveWord").objects.using(schema_editor.connection.alias)
    rows = [words.model(kind=kind, word=word) for kind, own in _WORDS.items() for word in own]
    words.bulk_create(rows)


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0033_bulk"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Examination",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "disclosure",
                    models.CharField(
                        choices=[("open", "开放"), ("deferred", "延期开放"), ("controlled", "控制")],
                        max_length=20,
                        verbose_name="开放标识",
                    ),
                ),
                ("until", models.DateField(blank=True, null=True, verbose_name="延期至")),
                ("basis", models.CharField(max_length=300, verbose_name="依据")),
                (
                    "with_hints",
                    models.BooleanField(
                        default=False,
                        help_text="不选则有提示的记录不列入，留着逐幅审核。",
                        verbose_name="有提示的也列入",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("filling", "正在列入"),
                            ("gathering", "整理中"),
                            ("proposed", "待复审"),
                            ("confirming", "正在执行"),
                            ("done", "已完成"),
                            ("refused", "已退回"),
                            ("taken_back", "已收回"),
                        ],
                        default="filling",
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="说明")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="提出时间")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="复审时间")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="完成时间")),
            ],
            options={
                "verbose_name": "开放审核清单",
                "verbose_name_plural": "开放审核清单",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="ExaminedImage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "等待"),
                            ("proposed", "提请复审"),
                            ("left_out", "未列入"),
                            ("done", "已生效"),
                        ],
                        default="pending",
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="原因")),
                ("revision", models.PositiveIntegerField(default=0, verbose_name="版次")),
                ("hint_digests", models.JSONField(blank=True, default=list)),
            ],
            options={
                "verbose_name": "开放审核清单中的图像",
                "verbose_name_plural": "开放审核清单中的图像",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="SecrecyMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "place",
                    models.CharField(
                        choices=[
                            ("file_name", "文件名或文件夹名"),
                            ("manifest", "导入清单"),
                            ("reading", "图上的文字"),
                            ("value", "著录内容"),
                            ("person", "由人标明"),
                        ],
                        max_length=20,
                        verbose_name="位置",
                    ),
                ),
                ("text", models.CharField(max_length=100, verbose_name="标志")),
                ("found_at", models.DateTimeField(auto_now_add=True, verbose_name="发现时间")),
                ("cleared_at", models.DateTimeField(blank=True, null=True, verbose_name="解除时间")),
                ("clearing_reason", models.CharField(blank=True, max_length=300, verbose_name="解除理由")),
            ],
            options={
                "verbose_name": "密级标志",
                "verbose_name_plural": "密级标志",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="SensitiveWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(max_length=40, unique=True, verbose_name="词")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("medical", "医疗健康"),
                            ("discipline", "纪律处分"),
                            ("criminal", "刑事"),
                            ("political", "政治审查"),
                            ("other", "其他"),
                        ],
                        max_length=20,
                        verbose_name="类别",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="启用")),
            ],
            options={
                "verbose_name": "开放审核词",
                "verbose_name_plural": "开放审核词表",
                "ordering": ["kind", "word"],
            },
        ),
        migrations.AddField(
            model_name="examination",
            name="collection",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="examinations",
                to="catalog.collection",
                verbose_name="馆藏",
            ),
        ),
        migrations.AddField(
            model_name="examination",
            name="first_examiner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="初审",
            ),
        ),
        migrations.AddField(
            model_name="examination",
            name="second_examiner",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="复审",
            ),
        ),
        migrations.AddField(
            model_name="examinedimage",
            name="examination",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="items", to="catalog.examination"
            ),
        ),
        migrations.AddField(
            model_name="examinedimage",
            name="image",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="examined", to="catalog.image"
            ),
        ),
        migrations.AddField(
            model_name="secrecymark",
            name="cleared_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="解除人",
            ),
        ),
        migrations.AddField(
            model_name="secrecymark",
            name="image",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="secrecy_marks",
                to="catalog.image",
                verbose_name="图像",
            ),
        ),
        migrations.AddConstraint(
            model_name="sensitiveword",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["medical", "discipline", "criminal", "political", "other"])),
                name="sensitiveword_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="sensitiveword",
            constraint=models.CheckConstraint(
                condition=models.Q(("word", ""), _negated=True), name="sensitiveword_not_empty"
            ),
        ),
        migrations.AddIndex(
            model_name="examination",
            index=models.Index(
                condition=models.Q(("state__in", ["gathering", "confirming"])),
                fields=["id"],
                name="examination_at_work",
            ),
        ),
        migrations.AddConstraint(
            model_name="examination",
            constraint=models.CheckConstraint(
                condition=models.Q(("disclosure__in", ["open", "deferred", "controlled"])),
                name="examination_disclosure_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="examination",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["filling", "gathering", "proposed", "confirming", "done", "refused", "taken_back"])
                ),
                name="examination_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="examination",
            constraint=models.CheckConstraint(
                condition=models.Q(("basis", ""), _negated=True), name="examination_has_a_basis"
            ),
        ),
        migrations.AddConstraint(
            model_name="examination",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("disclosure", "deferred"), _negated=True), ("until__isnull", False), _connector="OR"
                ),
                name="examination_deferred_until_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="examination",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("second_examiner__isnull", True),
                    models.Q(("second_examiner", models.F("first_examiner")), _negated=True),
                    _connector="OR",
                ),
                name="examination_by_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="examination",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["confirming", "done"]), _negated=True),
                    models.Q(("decided_at__isnull", False), ("second_examiner__isnull", False)),
                    _connector="OR",
                ),
                name="examination_confirmed_by_somebody",
            ),
        ),
        migrations.AddIndex(
            model_name="examinedimage",
            index=models.Index(fields=["examination", "state", "id"], name="examinedimage_by_state"),
        ),
        migrations.AddConstraint(
            model_name="examinedimage",
            constraint=models.UniqueConstraint(fields=("examination", "image"), name="examinedimage_once_in_a_list"),
        ),
        migrations.AddConstraint(
            model_name="examinedimage",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["pending", "proposed", "left_out", "done"])),
                name="examinedimage_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="secrecymark",
            constraint=models.UniqueConstraint(fields=("image", "place", "text"), name="secrecymark_once_at_a_place"),
        ),
        migrations.AddConstraint(
            model_name="secrecymark",
            constraint=models.CheckConstraint(
                condition=models.Q(("place__in", ["file_name", "manifest", "reading", "value", "person"])),
                name="secrecymark_place_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="secrecymark",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cleared_at__isnull", True), ("cleared_by__isnull", True), ("clearing_reason", "")),
                    models.Q(
                        ("cleared_at__isnull", False),
                        ("cleared_by__isnull", False),
                        models.Q(("clearing_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="secrecymark_cleared_by_somebody_for_a_reason",
            ),
        ),
        migrations.RunPython(ship_words, migrations.RunPython.noop, elidable=True),
    ]
