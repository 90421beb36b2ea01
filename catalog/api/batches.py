"""REST: batches of drafting and of reading. Members begin them, watch them, and pause, resume, cancel or retry them."""

from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from catalog import policies
from catalog.api.description import CONFLICT, REFUSALS
from catalog.api.idempotency import once
from catalog.api.parameters import KnownParameters, Order, Pagination
from catalog.api.parsing import JSONParser
from catalog.api.problems import Conflict
from catalog.api.strict import Filters, Strict, StrictBoolean, StrictChar, StrictInteger, StrictSlug
from catalog.batches.controls import BatchAction, act, possible
from catalog.batches.lifecycle import chosen_prompt, open_batch, open_chosen
from catalog.batches.progress import BatchProgress, failures_of, progress_of
from catalog.exceptions import BatchInTheWay, BatchOver, FilterRefused, NothingToReplace, PromptNotFound
from catalog.filters import BatchFilter, ImageBatchFilter
from catalog.forms import LARGEST_KEY
from catalog.models import Batch, Collection, Image, PromptVersion
from catalog.querysets import ImageQuerySet
from catalog.vocabulary import BatchState, Selection
from catalog.work_querysets import BatchQuerySet
from inference.errors import sentence
from inference.reader import ReaderMissing

STARTABLE = [choice for choice in Selection.choices if choice[0] != Selection.CHOSEN]
DRAFT, READ = WORKS = ["draft", "read"]
_MOST_IDS = 10_000
_SHOWN_FAILURES = 100
_LARGEST = 2**31 - 1
_CONFLICTS = {REFUSALS: CONFLICT}


class ProgressSerializer(serializers.Serializer[BatchProgress]):
    """How far a batch is."""

    total = serializers.IntegerField(help_text=gettext_lazy("批次里的图像数。"))
    done = serializers.IntegerField(help_text=gettext_lazy("已起草的。"))
    failed = serializers.IntegerField(help_text=gettext_lazy("失败的。"))
    refused = serializers.IntegerField(help_text=gettext_lazy("模型没有给出内容的：看不清、认不出或没有回答。"))
    skipped = serializers.IntegerField(help_text=gettext_lazy("轮到时已不再需要的。"))
    running = serializers.IntegerField(help_text=gettext_lazy("正在处理的。"))
    left = serializers.IntegerField(help_text=gettext_lazy("还剩的，包括正在处理的。"))
    per_minute = serializers.FloatField(allow_null=True, help_text=gettext_lazy("最近几分钟的速度，每分钟多少幅。"))
    seconds_left = serializers.IntegerField(allow_null=True, help_text=gettext_lazy("照这个速度还要多少秒。"))


class FailureSerializer(serializers.Serializer[dict[str, Any]]):
    """An image that failed, or that the model said nothing of."""

    image = serializers.IntegerField()
    reason = serializers.CharField()


class BatchSerializer(serializers.ModelSerializer[Batch]):
    """A batch."""

    collection = serializers.SlugRelatedField[Collection](slug_field="slug", read_only=True)
    work = serializers.SerializerMethodField(help_text=gettext_lazy("draft 由模型起草，read 识读图上的文字。"))
    prompt = serializers.CharField(
        source="prompt_version",
        read_only=True,
        allow_null=True,
        help_text=gettext_lazy("提示词及其版本；识读文字的批次为 null。"),
    )
    selection = serializers.ChoiceField(choices=Selection.choices, read_only=True)
    state = serializers.ChoiceField(choices=BatchState.choices, read_only=True)

    class Meta:
        model = Batch
        fields: ClassVar[list[str]] = [
            "id",
            "collection",
            "work",
            "prompt",
            "selection",
            "replace_accepted",
            "background",
            "state",
            "reason",
            "created_at",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields

    @extend_schema_field({"type": "string", "enum": WORKS})
    def get_work(self, batch: Batch) -> str:
        """Return what is done with the images."""
        return READ if batch.reads else DRAFT


class BatchDetailSerializer(BatchSerializer):
    """A batch with how far it is, what failed, and what can be done to it."""

    progress = serializers.SerializerMethodField()
    failures = serializers.SerializerMethodField(
        help_text=gettext_lazy("最近失败的和模型没有给出内容的，最多 100 幅。")
    )
    actions = serializers.SerializerMethodField(help_text=gettext_lazy("现在可以做的：pause、resume、retry、cancel。"))

    class Meta(BatchSerializer.Meta):
        fields: ClassVar[list[str]] = [*BatchSerializer.Meta.fields, "progress", "failures", "actions"]
        read_only_fields = fields

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, batch: Batch) -> Any:
        """Return how far it is."""
        return ProgressSerializer(progress_of(batch, now=timezone.now())).data

    @extend_schema_field(FailureSerializer(many=True))
    def get_failures(self, batch: Batch) -> list[dict[str, Any]]:
        """Return what failed, of what the caller may see."""
        mine = policies.member_images(self.context["request"].user)
        return [{"image": item.image_id, "reason": item.error} for item in failures_of(batch, mine, _SHOWN_FAILURES)]

    @extend_schema_field({"type": "array", "items": {"type": "string", "enum": BatchAction.values}})
    def get_actions(self, batch: Batch) -> list[str]:
        """Return what can be done to it now."""
        return [str(item.value) for item in possible(batch)]


