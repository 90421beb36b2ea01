from django.db import migrations, models

_ONE_UNFINISHED = "batch_one_unfinished_of_a_kind"
_VERBS = [
    ("collection_created", "建立馆藏"),
    ("collection_changed", "修改馆藏"),
    ("image_imported", "导入图像"),
    ("image_changed", "修改图像"),
    ("value_set", "人工著录"),
    ("draft_accepted", "采用草稿"),
    ("draft_edited", "修改后采用"),
    ("draft_rejected", "退回草稿"),
    ("batch_created", "建立批次"),
    ("batch_paused", "暂停批次"),
    ("batch_resumed", "继续批次"),
    ("batch_retried", "重试批次中失败的图像"),
    ("batch_cancelled", "取消批次"),
    ("batch_finished", "完成批次"),
    ("prompt_revised", "修订提示词"),
    ("catalogue_exported", "导出目录"),
    ("knowledge_changed", "修改知识库"),
]
_SELECTIONS = [
    ("missing", "缺少的"),
    ("rejected", "退回的"),
    ("all", "全部"),
    ("outdated", "旧版提示词起草的"),
    ("chosen", "选定的图像"),
]


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_knowledge")]

    operations = [
        migrations.RemoveConstraint(model_name="action", name="action_verb_known"),
        migrations.AlterField(
            model_name="action",
            name="verb",
            field=models.CharField(choices=_VERBS, max_length=40, verbose_name="动作"),
        ),
        migrations.AddConstraint(
            model_name="action",
            constraint=models.CheckConstraint(
                condition=models.Q(("verb__in", [value for value, _label in _VERBS])), name="action_verb_known"
            ),
        ),
        migrations.RemoveConstraint(model_name="batch", name="batch_selection_known"),
        migrations.RemoveConstraint(model_name="batch", name=_ONE_UNFINISHED),
        migrations.AlterField(
            model_name="batch",
            name="selection",
            field=models.CharField(choices=_SELECTIONS, default="missing", max_length=20, verbose_name="范围"),
        ),
        migrations.AddField(
            model_name="batch",
            name="criteria",
            field=models.JSONField(blank=True, default=dict, editable=False, verbose_name="条件"),
        ),
        migrations.AddField(
            model_name="batch",
            name="replace_accepted",
            field=models.BooleanField(
                default=False,
                help_text=(
                    "也为已采用、未经人改动的 AI 内容起草新的草稿；采用新草稿之前，原来的内容不变。"
                    "人写的、改过的从不重新起草。"
                ),
                verbose_name="重新起草已采用的 AI 内容",
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="background",
            field=models.BooleanField(
                default=False,
                help_text="否：由运行中的命令起草，命令停下就停下。",
                verbose_name="由后台进程起草",
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(("selection__in", [value for value, _label in _SELECTIONS])),
                name="batch_selection_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ["pending", "running", "paused"]), ("selection__in", ["missing", "rejected", "all"])
                ),
                fields=("collection", "prompt_version", "selection"),
                name=_ONE_UNFINISHED,
            ),
        ),
    ]
