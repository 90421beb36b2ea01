"""The one place where tests get their records from."""

import hashlib
import io
import uuid
from datetime import date, datetime
from pathlib import Path
from typing import Any

import factory
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.utils import timezone
from factory.django import DjangoModelFactory
from PIL import Image as PillowImage

from catalog.models import (
    Action,
    Annotation,
    Batch,
    BatchItem,
    Collection,
    Image,
    ImageFile,
    KnowledgeBase,
    KnowledgeEntry,
    Membership,
    PhotoGroup,
    Prompt,
    PromptVersion,
    Run,
)
from catalog.vocabulary import Access, Disclosure, Field, FileRole, OutputForm, Role, Source, State, Verb
from inference.history.files import FOLDER
from inference.models import Exchange, Picture


def picture(
    colour: tuple[int, int, int] = (120, 110, 90), size: tuple[int, int] = (1000, 700), kind: str = "JPEG"
) -> bytes:
    """Return the bytes of a plain picture; different colours are different files."""
    buffer = io.BytesIO()
    # JPEG makes neighbouring colours one; the comment keeps their files apart.
    options = {"comment": str(colour)} if kind == "JPEG" else {}
    PillowImage.new("RGB", size, colour).save(buffer, kind, **options)
    return buffer.getvalue()


class UserFactory(DjangoModelFactory):
    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"user{number}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")

    class Params:
        administrator = factory.Trait(is_staff=True, is_superuser=True)
        # Administrator, cataloguer and reviewer of all collections in one, as the first account is.
        head = factory.Trait(
            is_staff=True,
            is_superuser=True,
            cataloguing=factory.RelatedFactory(
                "tests.factories.MembershipFactory", factory_related_name="user", collection=None
            ),
            reviewing=factory.RelatedFactory(
                "tests.factories.MembershipFactory", factory_related_name="user", collection=None, reviewer=True
            ),
        )


class PromptFactory(DjangoModelFactory):
    class Meta:
        model = Prompt
        django_get_or_create = ("slug",)

    slug = factory.Sequence(lambda number: f"prompt-{number}")
    name = factory.LazyAttribute(lambda prompt: f"提示词 {prompt.slug}")


class PromptVersionFactory(DjangoModelFactory):
    class Meta:
        model = PromptVersion
        django_get_or_create = ("prompt", "number")

    prompt = factory.SubFactory(PromptFactory)
    number = 1
    text = "请描述这张照片。"
    form = OutputForm.SENTENCE
    with_facts = False

    class Params:
        six_elements = factory.Trait(form=OutputForm.SIX_ELEMENTS, text="请按六要素著录。")
        keywords = factory.Trait(form=OutputForm.KEYWORDS, text="请列出关键词。")
        transcription = factory.Trait(form=OutputForm.TRANSCRIPTION, text="请抄录文字。")
        title = factory.Trait(form=OutputForm.TITLE, text="请拟题名。")
        feedback = factory.Trait(form=OutputForm.FEEDBACK, text="请评改图纸。")
        free = factory.Trait(form=OutputForm.FREE, text="请描述。")


class CollectionFactory(DjangoModelFactory):
    class Meta:
        model = Collection

    slug = factory.Sequence(lambda number: f"fonds-{number}")
    title = factory.Sequence(lambda number: f"老照片 {number}")

    class Params:
        public = factory.Trait(is_public=True)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    collection = factory.SubFactory(CollectionFactory)
    role = Role.CATALOGUER

    class Params:
        reviewer = factory.Trait(role=Role.REVIEWER)
        auditor = factory.Trait(role=Role.AUDITOR)
        everywhere = factory.Trait(collection=None)


class PhotoGroupFactory(DjangoModelFactory):
    """A group as it is proposed: give its photographs `photo_group`."""

    class Meta:
        model = PhotoGroup

    collection = factory.SubFactory(CollectionFactory)