class BatchStartSerializer(Strict):
    """What a batch is begun with: a collection and which of its images, or images by their numbers."""

    collection = StrictSlug(help_text=gettext_lazy("馆藏代号。"))
    work = serializers.ChoiceField(
        choices=WORKS,
        default=DRAFT,
        help_text=gettext_lazy("draft 由模型起草；read 识读图上的文字，不用大模型，selection 只能是 missing 或 all。"),
    )
    prompt = StrictChar(
        required=False,
        default="",
        max_length=100,
        help_text=gettext_lazy("提示词的代号或名称；不填用馆藏的，否则用“一句话描述”。"),
    )
    selection = serializers.ChoiceField(
        choices=STARTABLE,
        default=Selection.MISSING.value,
        help_text=gettext_lazy("missing 缺少的，rejected 退回的，outdated 旧版提示词起草的，all 全部。"),
    )
    older_than = StrictInteger(
        required=False,
        min_value=1,
        max_value=_LARGEST,
        help_text=gettext_lazy("只用于 outdated：早于第几版；不填表示早于最新版。"),
    )
    images = serializers.ListField(
        child=StrictInteger(min_value=1, max_value=LARGEST_KEY),
        required=False,
        allow_empty=False,
        max_length=_MOST_IDS,
        help_text=gettext_lazy("图像编号；填了就只处理这些，不看 selection。"),
    )
    filters = Filters(
        required=False,
        help_text=gettext_lazy(
            "筛选条件，选中此刻符合的图像：q、date_from、date_to、identifier、status、flag；"
            "填了就不看 selection；与 images 一起填时，只处理两者都符合的。"
        ),
    )
    limit = StrictInteger(required=False, min_value=1, max_value=_LARGEST, help_text=gettext_lazy("最多多少幅。"))
    replace_accepted = StrictBoolean(
        default=False, help_text=gettext_lazy("也为已采用、未经人改动的 AI 内容起草新的草稿。")
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what makes no sense where writing is read."""
        if attrs["work"] == READ:
            if attrs["prompt"]:
                raise ValidationError({"prompt": [_("识读文字不用提示词，请去掉这一项。")]})
            if attrs["replace_accepted"]:
                raise ValidationError({"replace_accepted": [_("识读文字不改动已采用的内容，请去掉这一项。")]})
            if attrs["selection"] not in Selection.of_a_reading():
                raise ValidationError({"selection": [_("识读文字只能选 missing 或 all。")]})
        return attrs


_ACTION: dict[str, Any] = {"request": None, "responses": {200: BatchDetailSerializer}, "extensions": _CONFLICTS}


@extend_schema_view(
    list=extend_schema(summary=gettext_lazy("批次列表")),
    retrieve=extend_schema(summary=gettext_lazy("一个批次的进度"), responses=BatchDetailSerializer),
)
class BatchViewSet(KnownParameters, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Batch]):
    """Batches of the collections the caller works on."""

    queryset = Batch.objects.none()
    serializer_class = BatchSerializer
    pagination_class = Pagination
    filter_backends = (DjangoFilterBackend, Order)
    filterset_class = BatchFilter
    parser_classes = (JSONParser,)
    lookup_value_regex = "[0-9]{1,18}"
    ordering_fields: ClassVar[list[str]] = ["id", "created_at"]

    def get_queryset(self) -> BatchQuerySet:
        """Return the batches the caller may know of."""
        mine = policies.visible_batches(self.request.user)
        return mine.select_related("collection", "prompt_version__prompt").order_by("-pk")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        """Return one batch with more than the list."""
        return BatchSerializer if self.action == "list" else BatchDetailSerializer

    @extend_schema(
        summary=gettext_lazy("开始一个批次"),
        request=BatchStartSerializer,
        responses={201: BatchDetailSerializer, 204: None},
        extensions=_CONFLICTS,
        description=gettext_lazy(
            "同一范围有未完成的批次时继续那一个。没有需要处理的图像时返回 204。批次由网站的后台进程处理。"
        ),
    )
    @once()
    def create(self, request: Request) -> Response:
        """Begin a batch."""
        given = BatchStartSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        batch = self._begin(given.validated_data)
        if batch is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(self._detail(batch), status=status.HTTP_201_CREATED)

    @extend_schema(summary=gettext_lazy("暂停批次"), **_ACTION)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Pause a batch."""
        return self._act(BatchAction.PAUSE)

    @extend_schema(summary=gettext_lazy("继续批次"), **_ACTION)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Go on with a batch."""
        return self._act(BatchAction.RESUME)

    @extend_schema(summary=gettext_lazy("重试批次里失败的图像"), **_ACTION)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Try again what failed."""
        return self._act(BatchAction.RETRY)

    @extend_schema(summary=gettext_lazy("取消批次"), **_ACTION)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel a batch."""
        return self._act(BatchAction.CANCEL)

    def _begin(self, given: dict[str, Any]) -> Batch | None:
        user = self.request.user
        collection = policies.visible_collections(user).filter(slug=given["collection"]).first()
        if collection is None:
            raise ValidationError({"collection": [_("没有这个馆藏。")]})
        if not user.is_authenticated or not policies.can_draft(user, collection):
            raise PermissionDenied(_("只有这个馆藏的编目员和审核员可以起草。"))
        version = None if given["work"] == READ else self._version(collection, given["prompt"])
        if "images" in given or "filters" in given:
            return self._begin_chosen(self._chosen(collection, given), version, given)
        try:
            return open_batch(
                collection=collection,
                version=version,
                selection=given["selection"],
                older_than=given.get("older_than"),
                limit=given.get("limit"),
                replace_accepted=given["replace_accepted"],
                background=True,
                user=user,
            )
        except BatchInTheWay as error:
            raise Conflict(str(error)) from error
        except NothingToReplace as error:
            raise ValidationError({"replace_accepted": [str(error)]}) from error
        except ReaderMissing as error:
            raise Conflict(sentence(error)) from error

    def _chosen(self, collection: Collection, given: dict[str, Any]) -> ImageQuerySet:
        """Return the images that are named, those that meet the conditions, or where both are given those of both."""
        images = policies.reviewable_images(self.request.user).filter(collection=collection)
        if "images" in given:
            images = images.filter(pk__in=given["images"])
            self._require_all(images, given["images"])
        if "filters" in given:
            try:
                images = ImageBatchFilter(given["filters"], queryset=images, request=self.request).chosen()
            except FilterRefused as error:
                raise ValidationError({"filters": [str(error)]}) from error
        return images

    def _begin_chosen(
        self, images: ImageQuerySet, version: PromptVersion | None, given: dict[str, Any]
    ) -> Batch | None:
        user = self.request.user
        assert user.is_authenticated  # noqa: S101 - `_begin` has looked
        limited = Image.objects.filter(
            pk__in=list(images.order_by("pk").values_list("pk", flat=True)[: given.get("limit")])
        )
        opened = open_chosen(images=limited, version=version, replace_accepted=given["replace_accepted"], user=user)
        return opened[0] if opened else None

    def _version(self, collection: Collection, name: str) -> PromptVersion:
        try:
            return chosen_prompt(collection=collection, name=name)
        except PromptNotFound as error:
            raise ValidationError({"prompt": [str(error)]}) from error

    def _require_all(self, images: ImageQuerySet, asked: list[int]) -> None:
        if missing := sorted(set(asked) - set(images.values_list("pk", flat=True))):
            numbers = "、".join(map(str, missing[:20]))
            raise ValidationError({"images": [_("这个馆藏里没有编号为 %(numbers)s 的图像。") % {"numbers": numbers}]})

    def _act(self, chosen: BatchAction) -> Response:
        batch, user = self.get_object(), self.request.user
        if not user.is_authenticated or not policies.can_draft(user, batch.collection):
            raise PermissionDenied(_("只有这个馆藏的编目员和审核员可以起草。"))
        try:
            act(batch=batch, action=chosen, user=user)
        except (BatchOver, BatchInTheWay) as error:
            raise Conflict(str(error)) from error
        return Response(self._detail(self.get_object()))

    def _detail(self, batch: Batch) -> Any:
        return BatchDetailSerializer(batch, context=self.get_serializer_context()).data
