"""Changes of tables that nobody has to wait for: on PostgreSQL in steps, each of which locks its table for a moment.

A step that was done is not done again, so that a migration that was broken off is run once more from its beginning. On
SQLite, where all writers take turns at one lock anyway, a migration stays one transaction. There each change of a
constraint copies the whole table, so that of several in a row all but the last say `copied_later=True`. See ADR 48.
"""

import time

from django.db import OperationalError, connection, migrations, transaction

# How long a step waits for its lock, and everybody else behind it; then it lets them go first.
_PATIENCE = "300ms"
_PAUSE_S = 0.5
# Five minutes and more: a backup reads every table for as long as it takes.
_TRIES = 600
_LOCK_NOT_AVAILABLE = "55P03"


class OnlineMigration(migrations.Migration):
    """A migration of operations below: not one transaction on PostgreSQL."""

    @property
    def atomic(self):
        return connection.vendor != "postgresql"

    def report(self):
        """Return in sentences what people will find changed; `upgrade` says it once the migration is complete."""
        return []


def is_online(schema_editor):
    """Tell whether others go on writing while this runs."""
    return schema_editor.connection.vendor == "postgresql"


def briefly(schema_editor, step):
    """Take a step that locks its table in a transaction of its own, which never keeps others waiting for long."""
    alias = schema_editor.connection.alias
    for left in reversed(range(_TRIES)):
        try:
            with transaction.atomic(using=alias):
                schema_editor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'", params=None)
                step()
            return
        except OperationalError as error:
            if not left or getattr(error.__cause__, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
                raise
        time.sleep(_PAUSE_S)


class _Step:
    """What is done as Django does it, unless it was done before, and on PostgreSQL apart from everything else."""

    atomic = False

    def __init__(self, *arguments, copied_later=False, **named):
        super().__init__(*arguments, **named)
        self.copied_later = copied_later

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        forwards = super().database_forwards
        if not is_online(schema_editor):
            if not self.copied_later:
                forwards(app_label, schema_editor, from_state, to_state)
        elif not self.is_done(schema_editor, to_state.apps.get_model(app_label, self.model_name)._meta.db_table):
            briefly(schema_editor, lambda: forwards(app_label, schema_editor, from_state, to_state))


class AddColumn(_Step, migrations.AddField):
    """A column that may be empty or has a constant default, which databases add without writing a row; a check follows.

    The default is the database's until then on SQLite, where the check copies the table, and until the end of the step
    on PostgreSQL.
    """

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if is_online(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        field, quoted = model._meta.get_field(self.name), schema_editor.quote_name
        holds = "NULL"
        if not field.null:
            holds = f"NOT NULL DEFAULT {schema_editor.prepare_default(schema_editor.effective_default(field))}"
        schema_editor.execute(
            f"ALTER TABLE {quoted(model._meta.db_table)} ADD COLUMN {quoted(field.column)}"
            f" {field.db_type(schema_editor.connection)} {holds}",
            params=None,
        )

    def is_done(self, schema_editor, table):
        with schema_editor.connection.cursor() as cursor:
            columns = schema_editor.connection.introspection.get_table_description(cursor, table)
        own_name = f"{self.name}_id" if self.field.many_to_one else self.name
        return any(column.name == own_name for column in columns)


class AddReference(_Step, migrations.AddField):
    """A foreign key that is empty in all rows, without an index of its own: nothing is written, nothing looked through."""

    def is_done(self, schema_editor, table):
        with schema_editor.connection.cursor() as cursor:
            columns = schema_editor.connection.introspection.get_table_description(cursor, table)
        return any(column.name == f"{self.name}_id" for column in columns)


class DropConstraint(_Step, migrations.RemoveConstraint):
    def is_done(self, schema_editor, table):
        return self.name not in _constraints(schema_editor, table)


class AddUnique(_Step, migrations.AddConstraint):
    """A rule that rows differ, for a small table: making its index keeps writers waiting."""

    def is_done(self, schema_editor, table):
        return self.constraint.name in _constraints(schema_editor, table)


class AddCheck(_Step, migrations.AddConstraint):
    """A check that holds for new rows first, and is then looked for in the old ones, beside everybody who writes."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if not is_online(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        add_check(schema_editor, model, self.constraint)
        validate_check(schema_editor, model, self.constraint)


def add_check(schema_editor, model, constraint):
    """Have a check hold for whatever is written from now on."""
    if constraint.name not in _constraints(schema_editor, model._meta.db_table):
        statement = f"{constraint.create_sql(model, schema_editor)} NOT VALID"
        briefly(schema_editor, lambda: schema_editor.execute(statement, params=None))


def validate_check(schema_editor, model, constraint):
    """Look whether a check holds for what was written before."""
    quoted = schema_editor.quote_name
    statement = f"ALTER TABLE {quoted(model._meta.db_table)} VALIDATE CONSTRAINT {quoted(constraint.name)}"
    briefly(schema_editor, lambda: schema_editor.execute(statement, params=None))


class AddIndex(migrations.AddIndex):
    """An index that PostgreSQL makes while others write."""

    atomic = False

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if not is_online(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        name = schema_editor.quote_name(self.index.name)
        # One that was broken off stays, and is of no use.
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}", params=None)
        schema_editor.add_index(model, self.index, concurrently=True)


class DropIndex(migrations.RemoveIndex):
    """An index that PostgreSQL takes away while others write."""

    atomic = False

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if not is_online(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.name)}", params=None)


def _constraints(schema_editor, table):
    with schema_editor.connection.cursor() as cursor:
        return schema_editor.connection.introspection.get_constraints(cursor, table)
