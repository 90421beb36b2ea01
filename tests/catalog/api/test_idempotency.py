"""A request with an `Idempotency-Key` is carried out once, however often it is sent."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from catalog.models import Action, Collection, IdempotencyKey, Image
from catalog.records import idempotency
from tests.catalog.api.calls import Program
from tests.catalog.people import administrator, cataloguer
from tests.factories import CollectionFactory, ImageFactory, picture

pytestmark = pytest.mark.django_db

NAMED = {"slug": "box", "title": "老照片"}


def create(program: Program, key: str = "k-1", body: Any = None) -> Any:
    return program.post("collections/", NAMED if body is None else body, Idempotency_Key=key)


def test_the_same_request_again_gets_the_same_answer_and_does_nothing() -> None:
    program = Program(administrator())

    first, again = create(program), create(program)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again["ETag"] == first["ETag"]
    assert (again["Idempotent-Replayed"], "Idempotent-Replayed" in first) == ("true", False)
    assert Collection.objects.count() == Action.objects.count() == 1


def test_the_key_of_another_request_is_refused() -> None:
    program = Program(administrator())
    create(program)

    other = create(program, body={"slug": "other", "title": "老照片"})
    elsewhere = program.post("prompts/", {}, Idempotency_Key="k-1")

    assert (other.status_code, elsewhere.status_code) == (422, 422)
    assert other.json()["code"] == "idempotency_key_reused"
    assert Collection.objects.count() == 1


def test_a_refused_request_may_be_mended_and_sent_with_the_same_key() -> None:
    program = Program(administrator())

    assert create(program, body={"slug": "box"}).status_code == 400
    assert create(program).status_code == 201


def test_keys_of_two_people_have_nothing_to_do_with_each_other() -> None:
    create(Program(administrator()))

    assert create(Program(administrator()), body={"slug": "other", "title": "老照片"}).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "键", "a" * 101])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    assert create(Program(administrator()), key=key).status_code == 400
    assert not Collection.objects.exists()


def test_a_request_at_work_is_told_so() -> None:
    user = administrator()
    create(Program(user))
    IdempotencyKey.objects.update(
        status=None, claim="00000000-0000-0000-0000-000000000001", claimed_until=timezone.now() + timedelta(minutes=1)
    )

    response = create(Program(user))

    assert (response.status_code, response.json()["code"]) == (409, "idempotency_key_at_work")
    assert int(response["Retry-After"]) > 0


def test_a_request_whose_process_died_is_taken_over_once_its_claim_is_over() -> None:
    user = administrator()
    response = create(Program(user))
    Collection.objects.all().delete()  # it was rolled back with its answer
    IdempotencyKey.objects.update(
        status=None, claim="00000000-0000-0000-0000-000000000001", claimed_until=timezone.now() - timedelta(seconds=1)
    )

    assert create(Program(user)).status_code == response.status_code == 201
    assert Collection.objects.count() == 1


def test_who_comes_too_late_with_an_answer_does_not_keep_it() -> None:
    claimed = idempotency.claim(user=administrator(), key="k", digest="d")
    assert isinstance(claimed, idempotency.Claim)
    IdempotencyKey.objects.update(claim="00000000-0000-0000-0000-000000000001")

    with pytest.raises(Exception, match="还在处理"):
        idempotency.keep(claimed, idempotency.Answer(201, {}, "{}"))


def test_answers_are_forgotten_after_their_time(settings: Settings) -> None:
    program = Program(administrator())
    create(program)
    IdempotencyKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    response = create(program)

    assert (response.status_code, set(response.json()["errors"])) == (400, {"slug"})  # carried out anew
    assert not IdempotencyKey.objects.exists()


def test_an_upload_is_told_apart_by_the_files_content(settings: Settings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    collection = CollectionFactory(slug="box")
    client = Program(cataloguer(collection)).client

    def send(content: bytes) -> Any:
        data = {"collection": "box", "file": SimpleUploadedFile("1.jpg", content)}
        return client.post("/api/v1/images/", data, headers={"Idempotency-Key": "k"})

    first, again, other = send(picture()), send(picture()), send(picture((1, 2, 3)))

    assert [first.status_code, again.status_code, other.status_code] == [201, 201, 422]
    assert first.json() == again.json()
    assert Image.objects.count() == 1


def test_bulk_requests_are_answered_again_with_each_result() -> None:
    image = ImageFactory()
    program = Program(cataloguer(image.collection))
    body = {"items": [{"image": image.pk, "field": "title", "value": "石桥", "ai": True}]}

    first, again = (program.post("annotations/bulk/", body, Idempotency_Key="k") for _time in range(2))

    assert first.json() == again.json()
    assert first.json()["results"][0]["status"] == 201
    assert image.annotations.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_one_creates() -> None:
    user = administrator()
    program = Program(user)
    answers: list[Any] = []

    def ask() -> None:
        try:
            answers.append(Program(user).post("collections/", NAMED, Idempotency_Key="k"))
        finally:
            connection.close()

    create(program, key="warm", body={"slug": "warm", "title": "热身"})
    threads = [threading.Thread(target=ask) for _one in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert Collection.objects.filter(slug="box").count() == 1
