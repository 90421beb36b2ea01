"""Lets go of the database where a request is going to wait for something else."""

from django.db import connections


def let_go_of_database() -> None:
    """Hold no connection while the model works or a web site answers: dozens of requests wait at once."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
