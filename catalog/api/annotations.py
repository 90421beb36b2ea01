"""REST: what was proposed and decided about fields, read; and drafts that a caller's own program proposes."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import policies
from catalog.api.bulk import BulkSerializer, each, items_of
from catalog.api.idempotency import once
from catalog.api.parsing import JSONParser
from catalog.api.reading import ReadViewSet
from catalog.api.serializers import AnnotationSerializer
from catalog.api.signed_in import reviewable, writer
from catalog.api.strict import LARGEST_KEY, MOST_TEXT, Strict, StrictBoolean, StrictChoice, StrictInteger, StrictText
from catalog.filters import AnnotationFilter
from catalog.models import Annotation
from catalog.querysets import AnnotationQuerySet
from catalog.review import blind, proposing
from catalog.vocabulary import Field, State


class ProposalSerializer(Strict):
    """A draft that a program proposes."""

    image = StrictInteger(min_value=1, max_value=LARGEST_KEY, help_text=gettext_lazy("图像编号。"))
    field = StrictChoice(choices=Field.choices, help_text=gettext_lazy("著录项。"))
    value = StrictText(max_length=MOST_TEXT, allow_blank=False, help_text=gettext_lazy("草稿的内容。"))
    ai = StrictBoolean(help_text=gettext_lazy("是否由模型写成（或有模型参与）：是则带 AI 标识，采用之后也带。"))


class ProposalBulkSerializer(Strict):
    """Several of them."""

    items = items_of(ProposalSerializer)


@extend_schema_view(
    list=extend_schema(
        summary=gettext_lazy("著录内容列表"),
        description=gettext_lazy("要求先著录后看稿的馆藏，在您写过之前不列出模型的草稿。读到草稿即记为看过。"),
    ),
    retrieve=extend_schema(summary=gettext_lazy("一条著录内容")),
)
class AnnotationViewSet(ReadViewSet):
    """Annotations: accepted ones of public images; members read drafts and what was rejected, too."""

    queryset = Annotation.objects.none()
    serializer_class = AnnotationSerializer
    filterset_class = AnnotationFilter
    parser_classes = (JSONParser,)
    lookup_value_regex = "[0-9]{1,18}"
    # Words run over the ends of the lines of a transcription.
    search_fields: ClassVar[list[str]] = ["value", "unbroken"]
    masked_by = "image__"
    ordering_fields: ClassVar[list[str]] = ["id", "created_at", "decided_at"]

    def get_queryset(self) -> AnnotationQuerySet:
        """Return the annotations the caller may read, with their provenance; what is hidden from them is not there."""
        user = self.request.user
        own = policies.member_images(user).filter(pk=OuterRef("image_id"))
        annotations = policies.visible_annotations(user).annotate(is_own=Exists(own)).with_unbroken_value()
        if user.is_authenticated:
            annotations = annotations.filter(~blind.hidden_from(user))
        return annotations.with_provenance().select_related("image__collection").order_by("pk")

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        """Return a page; whose drafts are on it has been seen by the caller from now on."""
        rows = super().paginate_queryset(queryset)
        self._note_shown(rows or [])
        return rows

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Tell of one."""
        found = self.get_object()
        self._note_shown([found])
        return Response(self.get_serializer(found).data)

    @extend_schema(
        summary=gettext_lazy("提出一条草稿"), request=ProposalSerializer, responses={201: AnnotationSerializer}
    )
    @once()
    def create(self, request: Request) -> Response:
        """Propose a value, which waits for a reviewer."""
        given = ProposalSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(self._told(self._propose(given.validated_data)), status=status.HTTP_201_CREATED)

    @extend_schema(
        summary=gettext_lazy("一次提出多条草稿"), request=ProposalBulkSerializer, responses={200: BulkSerializer}
    )
    @action(detail=False, methods=["post"])
    @once()
    def bulk(self, request: Request) -> Response:
        """Propose several values, each by itself."""
        given = ProposalBulkSerializer(data=request.data)
        given.is_valid(raise_exception=True)

        def propose(item: dict[str, Any]) -> dict[str, Any]:
            draft = self._propose(item)
            return {"id": draft.pk, "image": draft.image_id, "field": draft.field}

        return each(request, given.validated_data["items"], propose, status=status.HTTP_201_CREATED)

    def _propose(self, given: dict[str, Any]) -> Annotation:
        image = reviewable(self.request, given["image"])
        return proposing.propose(
            image=image,
            field=given["field"],
            value=given["value"],
            user=writer(self.request),
            ai_origin=given["ai"],
        )

    def _told(self, draft: Annotation) -> Any:
        # What somebody has proposed they know, though it may be hidden from them in the list.
        rows = policies.visible_annotations(self.request.user).filter(pk=draft.pk).with_provenance()
        own = Exists(policies.member_images(self.request.user).filter(pk=OuterRef("image_id")))
        return self.get_serializer(rows.annotate(is_own=own).select_related("image__collection").get()).data

    def _note_shown(self, rows: Iterable[Annotation]) -> None:
        images = [row.image_id for row in rows if row.state == State.DRAFT and row.ai_origin]
        if images and self.request.user.is_authenticated:
            blind.note_shown_each(images=images, user=self.request.user)
