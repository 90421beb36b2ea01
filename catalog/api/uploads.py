"""`POST /api/v1/images/`: one file, sent as a form. It comes in by the same import as a folder of them."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import NotAuthenticated, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from catalog import policies
from catalog.api.idempotency import once
from catalog.api.parsing import MultiPartParser
from catalog.api.serializers import ImageSerializer
from catalog.api.strict import BlankOrChar, Strict, StrictSlug
from catalog.exceptions import FileRejected
from catalog.importing.uploads import import_upload
from catalog.models import Image

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@extend_schema_field({"type": "string", "format": "binary"})
class Upload(serializers.FileField):
    """A file that is sent; the library describes the address of one."""


class UploadSerializer(Strict):
    """What is sent."""

    collection = StrictSlug(help_text=_("馆藏代号。"))
    file = Upload(help_text=_("图像或 PDF。"), allow_empty_file=True, max_length=255)
    identifier = BlankOrChar(required=False, max_length=100, help_text=_("照片号。"))
    volume = BlankOrChar(required=False, max_length=40, help_text=_("册号；已有册号的记录不改。"))


class UploadedSerializer(serializers.Serializer[Any]):
    """What became of it."""

    result = serializers.ChoiceField(
        choices=["added", "joined", "present", "duplicate"],
        help_text=_("新的一幅；并入同一照片；已经有了；内容与另一个文件相同。"),
    )
    detail = serializers.CharField(help_text=_("结果，一句话。"))
    image = ImageSerializer(allow_null=True, help_text=_("所属的记录；您看不到的记录（例如控制使用的图像）为 null。"))


def _member(request: Request) -> "User":
    """Return who sends: nobody without an account gets past the permissions.

    Raises:
        NotAuthenticated: somebody did.
    """
    if not request.user.is_authenticated:
        raise NotAuthenticated
    return request.user


class UploadMixin(GenericViewSet[Image]):
    """Lets members bring in a file."""

    parser_classes = (MultiPartParser,)

    @extend_schema(
        summary=_("上传一个图像文件"),
        request={"multipart/form-data": UploadSerializer},
        responses={
            201: UploadedSerializer,
            200: OpenApiResponse(UploadedSerializer, description=_("内容已经在馆藏里，没有重复导入。")),
        },
    )
    # Not in one transaction: files are copied meanwhile. The same content never comes in twice.
    @once(together=False)
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Import one file, sent as multipart/form-data; the key needs the scope "write"."""
        given = UploadSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        slug = given.validated_data["collection"]
        collection = policies.visible_collections(request.user).filter(slug=slug).first()
        if collection is None:
            raise ValidationError({"collection": [_("没有代号为“%(slug)s”的馆藏。") % {"slug": slug}]})
        if not policies.can_import(request.user, collection):
            raise PermissionDenied(_("您不负责这份馆藏，不能向其中导入图像。"))
        try:
            done = import_upload(
                collection=collection,
                upload=given.validated_data["file"],
                user=_member(request),
                identifier=given.validated_data.get("identifier", ""),
                volume=given.validated_data.get("volume", ""),
            )
        except FileRejected as error:
            raise ValidationError({"file": [str(error)]}) from error
        image = self.get_queryset().filter(pk=done.image.pk).first() if done.image is not None else None
        body = {"result": done.kind, "detail": done.sentence, "image": image}
        is_new = done.kind in ("added", "joined")
        answer = UploadedSerializer(body, context=self.get_serializer_context())
        return Response(answer.data, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)
