"""Who may enter which list of the admin. Every answer is a policy's; here they are only put where Django asks."""

from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from catalog import policies
from catalog.models import Image
from catalog.querysets import CollectionQuerySet
from catalog.vocabulary import Role

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Row = TypeVar("Row", bound=Model)


def is_member(request: HttpRequest) -> bool:
    """Tell whether the user sees any collection as its members do."""
    return is_administrator(request) or works(request)


def works(request: HttpRequest) -> bool:
    """Tell whether the user describes and drafts in any collection; in which ones is asked of the policy for each."""
    return bool(_roles(request) & {Role.CATALOGUER, Role.REVIEWER})


def is_publisher(request: HttpRequest) -> bool:
    """Tell whether the user may publish any collection; which ones is asked of the policy for each."""
    return Role.REVIEWER in _roles(request)


def reads_log(request: HttpRequest) -> bool:
    """Tell whether the user reads the action log; which entries the policy says."""
    return is_member(request) or Role.AUDITOR in _roles(request)


def is_administrator(request: HttpRequest) -> bool:
    """Tell whether the user keeps accounts and settings."""
    return policies.is_administrator(request.user)


def _roles(request: HttpRequest) -> frozenset[Role]:
    """Answer once for each request: Django asks for every model on the page, and several times for each."""
    if not getattr(request.user, "is_staff", False):
        return frozenset()
    if "catalog_roles" not in request.__dict__:
        request.__dict__["catalog_roles"] = policies.held_roles(request.user)
    roles: frozenset[Role] = request.__dict__["catalog_roles"]
    return roles


def signed_in(request: HttpRequest) -> "User":
    """Return the user: whoever got past the admin's door has an account.

    Raises:
        PermissionDenied: nobody is signed in.
    """
    if not request.user.is_authenticated:
        raise PermissionDenied
    return request.user


class MemberAdmin(admin.ModelAdmin[Row]):
    """A list that members read, narrowed to what is theirs. Nobody changes its rows, administrators neither.

    Subclasses override `mine`, and loosen the permissions where members may do more.
    """

    def mine(self, request: HttpRequest) -> QuerySet[Row]:
        """Return the rows the user may know of; all of them unless a subclass says otherwise."""
        return super().get_queryset(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Row]:
        """Return the user's rows. What is not among them does not exist for them."""
        return self.mine(request)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Head the list with the name of what it lists."""
        title = {"title": self.opts.verbose_name_plural}
        return super().changelist_view(request, title | (extra_context or {}))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the list on the first page to members."""
        return is_member(request)

    def has_view_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Let members read what the queryset gives them."""
        return is_member(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse unless a list says otherwise."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Refuse unless a list says otherwise."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Refuse unless a list says otherwise."""
        return False


class ReadOnlyAdmin(MemberAdmin[Row]):
    """A list that is written elsewhere: nobody adds, changes or deletes here, and no subclass loosens that."""


class OfImageAdmin(ReadOnlyAdmin[Row]):
    """A list of what belongs to images, each of which is named as members know it: by its number or its file."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Row]:
        """Return the user's rows, with what names their images."""
        return super().get_queryset(request).prefetch_related("image__files")

    @admin.display(description=_("图像"), ordering="image")
    def record(self, obj: Row) -> str:
        """Return what members call the image."""
        image: Image = obj.image  # type: ignore[attr-defined]  # subclasses list rows that have one
        return image.reference


class ReadOnlyInline(admin.TabularInline[Any, Any]):
    """Rows shown on another record's page."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Show them to whoever sees the page."""
        return is_member(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False


class MyCollectionsFilter(admin.SimpleListFilter):
    """A filter by collection that names only the collections the user works on."""

    title = _("馆藏")
    parameter_name = "collection"
    path = "collection"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:
        """Return the collections to choose from."""
        return [(item.slug, item.title) for item in my_collections(request)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows of the collection chosen."""
        return queryset.filter(**{f"{self.path}__slug": self.value()}) if self.value() else queryset


def collections_filter(path: str) -> type[MyCollectionsFilter]:
    """Return the filter by collection for rows that reach theirs over `path`."""
    return type("MyCollectionsFilter", (MyCollectionsFilter,), {"path": path})


def my_collections(request: HttpRequest) -> CollectionQuerySet:
    """Return the collections that the user sees as a member."""
    return policies.member_collections(request.user)
