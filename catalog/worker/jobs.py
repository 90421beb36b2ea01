"""What the worker knows of the work that it does: claim, run one step, release.

Rooms offer objects of this protocol in their own `jobs.py`; they need not know the worker for it.
"""

from typing import Protocol


class Job(Protocol):
    """One kind of background work, done in short steps by one thread. A process may die between any two of them."""

    def claim(self) -> bool:
        """Take what there is to do.

        Returns:
            Whether anything is in hand; where nothing is, the worker looks again a little later.

        Raises:
            DatabaseError: the database does not work; the worker tries again later.
        """

    def step(self) -> float:
        """Do one step of what is in hand. The process ends after it where it is told to, so it should be short.

        Returns:
            For how many seconds there is nothing to be done; 0 to go on at once.

        Raises:
            DatabaseError: the database does not work; the worker tries again later.
        """

    def release(self) -> None:
        """Give back what is in hand, as if it had not been taken: the process is about to end."""
