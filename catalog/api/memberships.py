"""REST: who holds which role where. Administrators read, give and take them; accounts are made on their page."""

from typing import ClassVar

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import policies
from catalog.accounts import accounts
from catalog.api.idempotency import once
from catalog.api.parsing import JSONParser
from catalog.api.reading import ReadViewSet
from catalog.api.signed_in import Scoped, allow, collection_named, writer
from catalog.api.strict import AccountName, Strict, StrictChoice, StrictSlug
from catalog.filters import MembershipFilter
from catalog.models import Collection, Membership
from catalog.vocabulary import Role
from inference.models import Scope

_ADMINISTRATORS_ONLY = gettext_lazy("授予和收回角色须由管理员来做。")


class MembershipInputSerializer(Strict):
    """A role that is given."""

    user = AccountName(help_text=gettext_lazy("用户名。"))
    role = StrictChoice(choices=Role.choices, help_text=gettext_lazy("角色。"))
    collection = StrictSlug(allow_null=True, help_text=gettext_lazy("馆藏代号；null 表示所有馆藏。"))


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    """A role that somebody holds."""

    user = serializers.CharField(read_only=True)
    collection = serializers.CharField(source="collection.slug", default=None, read_only=True, allow_null=True)

    class Meta:
        model = Membership
        fields: ClassVar[list[str]] = ["id", "user", "role", "collection", "created_at"]
        read_only_fields = fields


@extend_schema_view(
    list=extend_schema(summary=gettext_lazy("成员列表")),
    retrieve=extend_schema(summary=gettext_lazy("一个角色")),
)
class MembershipViewSet(Scoped, ReadViewSet):
    """Roles; for administrators."""

    queryset = Membership.objects.none()
    serializer_class = MembershipSerializer
    filterset_class = MembershipFilter
    parser_classes = (JSONParser,)
    lookup_value_regex = "[0-9]{1,18}"
    search_fields: ClassVar[list[str]] = ["user__username", "user__last_name", "user__first_name"]
    ordering_fields: ClassVar[list[str]] = ["id", "created_at"]
    scope = Scope.MEMBERS

    def get_queryset(self) -> QuerySet[Membership]:
        """Return the roles, of which administrators alone know."""
        if not policies.is_administrator(self.request.user):
            return Membership.objects.none()
        return Membership.objects.select_related("user", "collection").order_by("pk")

    @extend_schema(
        summary=gettext_lazy("授予角色"),
        request=MembershipInputSerializer,
        responses={201: MembershipSerializer},
        description=gettext_lazy("已有这个角色时不变，照样返回它。"),
    )
    @once()
    def create(self, request: Request) -> Response:
        """Give a role."""
        by = writer(request)
        allow(policies.is_administrator(by), _ADMINISTRATORS_ONLY)
        given = MembershipInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        account = get_user_model().objects.filter(username=data["user"]).first()
        if account is None:
            raise ValidationError({"user": [_("没有这个用户名的账户。")]})
        place: Collection | None = collection_named(request, data["collection"]) if data["collection"] else None
        accounts.give_role(account=account, role=Role(data["role"]), collection=place, by=by)
        found = self.get_queryset().get(user=account, role=data["role"], collection=place)
        return Response(self.get_serializer(found).data, status=status.HTTP_201_CREATED)

    @extend_schema(summary=gettext_lazy("收回角色"), responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take a role."""
        by = writer(request)
        found: Membership = self.get_object()
        accounts.take_role(account=found.user, role=Role(found.role), collection=found.collection, by=by)
        return Response(status=status.HTTP_204_NO_CONTENT)
