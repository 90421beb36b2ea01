"""Every address of the site, as its resolver knows them, filled in with what the database has."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.urls import URLResolver, get_resolver
from rest_framework.authtoken.models import TokenProxy

from catalog.models import (
    Action,
    Annotation,
    Audit,
    Batch,
    BulkChange,
    Collection,
    Examination,
    Export,
    FixityCheck,
    Image,
    ImageFile,
    Membership,
    NearGroup,
    PhotoGroup,
    Prompt,
    SensitiveWord,
    TableImport,
)
from catalog.webhooks import endpoints
from inference.models import Exchange, Picture, Scope
from tests.catalog.audits import drafted_collection, planned
from tests.catalog.endpoints import endpoint
from tests.factories import (
    ActionFactory,
    AnnotationFactory,
    BatchFactory,
    BatchItemFactory,
    CollectionFactory,
    ExchangeFactory,
    ImageFactory,
    ImageFileFactory,
    KnowledgeBaseFactory,
    KnowledgeEntryFactory,
    MembershipFactory,
    PictureFactory,
    PromptVersionFactory,
    RunFactory,
    UserFactory,
    described,
    drafted,
)
from tests.inference.keys import issued

# What stands in for a part of an address wherever it has this name.
_PARTS = {
    "action": "pause",
    "app_label": "catalog",
    "column": "0",
    "kind": "thumbnail",
    "level": "0",
    "name": "default",
    "rest": "/embeddings",
    "row": "0",
    "url": "no-such-page/",
}
_MODELS: dict[str, type[Model]] = {
    "annotations": Annotation,
    "audits": Audit,
    "ask": Picture,
    "batches": Batch,
    "exchange": Export,
    "decisions": Action,
    "files": ImageFile,
    "history": Exchange,
    "exchange/imports": TableImport,
    "exports": Export,
    "imports": TableImport,
    "images": Image,
    "media": ImageFile,
    "memberships": Membership,
    "near-groups": NearGroup,
    "photo-groups": PhotoGroup,
    "review/bulk": BulkChange,
    "review/disclosure": Examination,
    "review/groups": PhotoGroup,
    "review/records": Image,
    "review/audits": Audit,
}


def inhabit() -> User:
    """Put one row of everything into the database; return an administrator."""
    user: User = UserFactory(head=True)
    collection = CollectionFactory(public=True, title="云溪镇")
    image = described(ImageFactory(collection=collection), title="石桥")
    drafted(image, description="桥头有三个人。")
    file = ImageFileFactory(image=image)
    FixityCheck.objects.create(checked=1)
    NearGroup.objects.create(collection=collection)
    PhotoGroup.objects.get_or_create(collection=collection, title="厂庆")
    Examination.objects.create(collection=collection, disclosure="open", basis="依据", first_examiner=user)
    SensitiveWord.objects.get_or_create(word="处分", defaults={"kind": "discipline"})
    PromptVersionFactory()
    BatchItemFactory(batch=BatchFactory(collection=collection))
    AnnotationFactory(image=ImageFactory(collection=collection))
    RunFactory(image=file.image)
    ActionFactory()
    MembershipFactory(collection=collection)
    KnowledgeEntryFactory(base=KnowledgeBaseFactory())
    planned(drafted_collection(20))
    PictureFactory(exchange=ExchangeFactory(user=user))
    issued(Scope.READ)
    TokenProxy.objects.create(user=user)
    BulkChange.objects.create(user=user, kind=BulkChange.Kind.ACCEPT)
    endpoints.send_test(endpoint()[0])
    TableImport.objects.create(user=user, file_name="目录.csv", findings={"words": []})
    Export.objects.create(user=user, format=Export.Format.CSV)
    return user


def addresses() -> list[str]:
    """Return every address, each pattern filled in once."""
    return sorted({f"/{template % _Parts(template)}" for template in _templates(get_resolver())})


def _templates(resolver: URLResolver, before: str = "") -> Iterator[str]:
    """Return the resolver's patterns, their parts as ``%(name)s``."""
    for key in resolver.reverse_dict:
        for possibilities, *_rest in resolver.reverse_dict.getlist(key):
            yield from (before + template for template, _parts in possibilities)
    for beginning, inside in resolver.namespace_dict.values():
        yield from _templates(inside, before + beginning)


class _Parts(dict[str, Any]):
    """Finds what stands for a part of one address."""

    def __init__(self, template: str) -> None:
        super().__init__()
        self._segments = template.split("/")

    def __missing__(self, name: str) -> Any:
        if name in _PARTS:
            return _PARTS[name]
        if name == "slug" and self._segments[2:3] == ["prompts"]:
            return Prompt.objects.order_by("pk")[0].slug
        if name == "slug":
            return Collection.objects.filter(is_public=True)[0].slug
        if name == "number":
            return Exchange.objects.all()[0].conversation
        if name == "content_type_id":
            return ContentType.objects.get_for_model(Collection).pk
        return self._model()._default_manager.values_list("pk", flat=True).order_by("pk")[0]

    def _model(self) -> type[Model]:
        """Return what the address is about."""
        first, second, third, *_rest = [*self._segments, "", ""]
        if (first, second) == ("admin", "r"):
            return Collection
        if first == "admin":
            return apps.get_model(second, third)
        name = f"{first}/{second}"
        return _MODELS[third if first == "api" else name if first == "review" or name in _MODELS else first]
