"""Shows how far a command is that does several things one after the other, on its standard error."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.management.base import OutputWrapper
from rich.progress import TaskID

from catalog.management.console import progress_bar


@contextmanager
def steps_shown(stderr: OutputWrapper) -> Iterator[Callable[[str, int, int], None]]:
    """Show a progress bar for each step.

    Args:
        stderr: the command's.

    Yields:
        What is told of progress: the step, how much of it is done, how much there is.
    """
    tasks: dict[str, TaskID] = {}
    with progress_bar(stderr) as bar:

        def progress(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done, total=total)

        yield progress
