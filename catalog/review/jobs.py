"""The reviewers' background work: long lists of an examination are looked through, and carried out once confirmed."""

from catalog.models import Examination
from catalog.review.disclosure.examinations import advance
from catalog.vocabulary import ExaminationState


class Examining:
    """Works off lists, some hundred records a step; `catalog.worker.jobs.Job` is the protocol that it keeps.

    Nothing is in hand between two steps: any number of workers may run it, the list's row lock has them take turns.
    """

    def claim(self) -> bool:
        """Tell whether any list is at work."""
        return self._next() is not None

    def step(self) -> float:
        """Take the next step of the oldest one; there may always be another."""
        examination = self._next()
        if examination is not None:
            advance(examination)
        return 0.0

    def release(self) -> None:
        """Give back nothing."""

    def _next(self) -> Examination | None:
        # Spelt out, as the index has it.
        states = [state.value for state in ExaminationState.at_work()]
        return Examination.objects.filter(state__in=states).order_by("pk").first()
