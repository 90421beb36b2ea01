"""Several roles for one person, a role that reads the log, and administrators who change content as members only.

Until here Django's superusers could do everything. So that nobody is locked out, each of them who can sign in becomes
cataloguer and reviewer of all collections; the action log and the upgrade say so.
"""

from django.conf import settings
from django.db import migrations, models, transaction

from catalog.migrations import _online as online

_ROLES = [("cataloguer", "编目员"), ("reviewer", "审核员"), ("auditor", "审计员")]
_KEPT = ("cataloguer", "reviewer")
_STRONGEST_FIRST = ("reviewer", "cataloguer")
_VERBS = [
    ("collection_created", "建立馆藏"),
    ("collection_changed", "修改馆藏"),
    ("image_imported", "导入图像"),
    ("image_changed", "修改图像"),
    ("group_changed", "调整近似组"),
    ("value_set", "人工著录"),
    ("value_restored", "恢复旧内容"),
    ("draft_accepted", "采用草稿"),
    ("draft_edited", "修改后采用"),
    ("draft_rejected", "退回草稿"),
    ("draft_reworded", "改写草稿"),
    ("draft_withdrawn", "收回草稿"),
    ("decision_undone", "撤销决定"),
    ("bulk_started", "开始批量改动"),
    ("bulk_ended", "批量改动结束"),
    ("batch_created", "建立批次"),
    ("batch_paused", "暂停批次"),
    ("batch_resumed", "继续批次"),
    ("batch_retried", "重试批次中失败的图像"),
    ("batch_cancelled", "取消批次"),
    ("batch_finished", "完成批次"),
    ("audit_planned", "安排抽检"),
    ("audit_judged", "抽检判定"),
    ("audit_closed", "处置抽检批"),
    ("lot_accepted", "抽检后成批采用"),
    ("lot_released", "公开抽检采用的内容"),
    ("lot_rejected", "成批退回抽检批"),
    ("prompt_revised", "修订提示词"),
    ("catalogue_exported", "导出目录"),
    ("knowledge_changed", "修改知识库"),
    ("account_created", "建立账户"),
    ("account_changed", "修改账户"),
    ("role_given", "授予角色"),
    ("role_taken", "收回角色"),
    ("log_exported", "导出操作记录"),
    ("disclosure_migrated", "升级时设定开放标识"),
    ("disclosure_proposed", "开放初审"),
    ("disclosure_confirmed", "开放复审"),
    ("disclosure_refused", "退回开放初审"),
    ("disclosure_taken_back", "收回开放初审"),
    ("disclosure_withdrawn", "撤回开放"),
    ("secrecy_found", "发现密级标志，停用"),
    ("secrecy_cleared", "解除疑似涉密"),
    ("words_changed", "修改开放审核词表"),
]
_told = []


def keep_administrators_at_work(apps, schema_editor):
    """Give superusers the memberships that they could do without, each with its entry in the log."""
    alias = schema_editor.connection.alias
    users = apps.get_model(settings.AUTH_USER_MODEL).objects.using(alias)
    memberships = apps.get_model("catalog", "Membership").objects.using(alias)
    actions = apps.get_model("catalog", "Action").objects.using(alias)
    _told.clear()
    for user in users.filter(is_superuser=True, is_active=True).order_by("pk"):
        with transaction.atomic(using=alias):
            held = set(memberships.filter(user=user, collection=None).values_list("role", flat=True))
            missing = [role for role in _KEPT if role not in held]
            for role in missing:
                memberships.create(user=user, collection=None, role=role)
                beside = sorted({"administrator", *held, *missing} - {role})
                details = {"account": user.pk, "role": role, "beside": beside, "upgrade": True}
                actions.create(verb="role_given", label=user.username[:300], details=details)
        if missing:
            _told.append(
                f"管理员 {user.username}：从这个版本起，管理员只管账户和设置。为了照常编目和审核，已授予所有馆藏的编目员、审核员角色；"
                "不需要时可在工作台的“用户”里收回。"
            )


def keep_one_role(apps, schema_editor):
    """Earlier versions know one role for each person and collection, and no auditors."""
    memberships = apps.get_model("catalog", "Membership").objects.using(schema_editor.connection.alias)
    memberships.exclude(role__in=_KEPT).delete()
    seen = set()
    for row in sorted(memberships.all(), key=lambda row: _STRONGEST_FIRST.index(row.role)):
        if (row.user_id, row.collection_id) in seen:
            row.delete()
        seen.add((row.user_id, row.collection_id))


def restore_trigger(apps, schema_editor):
    """SQLite copies the table of the action log for its new check, and the trigger stays with the old one."""
    if schema_editor.connection.vendor != "sqlite":
        return
    schema_editor.execute("DROP TRIGGER IF EXISTS catalog_action_immutable")
    schema_editor.execute(
        """
        CREATE TRIGGER catalog_action_immutable BEFORE UPDATE ON catalog_action
        BEGIN SELECT RAISE(ABORT, 'catalog_action rows are immutable'); END
        """
    )


class Migration(online.OnlineMigration):
    dependencies = [
        ("catalog", "0031_review_page"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # Backwards the operations run from the last to the first: the trigger is restored after either copying.
        migrations.RunPython(migrations.RunPython.noop, restore_trigger),
        online.DropConstraint(model_name="action", name="action_verb_known", copied_later=True),
        migrations.AlterField(
            model_name="action",
            name="verb",
            field=models.CharField(choices=_VERBS, max_length=40, verbose_name="动作"),
        ),
        online.AddCheck(
            model_name="action",
            constraint=models.CheckConstraint(
                condition=models.Q(("verb__in", [value for value, _label in _VERBS])), name="action_verb_known"
            ),
        ),
        migrations.RunPython(restore_trigger, migrations.RunPython.noop),
        migrations.AlterModelOptions(
            name="membership",
            options={
                "ordering": ["user_id", "collection_id", "role"],
                "verbose_name": "成员",
                "verbose_name_plural": "成员",
            },
        ),
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.CharField(choices=_ROLES, default="cataloguer", max_length=20, verbose_name="角色"),
        ),
        online.DropConstraint(model_name="membership", name="membership_one_role_per_collection", copied_later=True),
        online.DropConstraint(model_name="membership", name="membership_one_role_in_all", copied_later=True),
        online.DropConstraint(model_name="membership", name="membership_role_known", copied_later=True),
        online.AddCheck(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", [value for value, _label in _ROLES])), name="membership_role_known"
            ),
        ),
        online.AddUnique(
            model_name="membership",
            constraint=models.UniqueConstraint(
                condition=models.Q(("collection__isnull", False)),
                fields=("user", "collection", "role"),
                name="membership_role_once_per_collection",
                violation_error_message="该用户在这个馆藏里已有这个角色。",
            ),
        ),
        online.AddUnique(
            model_name="membership",
            constraint=models.UniqueConstraint(
                condition=models.Q(("collection__isnull", True)),
                fields=("user", "role"),
                name="membership_role_once_in_all",
                violation_error_message="该用户在所有馆藏里已有这个角色。",
            ),
        ),
        migrations.RunPython(keep_administrators_at_work, keep_one_role),
    ]

    def report(self):
        """Return who was given which roles."""
        return _told
