"""Entries of the action log with a time of their own, which the model would not take."""

import json
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import connection

from catalog.models import Image
from catalog.vocabulary import Verb


def logged_at(moment: datetime, user: User, image: Image, verb: Verb, **details: Any) -> None:
    """Put an entry into the log.

    Args:
        moment: when.
        user: who.
        image: about which image.
        verb: what they did.
        **details: what else is told.
    """
    columns = "(user_id, image_id, collection_id, verb, label, details, created_at)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO catalog_action {columns} VALUES (%s, %s, %s, %s, '', %s, %s)",  # noqa: S608 - names from above
            [user.pk, image.pk, image.collection_id, verb.value, json.dumps(details), moment],
        )
