"""Pieces that queries are made of, which know models by their names: the models import the querysets."""

from typing import Any

from django.apps import apps
from django.db.models import Count, Subquery
from django.db.models.functions import Coalesce


def all_of(name: str) -> Any:
    """Return all rows of a model of the catalogue.

    Args:
        name: the model's.
    """
    model: Any = apps.get_model("catalog", name)
    return model.objects.all()


def number_of(rows: Any, holder: str) -> Coalesce:
    """Return how many rows belong to the outer query's row.

    Args:
        rows: those of the outer row.
        holder: how they name it.
    """
    return Coalesce(Subquery(rows.values(holder).annotate(number=Count("*")).values("number")), 0)
