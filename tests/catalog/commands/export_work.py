"""Makes exports in a process of its own, to be killed: `python -m tests.catalog.commands.export_work`."""

import time

import django


def main() -> None:
    """Work until there is nothing left."""
    django.setup()

    from catalog.exchange.exports.jobs import Exporting
    from catalog.worker.worker import Worker

    job = Exporting()
    worker = Worker(job)
    while job.claim():
        time.sleep(worker.turn())


if __name__ == "__main__":
    main()
