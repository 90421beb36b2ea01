"""Triggers that keep prompt versions and the action log from being changed, whatever writes to the database.

Only updates are refused: rows are never deleted by the application (models and querysets see to it), but a test
runner must be able to empty a table.

A later migration that rebuilds one of these tables on SQLite drops its trigger and has to create it again; a test
notices when it does not.
"""

from django.db import migrations

TABLES = ["catalog_promptversion", "catalog_action"]


def create_triggers(apps, schema_editor):
    for table in TABLES:
        for statement in STATEMENTS[schema_editor.connection.vendor]:
            # No parameters: a percent sign is a percent sign.
            schema_editor.execute(statement.format(table=table), params=None)


def drop_triggers(apps, schema_editor):
    for table in TABLES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {table}_immutable ON {table}")
        else:
            schema_editor.execute(f"DROP TRIGGER {table}_immutable")
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION catalog_refuse_update()")


REFUSING_FUNCTION = """
CREATE OR REPLACE FUNCTION catalog_refuse_update() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% rows are immutable', TG_TABLE_NAME USING ERRCODE = '23000'; END $$
"""

STATEMENTS = {
    "sqlite": [
        """
        CREATE TRIGGER {table}_immutable BEFORE UPDATE ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} rows are immutable'); END
        """,
    ],
    "postgresql": [
        REFUSING_FUNCTION,
        """
        CREATE TRIGGER {table}_immutable BEFORE UPDATE ON {table}
        FOR EACH ROW EXECUTE FUNCTION catalog_refuse_update()
        """,
    ],
}


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [migrations.RunPython(create_triggers, drop_triggers)]
