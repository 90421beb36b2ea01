"""The chain over the action log, as immutable as the log itself. Existing entries are chained by the worker."""

import django.db.models.deletion
from django.db import migrations, models

STATEMENTS = {
    "sqlite": """
        CREATE TRIGGER catalog_actiondigest_immutable BEFORE UPDATE ON catalog_actiondigest
        BEGIN SELECT RAISE(ABORT, 'catalog_actiondigest rows are immutable'); END
    """,
    # The function is migration 0002's.
    "postgresql": """
        CREATE TRIGGER catalog_actiondigest_immutable BEFORE UPDATE ON catalog_actiondigest
        FOR EACH ROW EXECUTE FUNCTION catalog_refuse_update()
    """,
}


def create_trigger(apps, schema_editor):
    schema_editor.execute(STATEMENTS[schema_editor.connection.vendor], params=None)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0025_words_of_the_profession")]

    operations = [
        migrations.CreateModel(
            name="ActionDigest",
            fields=[
                ("position", models.PositiveBigIntegerField(primary_key=True, serialize=False, verbose_name="次序")),
                (
                    "action",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="digest",
                        to="catalog.action",
                        verbose_name="操作记录",
                    ),
                ),
                ("digest", models.CharField(max_length=64, verbose_name="摘要")),
            ],
            options={
                "verbose_name": "操作记录的摘要",
                "verbose_name_plural": "操作记录的摘要",
                "ordering": ["position"],
            },
        ),
        # Backwards the table goes, and the trigger with it.
        migrations.RunPython(create_trigger, migrations.RunPython.noop),
    ]
