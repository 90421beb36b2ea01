"""Reviewing's background work: lists of examinations are carried out, lots listed, accepted, made public, rejected."""

from catalog.examination_words import ExaminationState
from catalog.models import Examination
from catalog.review.acceptance.executing import go_on
from catalog.review.disclosure.examinations import advance

_PAUSE_S = 2.0


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


class LotWork:
    """Takes the next step of an audit; `catalog.worker.jobs.Job` is the protocol that it keeps.

    Where each stands is in its row: nothing is in hand between two steps, and several may run at once.
    """

    def claim(self) -> bool:
        """Tell that there may be something to do; what there is, is seen in the step."""
        return True

    def step(self) -> float:
        """Take a step; return how long there will be nothing to do."""
        return 0.0 if go_on() else _PAUSE_S

    def release(self) -> None:
        """Give back nothing."""