class ImageFactory(DjangoModelFactory):
    """An image without scans, open where its collection is public: as the upgrade left those of earlier versions.

    Give descriptive values with `described`, never as columns.
    """

    class Meta:
        model = Image
        skip_postgeneration_save = True

    collection = factory.SubFactory(CollectionFactory)
    identifier = factory.Sequence(lambda number: f"P-{number:04d}")
    access = Access.INTERNAL
    disclosure = factory.LazyAttribute(
        lambda image: Disclosure.OPEN if image.access == Access.INTERNAL else Disclosure.UNEXAMINED
    )
    disclosure_before_upgrade = factory.LazyAttribute(lambda image: image.disclosure == Disclosure.OPEN)
    disclosure_basis = factory.LazyAttribute(lambda image: "升级前已公开" if image.disclosure_before_upgrade else "")
    disclosure_decided_on = factory.LazyAttribute(
        lambda image: date(2026, 1, 5) if image.disclosure_before_upgrade else None
    )

    class Params:
        public = factory.Trait(collection=factory.SubFactory(CollectionFactory, public=True))
        opened = factory.Trait(disclosure=Disclosure.OPEN)
        internal = factory.Trait(disclosure=Disclosure.UNEXAMINED)
        restricted = factory.Trait(access=Access.RESTRICTED)


