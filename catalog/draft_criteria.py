"""What drafts that wait are narrowed down by: field, flag, evidence, batch, prompt version.

A list that somebody narrows by one of these shows drafts and not records alone: of a record with six drafts it shows
those that meet all criteria, and whoever decides about the list as a whole decides about these.
"""

from dataclasses import dataclass

from django.db.models import Q

from catalog.facets import DRAFTED, FLAGGED, RESTING_ON, Facet
from catalog.vocabulary import Evidence, Field, Flag


@dataclass(frozen=True, slots=True)
class DraftCriteria:
    """What a draft has to meet, all of it; what is empty or None is not asked for.

    Attributes:
        field: the descriptive field that it is for.
        flag: what it warns of, beside something else perhaps; a flag that says one thing.
        evidence: what it rests on.
        batch: key of the batch that proposed it.
        prompt_version: key of the prompt version that it answers.
    """

    field: str = ""
    flag: str = ""
    evidence: str = ""
    batch: int | None = None
    prompt_version: int | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether any draft meets them."""
        return self == DraftCriteria()

    @property
    def facets(self) -> list[Facet]:
        """Return what is so of every image with such a draft; an index tells it.

        Raises:
            ValueError: a criterion is not of its vocabulary.
        """
        found = [DRAFTED[Field(self.field)]] if self.field else []
        found += [FLAGGED[Flag(self.flag)]] if self.flag else []
        return found + ([RESTING_ON[Evidence(self.evidence)]] if self.evidence else [])

    @property
    def are_told_by_facets(self) -> bool:
        """Tell whether the facets say all: of two, each may be so of another draft of the image."""
        return self.batch is None and self.prompt_version is None and len(self.facets) < 2

    @property
    def condition(self) -> Q:
        """Return the condition on an annotation that waits."""
        asked = {
            "field": self.field,
            "evidence": self.evidence,
            "run__batch_item__batch": self.batch,
            "run__prompt_version": self.prompt_version,
        }
        condition = Q(**{column: value for column, value in asked.items() if value})
        return condition & Q(flag__in=Flag.containing(self.flag)) if self.flag else condition
