from django.db import migrations, models

_FLAGS = [
    ("", "无"),
    ("overlong", "超过字数"),
    ("truncated", "回答被截断，可能不完整"),
    ("doubtful", "存疑：没有依据"),
]
_EVIDENCE = [("", "无"), ("picture", "画面"), ("inscription", "题字"), ("record", "著录"), ("inference", "推测")]
_FORMS = [
    ("sentence", "一句话"),
    ("six_elements", "六要素"),
    ("title", "题名"),
    ("keywords", "关键词"),
    ("transcription", "文字转录"),
    ("feedback", "评改意见"),
    ("free", "自由描述"),
]


def restore_trigger(apps, schema_editor):
    """SQLite rebuilds the table of prompt versions for its new constraint, and the trigger goes with the old one."""
    if schema_editor.connection.vendor != "sqlite":
        return
    schema_editor.execute("DROP TRIGGER IF EXISTS catalog_promptversion_immutable")
    schema_editor.execute(
        """
        CREATE TRIGGER catalog_promptversion_immutable BEFORE UPDATE ON catalog_promptversion
        BEGIN SELECT RAISE(ABORT, 'catalog_promptversion rows are immutable'); END
        """
    )


def known(column, choices):
    return models.Q((f"{column}__in", [value for value, _label in choices]))


class Migration(migrations.Migration):
    dependencies = [("catalog", "0007_near_groups")]

    operations = [
        # Backwards the operations run from the last to the first: the trigger is restored after either rebuilding.
        migrations.RunPython(migrations.RunPython.noop, restore_trigger),
        migrations.RemoveConstraint(model_name="annotation", name="annotation_flag_known"),
        migrations.RemoveConstraint(model_name="promptversion", name="promptversion_form_known"),
        migrations.AddField(
            model_name="annotation",
            name="evidence",
            field=models.CharField(
                blank=True, choices=_EVIDENCE, db_default="", default="", max_length=20, verbose_name="依据"
            ),
        ),
        migrations.AlterField(
            model_name="annotation",
            name="flag",
            field=models.CharField(blank=True, choices=_FLAGS, default="", max_length=20, verbose_name="提醒"),
        ),
        migrations.AddConstraint(
            model_name="annotation",
            constraint=models.CheckConstraint(condition=known("flag", _FLAGS), name="annotation_flag_known"),
        ),
        migrations.AddConstraint(
            model_name="annotation",
            constraint=models.CheckConstraint(condition=known("evidence", _EVIDENCE), name="annotation_evidence_known"),
        ),
        migrations.AddField(
            model_name="collection",
            name="notes",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text=(
                    "起草时作为已知信息交给模型，例如拍摄的年代和范围、常见的地名和人名；不公开。"
                    "只写可靠的内容：这里的人名算有依据。"
                ),
                verbose_name="资料说明",
            ),
        ),
        migrations.AddField(
            model_name="promptversion",
            name="with_facts",
            field=models.BooleanField(
                db_default=False,
                default=True,
                help_text=(
                    "起草时把已采用的著录、编号、背面文字和馆藏的资料说明作为引文放在正文前面。"
                    "抄录文字一类的提示词不要勾选。"
                ),
                verbose_name="附上已知信息",
            ),
        ),
        migrations.AlterField(
            model_name="promptversion",
            name="form",
            field=models.CharField(choices=_FORMS, max_length=20, verbose_name="回答形式"),
        ),
        migrations.AddConstraint(
            model_name="promptversion",
            constraint=models.CheckConstraint(condition=known("form", _FORMS), name="promptversion_form_known"),
        ),
        migrations.RunPython(restore_trigger, migrations.RunPython.noop),
    ]