class ImageFileFactory(DjangoModelFactory):
    """The front of an image. Its files are written under MEDIA_ROOT, each with other bytes."""

    class Meta:
        model = ImageFile
        skip_postgeneration_save = True

    class Params:
        content = factory.Sequence(lambda number: picture((number % 256, number // 256 % 256, 40)))

    image = factory.SubFactory(ImageFactory)
    original_name = factory.Sequence(lambda number: f"scan{number:04d}.jpg")
    sha256 = factory.LazyAttribute(lambda file: hashlib.sha256(file.content).hexdigest())
    master = factory.LazyAttribute(lambda file: ContentFile(file.content, name=f"masters/{file.sha256}.jpg"))
    thumbnail = factory.LazyAttribute(lambda file: ContentFile(file.content, name=f"thumbnails/{file.sha256}.jpg"))
    screen = factory.LazyAttribute(lambda file: ContentFile(file.content, name=f"screens/{file.sha256}.jpg"))
    byte_size = factory.LazyAttribute(lambda file: len(file.content))
    width = 1000
    height = 700
    format = "JPEG"


class DocumentFactory(ImageFileFactory):
    """The PDF that the pages of an image were drawn from."""

    class Params:
        content = factory.Sequence(lambda number: b"%PDF-1.7\n" + str(number).encode())

    role = FileRole.DOCUMENT
    original_name = factory.Sequence(lambda number: f"册{number:04d}.pdf")
    master = factory.LazyAttribute(lambda file: ContentFile(file.content, name=f"masters/{file.sha256}.pdf"))
    thumbnail = ""
    screen = ""
    width = 0
    height = 0
    format = "PDF"


class KnowledgeBaseFactory(DjangoModelFactory):
    class Meta:
        model = KnowledgeBase

    slug = factory.Sequence(lambda number: f"base-{number}")
    title = factory.Sequence(lambda number: f"知识库 {number}")

    class Params:
        public = factory.Trait(is_public=True)


class KnowledgeEntryFactory(DjangoModelFactory):
    class Meta:
        model = KnowledgeEntry

    base = factory.SubFactory(KnowledgeBaseFactory)
    title = factory.Sequence(lambda number: f"条目 {number}")
    text = "石桥建于1912年。"


class BatchFactory(DjangoModelFactory):
    class Meta:
        model = Batch

    collection = factory.SubFactory(CollectionFactory)
    prompt_version = factory.SubFactory(PromptVersionFactory)


class BatchItemFactory(DjangoModelFactory):
    class Meta:
        model = BatchItem

    batch = factory.SubFactory(BatchFactory)
    image = factory.LazyAttribute(lambda item: ImageFactory(collection=item.batch.collection))


class RunFactory(DjangoModelFactory):
    class Meta:
        model = Run

    image = factory.SubFactory(ImageFactory)
    prompt_version = factory.SubFactory(PromptVersionFactory)
    model_name = "fake"
    model_version = "fake-1"
    raw_text = "桥头有三个人"
    finish_reason = "stop"


class AnnotationFactory(DjangoModelFactory):
    """A row as it is: the image's columns are not touched. `described` and the review service keep them right."""

    class Meta:
        model = Annotation

    image = factory.SubFactory(ImageFactory)
    field = Field.DESCRIPTION
    value = "桥头有三个人"
    source = Source.MODEL
    run = factory.LazyAttribute(
        lambda annotation: RunFactory(image=annotation.image) if annotation.source == Source.MODEL else None
    )
    ai_origin = factory.LazyAttribute(lambda annotation: annotation.source == Source.MODEL)

    class Params:
        person = factory.Trait(source=Source.PERSON)
        accepted = factory.Trait(
            state=State.ACCEPTED,
            decided_by=factory.SubFactory(UserFactory),
            decided_at=factory.LazyFunction(timezone.now),
        )
        rejected = factory.Trait(
            state=State.REJECTED,
            decided_by=factory.SubFactory(UserFactory),
            decided_at=factory.LazyFunction(timezone.now),
        )


class ActionFactory(DjangoModelFactory):
    class Meta:
        model = Action

    user = factory.SubFactory(UserFactory)
    verb = Verb.IMAGE_IMPORTED


class ExchangeFactory(DjangoModelFactory):
    """A question that was answered; a user's, or with `visitor` a browser's. `asked` says when, else it was now."""

    class Meta:
        model = Exchange
        skip_postgeneration_save = True

    user = factory.SubFactory(UserFactory)
    summary = factory.LazyAttribute(lambda exchange: exchange.question[:40])
    question = "画面里有几个人？"
    answer = "桥头有三个人。"
    state = Exchange.State.ANSWERED
    model_version = "scripted@1"
    input_tokens = 120
    output_tokens = 8

    @factory.post_generation
    def asked(self, create: bool, when: datetime | None, **_more: Any) -> None:
        if when is not None:
            Exchange.objects.filter(pk=self.pk).update(asked_at=when)
            self.asked_at = when


class PictureFactory(DjangoModelFactory):
    """A picture that was asked about; its files are written where uploads are kept."""

    class Meta:
        model = Picture

    id = factory.LazyFunction(uuid.uuid4)
    exchange = factory.SubFactory(ExchangeFactory)
    user = factory.LazyAttribute(lambda asked: asked.exchange.user if asked.exchange else None)
    visitor = factory.LazyAttribute(lambda asked: asked.exchange.visitor if asked.exchange else "")
    name = factory.Sequence(lambda number: f"扫描{number:04d}.jpg")
    format = "JPEG"
    width = 1000
    height = 700
    size = factory.LazyFunction(lambda: len(picture()))
    original = factory.LazyAttribute(lambda asked: _asked_file(asked.id, "original"))
    shown = factory.LazyAttribute(lambda asked: _asked_file(asked.id, "shown"))
    thumbnail = factory.LazyAttribute(lambda asked: _asked_file(asked.id, "thumbnail"))


def _asked_file(key: uuid.UUID, kind: str) -> str:
    name = f"{FOLDER}/{str(key)[:2]}/{key}/{kind}.jpg"
    path = Path(settings.MEDIA_ROOT, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture())
    return name


def described(image: Image | None = None, *, user: Any = None, **values: str) -> Image:
    """Return an image whose fields a person described through the review service.

    Args:
        image: the image; a new public one where None.
        user: who writes; a new user where None.
        values: descriptive fields and their values, such as `title="石桥"`, `date="1959年"`.
    """
    from catalog.review import decisions

    image = image or ImageFactory(public=True)
    user = user or UserFactory()
    for field, value in values.items():
        decisions.set_value(image=image, field=field, value=value, user=user)
    image.refresh_from_db()
    return image


def drafted(image: Image | None = None, **values: str) -> Image:
    """Return an image for which the model has drafted values, through the annotation service."""
    from catalog.records import annotations

    image = image or ImageFactory()
    annotations.write_drafts(image=image, values=values, run=RunFactory(image=image))
    image.refresh_from_db()
    return image
