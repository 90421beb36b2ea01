"""How collections, images and annotations are written as JSON."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from catalog.api.conditions import tag_of
from catalog.labels import label_of, labels_by_field
from catalog.masking import masked
from catalog.models import Annotation, Collection, Image, ImageFile
from catalog.vocabulary import Disclosure, Evidence, Field, FileRole, Fixity


def _absolute(serializer: serializers.BaseSerializer[Any], path: str) -> str:
    request = serializer.context.get("request")
    return request.build_absolute_uri(path) if request else path


class CollectionSerializer(serializers.ModelSerializer[Collection]):
    """A collection."""

    image_count = serializers.IntegerField(read_only=True, help_text=_("调用者看得到的图像数。"))
    page = serializers.SerializerMethodField(help_text=_("公开页面的地址。"))
    prompt = serializers.SerializerMethodField(help_text=_("默认提示词的代号；只给负责这份馆藏的成员。"))
    notes = serializers.SerializerMethodField(help_text=_("资料说明，起草时交给模型；只给负责这份馆藏的成员。"))
    blind_first = serializers.SerializerMethodField(help_text=_("先著录后看稿；只给负责这份馆藏的成员。"))

    class Meta:
        model = Collection
        fields: ClassVar[list[str]] = [
            "slug",
            "title",
            "kind",
            "introduction",
            "fonds_number",
            "class_code",
            "retention_period",
            "is_public",
            "prompt",
            "notes",
            "blind_first",
            "image_count",
            "page",
            "updated_at",
        ]

    @extend_schema_field(OpenApiTypes.URI)
    def get_page(self, collection: Collection) -> str:
        """Return the address of the public page."""
        return _absolute(self, collection.get_absolute_url())

    @extend_schema_field({"type": "string", "nullable": True})
    def get_prompt(self, collection: Collection) -> str | None:
        """Return the prompt's slug."""
        return collection.prompt.slug if collection.prompt and self._is_own(collection) else None

    @extend_schema_field({"type": "string", "nullable": True})
    def get_notes(self, collection: Collection) -> str | None:
        """Return what the model is told."""
        return collection.notes if self._is_own(collection) else None

    @extend_schema_field({"type": "boolean", "nullable": True})
    def get_blind_first(self, collection: Collection) -> bool | None:
        """Return whether reviewers write before they see drafts."""
        return collection.blind_first if self._is_own(collection) else None

    def _is_own(self, collection: Collection) -> bool:
        return bool(collection.is_own)  # type: ignore[attr-defined]  # annotated by the view


class ImageFileSerializer(serializers.ModelSerializer[ImageFile]):
    """A scan of an image."""

    role = serializers.ChoiceField(choices=[(role.value, role.label) for role in FileRole.of_scans()], read_only=True)
    thumbnail = serializers.SerializerMethodField(help_text=_("缩略图的地址。"))
    screen = serializers.SerializerMethodField(help_text=_("屏幕图的地址。"))

    class Meta:
        model = ImageFile
        fields: ClassVar[list[str]] = [
            "id",
            "role",
            "sequence",
            "width",
            "height",
            "format",
            "pages",
            "sha256",
            "thumbnail",
            "screen",
        ]

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_thumbnail(self, file: ImageFile) -> str | None:
        """Return the address of the thumbnail."""
        return self._media(file, "thumbnail")

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_screen(self, file: ImageFile) -> str | None:
        """Return the address of the screen-size picture."""
        return self._media(file, "screen")

    def _media(self, file: ImageFile, kind: str) -> str | None:
        if not getattr(file, kind):
            return None
        return _absolute(self, reverse("catalog:media", kwargs={"pk": file.pk, "kind": kind}))


