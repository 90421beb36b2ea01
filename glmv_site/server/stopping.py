"""How the site stops: who is being answered hears it out while there is time, who comes meanwhile is told so.

The times are here because each has to be shorter than the next one. Whoever waits too long kills, and then a stream
ends without a word and nothing is logged.
"""

import logging

ANSWERS_S = 35.0
"""How long answers may go on being written. Those that are not complete by then end with an error that says why."""
ORPHANED_S = 1.0
"""The same where gunicorn's master is gone: whoever comes in its place needs the address and the model's memory."""
GRACEFUL_S = 40
"""How long gunicorn waits for its worker: time enough after ``ANSWERS_S`` to write the last word and its log line."""
PROGRAM_S = 45.0
"""How long the supervisor waits for gunicorn. Docker and ``start.sh`` wait for the supervisor: 60 s, written there."""

logger = logging.getLogger(__name__)


def see_off(patience_s: float) -> None:
    """Let the model take no more questions, and wait until nobody is being answered any more.

    Args:
        patience_s: how long; who is still being answered by then is told why it ends.
    """
    from inference.service import get_service

    service = get_service()
    if not service.drain(patience_s):
        logger.warning("the answers that are not complete after %g s are broken off", patience_s)
        service.stop()
