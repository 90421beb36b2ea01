"""Lots of drafts that are accepted or refused by a sample, their units, and what was said of the sample."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "__first__"),
        ("catalog", "0035_disclosure"),
    ]

    operations = [
        migrations.CreateModel(
            name="Audit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "collection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="audits",
                        to="catalog.collection",
                        verbose_name="馆藏",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="catalog.audit",
                        verbose_name="拆分自",
                    ),
                ),
                ("criteria", models.JSONField(default=dict, verbose_name="分批条件")),
                ("tolerable", models.FloatField(verbose_name="容许的错误率")),
                ("expected", models.FloatField(verbose_name="预计的错误率")),
                ("beta", models.FloatField(verbose_name="误收风险")),
                ("alpha", models.FloatField(verbose_name="误拒风险")),
                ("floor", models.FloatField(verbose_name="最低抽样比例")),
                ("pass_share", models.FloatField(verbose_name="抽检合格率要求")),
                ("seed", models.CharField(max_length=64, verbose_name="随机种子")),
                (
                    "state",
                    models.CharField(
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
                            ("withdrawn", "已作废"),
                        ],
                        default="listing",
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("lot_size", models.PositiveIntegerField(default=0, verbose_name="批量")),
                ("sample_size", models.PositiveIntegerField(default=0, verbose_name="样本量")),
                ("allowed", models.PositiveIntegerField(default=0, verbose_name="合格判定数")),
                ("position", models.PositiveBigIntegerField(default=0)),
                ("prompted_by", models.JSONField(default=list)),
                ("machine_faults", models.JSONField(default=dict)),
                ("record_count", models.PositiveIntegerField(default=0, verbose_name="记录数")),
                ("drawn_before", models.PositiveIntegerField(default=0, verbose_name="以前入过抽检批的项")),
                (
                    "planned_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="安排者",
                    ),
                ),
                ("planned_at", models.DateTimeField(auto_now_add=True, verbose_name="安排时间")),
                ("faults", models.PositiveIntegerField(blank=True, null=True, verbose_name="判为不合格的项")),
                ("stopped_early", models.BooleanField(default=False, verbose_name="提前结束")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="判定时间")),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="处置者",
                    ),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="处置时间")),
                ("remark", models.TextField(blank=True, verbose_name="说明")),
                (
                    "released_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="公开者",
                    ),
                ),
                ("released_at", models.DateTimeField(blank=True, null=True, verbose_name="公开时间")),
            ],
            options={
                "verbose_name": "抽检",
                "verbose_name_plural": "抽检",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["collection", "state"], name="audit_by_state")],
                "constraints": [
                    models.CheckConstraint(
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
                                    "withdrawn",
                                ],
                            )
                        ),
                        name="audit_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expected__gte", 0), ("expected__lt", models.F("tolerable")), ("tolerable__lt", 1)
                        ),
                        name="audit_shares_ordered",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sample_size__lte", models.F("lot_size"))), name="audit_sample_within_lot"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditUnit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "audit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="units",
                        to="catalog.audit",
                        verbose_name="抽检",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="序号")),
                (
                    "image",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="audit_units",
                        to="catalog.image",
                        verbose_name="图像",
                    ),
                ),
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
                    "annotation",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="audit_units",
                        to="catalog.annotation",
                        verbose_name="草稿",
                    ),
                ),
                ("drafted", models.BooleanField(default=False, verbose_name="有内容")),
                (
                    "digest",
                    models.CharField(
                        blank=True, help_text="草稿文字的 SHA-256。", max_length=64, verbose_name="草稿摘要"
                    ),
                ),
                ("volume", models.CharField(blank=True, max_length=40, verbose_name="册号")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "未处理"),
                            ("accepted", "已采用"),
                            ("rejected", "已退回"),
                            ("empty", "没有草稿"),
                            ("wrong", "抽检判为错误，留待审核"),
                            ("changed", "草稿已变，或已由人处理"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="结果",
                    ),
                ),
            ],
            options={
                "verbose_name": "抽检批的项",
                "verbose_name_plural": "抽检批的项",
                "ordering": ["audit_id", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("audit", "number"), name="auditunit_number_unique"),
                    models.UniqueConstraint(fields=("audit", "image", "field"), name="auditunit_once_in_its_lot"),
                    models.CheckConstraint(
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
                        name="auditunit_field_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["", "accepted", "rejected", "empty", "wrong", "changed"])),
                        name="auditunit_outcome_known",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="SampledUnit",
            fields=[
                (
                    "unit",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="sampled",
                        serialize=False,
                        to="catalog.auditunit",
                        verbose_name="项",
                    ),
                ),
                (
                    "audit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sample",
                        to="catalog.audit",
                        verbose_name="抽检",
                    ),
                ),
                ("position", models.PositiveIntegerField(verbose_name="次序")),
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
                ("record_faults", models.JSONField(default=list)),
                (
                    "held_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="正在判定",
                    ),
                ),
                ("held_until", models.DateTimeField(null=True)),
                ("blind_value", models.TextField(null=True, verbose_name="看稿前写下的")),
                (
                    "blind_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="写下者",
                    ),
                ),
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
                (
                    "meanwhile",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("unchanged", "未变"),
                            ("decided", "已由人处理"),
                            ("replaced", "已重新起草"),
                            ("filled", "原为空，后来有了内容"),
                            ("gone", "记录已删除"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="判定时草稿的情形",
                    ),
                ),
                (
                    "judge",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="判定者",
                    ),
                ),
                ("judged_at", models.DateTimeField(null=True, verbose_name="判定时间")),
            ],
            options={
                "verbose_name": "抽检样本",
                "verbose_name_plural": "抽检样本",
                "ordering": ["audit_id", "position"],
                "indexes": [models.Index(fields=["audit", "verdict", "position"], name="sampledunit_by_verdict")],
                "constraints": [
                    models.UniqueConstraint(fields=("audit", "position"), name="sampledunit_position_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("verdict__in", ["", "right", "wrong", "missing", "rightly_empty"])),
                        name="sampledunit_verdict_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reason__in", ["", "contradicted", "invented", "partly", "vague", "form", "other", "gone"])
                        ),
                        name="sampledunit_reason_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("verdict", "wrong"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="sampledunit_wrong_for_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("verdict", ""), ("judged_at__isnull", False), _connector="OR"),
                        name="sampledunit_verdict_has_time",
                    ),
                ],
            },
        ),
    ]