class FileSerializer(ImageFileSerializer):
    """A scan, or the document that scans are pages of, by itself."""

    collection = serializers.SlugRelatedField[Collection](slug_field="slug", read_only=True)
    role = serializers.ChoiceField(choices=FileRole.choices, read_only=True)
    original_name = serializers.SerializerMethodField(help_text=_("文件名；只给负责这份馆藏的成员。"))
    fixity = serializers.SerializerMethodField(help_text=_("最近一次校验的结果；只给负责这份馆藏的成员。"))
    master = serializers.SerializerMethodField(help_text=_("扫描原图的地址；只有负责这份馆藏的成员取得到。"))

    class Meta(ImageFileSerializer.Meta):
        fields: ClassVar[list[str]] = [
            *ImageFileSerializer.Meta.fields,
            "image",
            "collection",
            "byte_size",
            "original_name",
            "fixity",
            "master",
        ]

    @extend_schema_field({"type": "string", "nullable": True})
    def get_original_name(self, file: ImageFile) -> str | None:
        """Return the file's name, which may tell what the record does not."""
        return file.original_name if self._is_own(file) else None

    @extend_schema_field({"type": "string", "enum": Fixity.values, "nullable": True})
    def get_fixity(self, file: ImageFile) -> str | None:
        """Return how the master was when it was last read again."""
        return file.fixity if self._is_own(file) else None

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_master(self, file: ImageFile) -> str | None:
        """Return the address of the master."""
        if not self._is_own(file):
            return None
        return _absolute(self, reverse("catalog:media", kwargs={"pk": file.pk, "kind": "master"}))

    def _is_own(self, file: ImageFile) -> bool:
        return bool(file.is_own)  # type: ignore[attr-defined]  # annotated by the view


class DocumentSerializer(serializers.ModelSerializer[ImageFile]):
    """A PDF whose pages are the scans of an image."""

    master = serializers.SerializerMethodField(help_text=_("PDF 文件的地址；只有负责这份馆藏的成员取得到。"))

    class Meta:
        model = ImageFile
        fields: ClassVar[list[str]] = ["id", "format", "pages", "byte_size", "sha256", "master"]

    @extend_schema_field(OpenApiTypes.URI)
    def get_master(self, file: ImageFile) -> str:
        """Return the address of the file."""
        return _absolute(self, reverse("catalog:media", kwargs={"pk": file.pk, "kind": "master"}))


class ImageSerializer(serializers.ModelSerializer[Image]):
    """An image with its accepted values, the labels they must carry, and its scans."""

    collection = serializers.SlugRelatedField[Collection](slug_field="slug", read_only=True)
    date = serializers.CharField(source="date_text", read_only=True, help_text=_("时间，按原文。"))
    access = serializers.SerializerMethodField(
        help_text=_(
            "谁看得到：open 已开放（馆藏公开时人人可见）、internal 馆藏的全体成员、restricted 仅审核员。"
            "开放标识本身见 disclosure。"
        )
    )
    status = serializers.SerializerMethodField(help_text=_("著录状态；只给负责这份馆藏的成员，其余为 null。"))
    etag = serializers.SerializerMethodField(help_text=_("修改时写进 If-Match；只给负责这份馆藏的成员，其余为 null。"))
    ai_labels = serializers.SerializerMethodField(
        help_text=_("著录项到 AI 标识的对应；由人著录的不列出。转载这些内容时须一并标明。")
    )
    files = ImageFileSerializer(source="scans", many=True, read_only=True)
    documents = DocumentSerializer(
        many=True, read_only=True, help_text=_("整份存下的 PDF；它的各页在 files 里。一般没有。")
    )
    page = serializers.SerializerMethodField(help_text=_("公开页面的地址。"))

    class Meta:
        model = Image
        fields: ClassVar[list[str]] = [
            "id",
            "collection",
            "identifier",
            "negative_number",
            "see_also",
            "volume",
            "sheet",
            "access",
            "disclosure",
            "rights",
            *(field.value for field in Field),
            "date_start",
            "date_end",
            "date_unread",
            "ai_labels",
            "status",
            "revision",
            "etag",
            "files",
            "documents",
            "page",
            "updated_at",
        ]
        read_only_fields = fields

    def to_representation(self, instance: Image) -> dict[str, Any]:
        """Return the record; to whoever is no member, with its personal numbers masked."""
        told = super().to_representation(instance)
        if instance.masked_text and not instance.is_own:  # type: ignore[attr-defined]  # annotated by the view
            told |= {field.value: masked(told[field.value]) for field in Field}
        return told

    @extend_schema_field({"type": "string", "enum": ["open", "internal", "restricted"]})
    def get_access(self, image: Image) -> str:
        """Return who may look, in the three words that this field has always had."""
        return "open" if image.disclosure == Disclosure.OPEN and not image.secrecy_hold else image.access

    @extend_schema_field({"type": "string", "nullable": True})
    def get_status(self, image: Image) -> str | None:
        """Return the state of the record to members, None to others: it tells of drafts."""
        return image.status if image.is_own else None  # type: ignore[attr-defined]  # annotated by the view

    @extend_schema_field({"type": "string", "nullable": True})
    def get_etag(self, image: Image) -> str | None:
        """Return the version to members."""
        return tag_of(image) if image.is_own else None  # type: ignore[attr-defined]  # annotated by the view

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
    def get_ai_labels(self, image: Image) -> dict[str, str]:
        """Return the AI labels of the accepted values."""
        return labels_by_field(image.current_annotations)  # type: ignore[attr-defined]  # prefetched by the view

    @extend_schema_field(OpenApiTypes.URI)
    def get_page(self, image: Image) -> str:
        """Return the address of the public page."""
        return _absolute(self, image.get_absolute_url())


