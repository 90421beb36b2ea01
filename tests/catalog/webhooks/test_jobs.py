"""The worker's part: what stands in the outbox is sent, by a process that may be killed at any moment."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as site_settings
from django.utils import timezone
from pytest_django import Settings

from catalog.models import WebhookDelivery, WebhookEvent
from catalog.records import outbox
from catalog.vocabulary import DeliveryState, EventKind
from catalog.webhooks.jobs import Delivering
from catalog.webhooks.sending import Outcome, Sender
from catalog.worker.worker import IDLE_S, Worker
from tests.catalog.commands.test_kill import ROOT, database_url
from tests.catalog.endpoints import HOST, endpoint, is_signed, sender
from tests.inference.web_site import Site, Visit, serving, shows
from tests.waiting import eventually

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.pages["/glmv"] = shows("收到".encode())
        yield site


def job(site: Site) -> Delivering:
    return Delivering(sender(f"{HOST}:{site.port}"))


def written(site: Site, number: int = 1) -> str:
    """Write events for an endpoint at a site; return its secret."""
    receiver, secret = endpoint(url=f"http://{HOST}:{site.port}/glmv")
    for batch in range(number):
        outbox.write(kind=EventKind.BATCH_ENDED, endpoints=[receiver.pk], data={"batch": batch})
    return secret


def test_what_stands_in_the_outbox_is_sent_in_turn_and_signed(site: Site) -> None:
    secret = written(site, 3)
    worker = Worker(job(site))
    while not worker.turn():
        pass

    assert site.bodies == [
        body.encode() for body in WebhookEvent.objects.order_by("created_at").values_list("body", flat=True)
    ]
    assert all(is_signed(secret, headers, body) for headers, body in zip(site.headers, site.bodies, strict=True))
    assert set(WebhookDelivery.objects.values_list("state", "status")) == {(DeliveryState.DELIVERED, 200)}


def test_where_nothing_is_to_be_sent_the_worker_rests(site: Site) -> None:
    assert Worker(job(site)).turn() == IDLE_S


def test_what_is_in_hand_is_given_back(site: Site) -> None:
    written(site)
    working = job(site)
    assert working.claim()
    working.release()
    assert WebhookDelivery.objects.get().state == DeliveryState.WAITING
    assert site.bodies == []


def test_with_another_secret_key_nothing_leaves_and_the_page_says_why(site: Site, settings: Settings) -> None:
    written(site)
    settings.SECRET_KEY = "another one"
    Worker(job(site)).turn()
    row = WebhookDelivery.objects.get()
    assert (row.state, row.status) == (DeliveryState.WAITING, None)
    assert "换发" in row.answer
    assert site.bodies == []


class Faulty(Sender):
    """Breaks down over the first message."""

    faults = iter([RuntimeError("a fault of ours")])

    def send(self, address: str, *, headers: Mapping[str, str], body: bytes) -> Outcome:
        for fault in self.faults:
            raise fault
        return Outcome(200, "")


def test_a_fault_of_ours_is_told_and_the_next_message_is_sent(site: Site) -> None:
    written(site)
    written(site)
    worker = Worker(Delivering(Faulty([HOST])))
    while not worker.turn():
        pass

    first, second = WebhookDelivery.objects.order_by("pk")
    assert (first.state, second.state) == (DeliveryState.WAITING, DeliveryState.DELIVERED)
    assert "日志" in first.answer


def test_old_events_are_deleted_now_and_then(site: Site) -> None:
    written(site)
    WebhookDelivery.objects.update(state=DeliveryState.DELIVERED)
    WebhookEvent.objects.update(created_at=timezone.now() - timedelta(days=40))
    now = [0.0]
    working = Delivering(sender(HOST), clock=lambda: now[0])
    assert not working.claim()
    assert WebhookEvent.objects.exists()
    now[0] = 4000.0
    assert not working.claim()
    assert not WebhookEvent.objects.exists()


@contextmanager
def working_process(folder: Path, site: Site) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GLMV_")} | {
        "DJANGO_SETTINGS_MODULE": "glmv_site.settings",
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(folder),
        "SECRET_KEY": site_settings.SECRET_KEY,
        "GLMV_WEBHOOK_HOSTS": f"127.0.0.1:{site.port}",
        "GLMV_WEBHOOK_NETWORKS": "127.0.0.0/8",
    }
    command = [sys.executable, "-m", "tests.catalog.commands.webhook_work"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.django_db(transaction=True)
def test_a_kill_while_an_endpoint_answers_has_the_message_sent_once_more_under_the_same_id(
    site: Site, tmp_path: Path
) -> None:
    arrived, answering = threading.Event(), threading.Event()

    def slow_at_first(visit: Visit) -> None:
        arrived.set()
        answering.wait(120)
        visit.say(200)

    site.pages["/glmv"] = slow_at_first
    receiver, secret = endpoint(url=f"http://127.0.0.1:{site.port}/glmv")
    for batch in range(2):
        outbox.write(kind=EventKind.BATCH_ENDED, endpoints=[receiver.pk], data={"batch": batch})

    with working_process(tmp_path, site) as process:
        assert arrived.wait(120), f"nothing was sent; the process says {process.poll()}"
        process.send_signal(signal.SIGKILL)
        process.wait()
    answering.set()
    assert WebhookDelivery.objects.filter(state=DeliveryState.SENDING).count() == 1
    with working_process(tmp_path, site):
        eventually(lambda: not WebhookDelivery.objects.exclude(state=DeliveryState.DELIVERED).exists())

    ids = [{name.lower(): value for name, value in headers.items()}["webhook-id"] for headers in site.headers]
    assert sorted(map(ids.count, set(ids))) == [1, 2]
    assert all(is_signed(secret, headers, body) for headers, body in zip(site.headers, site.bodies, strict=True))
