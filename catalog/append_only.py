"""Querysets of rows that can be added and read only: prompt versions, the action log and its chain."""

from typing import TYPE_CHECKING, Any, NoReturn, Self

from django.db import models

if TYPE_CHECKING:
    from catalog import models as rows  # noqa: F401 - by name only, in strings: the models use these querysets


class PromptVersionQuerySet(models.QuerySet["rows.PromptVersion"]):
    """Prompt versions, which can be added and read only."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse: versions are immutable."""
        raise TypeError("Prompt versions are immutable.")

    def delete(self) -> NoReturn:
        """Refuse: versions are never deleted."""
        raise TypeError("Prompt versions are never deleted.")


class ActionQuerySet(models.QuerySet["rows.Action"]):
    """The action log, which can be added to and read only."""

    def without_digest(self) -> Self:
        """Keep the entries that the chain does not hold yet."""
        return self.filter(digest__isnull=True)

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse: the log is append-only."""
        raise TypeError("The action log is append-only.")

    def delete(self) -> NoReturn:
        """Refuse: the log is append-only."""
        raise TypeError("The action log is append-only.")


class ActionDigestQuerySet(models.QuerySet["rows.ActionDigest"]):
    """The chain over the action log, which can be added to and read only."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse: the chain is append-only."""
        raise TypeError("The chain of the action log is append-only.")

    def delete(self) -> NoReturn:
        """Refuse: the chain is append-only."""
        raise TypeError("The chain of the action log is append-only.")
