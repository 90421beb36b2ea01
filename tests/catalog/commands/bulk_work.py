"""Carries bulk changes out in a process of its own, to be killed: `python -m tests.catalog.commands.bulk_work`."""

import time

import django


def main() -> None:
    """Work until there is nothing left."""
    django.setup()

    from catalog.review.bulk.jobs import BulkChanging
    from catalog.worker.worker import Worker

    job = BulkChanging()
    worker = Worker(job)
    while job.claim():
        time.sleep(worker.turn())


if __name__ == "__main__":
    main()
