"""Sends webhooks in a process of its own, to be killed: `python -m tests.catalog.commands.webhook_work`."""

import time

import django


def main() -> None:
    """Work until the process is ended."""
    django.setup()

    from catalog.webhooks.jobs import Delivering
    from catalog.webhooks.sending import Sender
    from catalog.worker.worker import Worker

    worker = Worker(Delivering(Sender.configured()))
    while True:
        time.sleep(min(worker.turn(), 0.1))


if __name__ == "__main__":
    main()
