"""Tables out and back through the interface: asked for, watched, fetched, begun, undone."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from catalog.exchange.imports import running
from catalog.models import Action, Collection, Export, TableImport
from catalog.vocabulary import Verb
from tests.catalog.api.calls import Program
from tests.catalog.people import administrator_only, auditor, cataloguer, reviewer
from tests.factories import CollectionFactory, ImageFactory, UserFactory, described

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory(slug="box")


def sent(response: Any) -> bytes:
    return b"".join(response.streaming_content)


class TestExports:
    def test_records_are_exported_and_the_file_fetched(self, collection: Collection) -> None:
        described(ImageFactory(collection=collection, identifier="0012"), title="石桥")
        described(ImageFactory(), title="别处")
        program = Program(cataloguer(collection))

        made = program.post("exports/", {"format": "csv", "collection": "box"})
        told = program.get(f"exports/{made.json()['key']}/").json()
        file = program.client.get(told["file"])

        assert (made.status_code, told["state"], told["records"]) == (201, "done", 1)
        text = sent(file).decode("utf-8-sig")
        assert "石桥" in text
        assert "0012" in text
        assert "别处" not in text
        assert Action.objects.filter(verb=Verb.CATALOGUE_EXPORTED).exists()

    def test_columns_of_a_preset_are_chosen_by_its_key(self, collection: Collection) -> None:
        described(ImageFactory(collection=collection, identifier="0012"), title="石桥")
        program = Program(cataloguer(collection))

        made = program.post("exports/", {"format": "csv", "preset": "dublin-core"}).json()
        unknown = program.post("exports/", {"format": "csv", "preset": "no-such"})

        assert "dc:title" in sent(program.client.get(made["file"])).decode("utf-8-sig").splitlines()[0]
        assert (unknown.status_code, unknown.json()["code"]) == (409, "preset_refused")
        assert "dublin-core" in unknown.json()["detail"]

    def test_some_images_and_conditions_are_chosen(self, collection: Collection) -> None:
        images = [ImageFactory(collection=collection, identifier=f"P-{number}") for number in range(3)]
        keys = [image.pk for image in images[:2]]

        made = Program(cataloguer(collection)).post(
            "exports/", {"format": "jsonl", "images": keys, "filters": {"identifier": "P-1"}}
        )

        assert made.json()["records"] == 1

    def test_what_is_none_of_theirs_is_refused(self, collection: Collection) -> None:
        foreign = ImageFactory()
        program = Program(cataloguer(collection))

        other = program.post("exports/", {"format": "csv", "collection": foreign.collection.slug})
        image = program.post("exports/", {"format": "csv", "images": [foreign.pk]})
        nothing = program.post("exports/", {"format": "csv", "collection": "box"})

        assert (other.status_code, image.status_code) == (400, 400)
        assert (nothing.status_code, nothing.json()["code"]) == (409, "export_refused")
        assert not Export.objects.exists()

    def test_who_may_and_who_may_not(self, collection: Collection) -> None:
        ImageFactory(collection=collection)
        made = Program(cataloguer(collection)).post("exports/", {"format": "csv"}).json()

        assert Program(UserFactory()).post("exports/", {"format": "csv"}).status_code == 403
        assert Program(auditor(collection)).post("exports/", {"format": "csv"}).status_code == 403
        assert Program().post("exports/", {"format": "csv"}).status_code == 401
        assert Program(reviewer(collection)).get(f"exports/{made['key']}/file/").status_code == 404
        assert Program(administrator_only()).get(f"exports/{made['key']}/file/").status_code == 200

    def test_what_is_over_is_not_cancelled(self, collection: Collection) -> None:
        ImageFactory(collection=collection)
        program = Program(cataloguer(collection))
        made = program.post("exports/", {"format": "csv"}).json()

        response = program.post(f"exports/{made['key']}/cancel/")

        assert (response.status_code, response.json()["code"]) == (409, "export_refused")


class TestImports:
    def take_in(self, program: Program, content: bytes, **more: str) -> Any:
        table = {"file": SimpleUploadedFile("目录.csv", content), **more}
        return program.client.post("/api/v1/imports/", table)

    def test_a_table_comes_back_is_begun_and_undone(self, collection: Collection) -> None:
        image = described(ImageFactory(collection=collection, identifier="P-1"), title="石桥")
        program = Program(cataloguer(collection))
        exported = program.client.get(program.post("exports/", {"format": "csv"}).json()["file"])
        made = self.take_in(program, sent(exported).replace("石桥".encode(), "木桥".encode()), collection="box")
        address = f"imports/{made.json()['id']}/"
        early = program.post(f"{address}start/")
        work()

        checked = program.get(address).json()
        started = program.post(f"{address}start/")
        work()
        image.refresh_from_db()
        done = (image.title, program.get(address).json()["state"])
        undone = program.post(f"{address}undo/")
        work()

        image.refresh_from_db()
        assert (made.status_code, made.json()["state"], early.status_code) == (201, "waiting", 409)
        assert (checked["state"], checked["records"]) == ("checked", 1), checked
        assert (started.status_code, undone.status_code) == (200, 200)
        assert (done, image.title) == (("木桥", "done"), "石桥")
        assert program.get(address).json()["state"] == "undone"

    def test_the_table_of_refusals_is_fetched_where_there_is_one(self, collection: Collection) -> None:
        ImageFactory(collection=collection, identifier="P-1")
        program = Program(cataloguer(collection))
        made = self.take_in(program, "照片号,题名\nP-1,石桥\nP-9,木桥\n".encode(), collection="box")
        address = f"imports/{made.json()['id']}/"
        none_yet = program.get(f"{address}refusals/")
        work()

        assert none_yet.status_code == 409
        assert "P-9" in sent(program.get(f"{address}refusals/")).decode("utf-8-sig")

    def test_who_may_and_who_may_not(self, collection: Collection) -> None:
        own = cataloguer(collection)
        made = self.take_in(Program(own), "照片号,题名\nP-1,石桥\n".encode()).json()

        assert self.take_in(Program(UserFactory()), b"x").status_code == 403
        assert self.take_in(Program(), b"x").status_code == 401
        assert Program(cataloguer(collection)).get(f"imports/{made['id']}/").status_code == 404
        assert self.take_in(Program(own), b"x", collection="hidden").status_code == 400
        assert self.take_in(Program(own), b"x", collection="").status_code == 400

    def test_too_large_a_table_is_refused_in_words(self, collection: Collection, settings: Settings) -> None:
        program = Program(cataloguer(collection))
        settings.GLMV_MAX_UPLOAD_MB = 0

        response = self.take_in(program, "照片号,题名\nP-1,石桥\n".encode())

        assert response.status_code in (400, 413)
        assert not TableImport.objects.exists()


def work() -> None:
    """Do what the worker would."""
    while (claim := running.claim_next(owner="test")) is not None:
        for _step in running.work(claim):
            pass