class AnnotationSerializer(serializers.ModelSerializer[Annotation]):
    """One proposal for one field of one image. Who decided, and why, is for members."""

    collection = serializers.CharField(source="image.collection.slug", read_only=True)
    field_label = serializers.CharField(source="get_field_display", read_only=True)
    value = serializers.SerializerMethodField(
        method_name="get_text", help_text=_("内容；给成员以外的人时，其中的证件、电话等号码遮去中间几位。")
    )
    ai_label = serializers.SerializerMethodField(help_text=_("AI 标识；由人著录的为空。转载时须一并标明。"))
    audit = serializers.IntegerField(
        source="audit_id", read_only=True, allow_null=True, help_text=_("凭哪一次抽检成批采用；逐条审核的为 null。")
    )
    held = serializers.BooleanField(read_only=True, help_text=_("抽检后采用、审核员尚未公开；公众读不到这样的内容。"))
    model = serializers.CharField(source="run.model_name", default=None, read_only=True, allow_null=True)
    prompt = serializers.SerializerMethodField(help_text=_("提示词及其版本。"))
    evidence = serializers.ChoiceField(
        choices=Evidence.choices,
        read_only=True,
        help_text=_("依据：picture 画面、inscription 题字、record 著录、inference 推测；没有判断的为空。"),
    )
    flag = serializers.SerializerMethodField(
        help_text=_("提醒：overlong 超过字数、truncated 回答被截断、doubtful 存疑；只给成员。")
    )
    original_value = serializers.SerializerMethodField(help_text=_("人修改之前的草稿；只给成员。"))
    decided_by = serializers.SerializerMethodField(help_text=_("审核者；只给成员。"))
    reason = serializers.SerializerMethodField(help_text=_("退回原因；只给成员。"))

    class Meta:
        model = Annotation
        fields: ClassVar[list[str]] = [
            "id",
            "image",
            "collection",
            "field",
            "field_label",
            "value",
            "source",
            "state",
            "ai_label",
            "audit",
            "held",
            "evidence",
            "flag",
            "model",
            "prompt",
            "original_value",
            "decided_by",
            "decided_at",
            "reason",
            "created_at",
        ]
        read_only_fields = fields

    def get_text(self, annotation: Annotation) -> str:
        """Return the text, to whoever is no member with its personal numbers masked."""
        return annotation.value if self._is_own(annotation) else masked(annotation.value)

    def get_ai_label(self, annotation: Annotation) -> str:
        """Return the AI label."""
        return label_of(annotation)

    def get_prompt(self, annotation: Annotation) -> str | None:
        """Return the prompt and the number of its version; a reader of pictures answers none."""
        if annotation.run is None or annotation.run.prompt_version is None:
            return None
        return str(annotation.run.prompt_version)

    def get_flag(self, annotation: Annotation) -> str | None:
        """Return what a reviewer should know."""
        return annotation.flag if self._is_own(annotation) else None

    def get_original_value(self, annotation: Annotation) -> str | None:
        """Return the machine's words that a person changed."""
        return annotation.original_value if self._is_own(annotation) else None

    def get_decided_by(self, annotation: Annotation) -> str | None:
        """Return the reviewer's account name."""
        return str(annotation.decided_by) if annotation.decided_by and self._is_own(annotation) else None

    def get_reason(self, annotation: Annotation) -> str | None:
        """Return why a draft was rejected."""
        return annotation.reason if self._is_own(annotation) else None

    def _is_own(self, annotation: Annotation) -> bool:
        return bool(annotation.is_own)  # type: ignore[attr-defined]  # annotated by the view
