"""Looks whether the database is there and has its tables: for whoever starts the site, and for the doctor."""

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from inference.errors import UNREACHABLE, outage_of


def problem() -> str:
    """Look at the database.

    Returns:
        What is wrong and what to do; empty where every page will find its tables.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error as error:
        outage = outage_of(error)
        if outage is not None and outage is not UNREACHABLE:
            return str(outage)
        reason = " ".join(str(error).split())
        return _("连接不上数据库：%(reason)s。请检查 DATABASE_URL。") % {"reason": reason}
    words = _("数据库尚未建好或版本较旧，请先运行：%(manage)s upgrade") % {"manage": settings.GLMV_MANAGE}
    return words if missing else ""
