"""The admin site itself: its names, the order of its lists, and a first page that says where work waits."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from catalog.vocabulary import ImageStatus

if TYPE_CHECKING:
    from catalog.models import Collection

# What people open every day comes first; Django would sort by name.
_ORDER = (
    "Image",
    "Collection",
    "NearGroup",
    "Batch",
    "Annotation",
    "Action",
    "Prompt",
    "PromptVersion",
    "KnowledgeBase",
    "KnowledgeEntry",
    "ImageFile",
    "FixityCheck",
    "SensitiveWord",
    "BatchItem",
    "Run",
    "Membership",
)
_LOOKING_ONLY = _(
    "您是管理员，没有编目员或审核员的角色：可以查看所有馆藏，不能改内容。要参加编目，请在“用户”中给自己加上角色，会记入操作记录。"
)


@dataclass(frozen=True, slots=True)
class Notice:
    """What administrators are to know of the installation.

    Attributes:
        text: a sentence.
        urgent: whether something is to be done.
    """

    text: str
    urgent: bool = False


notices: list[Callable[[], Sequence[Notice]]] = []
"""What the site has to tell them; it registers itself here, for the catalogue does not know it."""


class WorkbenchConfig(AdminConfig):
    """Django's admin with the workbench as its site."""

    default_site = "catalog.workbench.WorkbenchSite"


class WorkbenchSite(AdminSite):
    """The cataloguers' workbench (编目工作台)."""

    site_header = _("GLMV 图像编目")
    site_title = _("GLMV 图像编目")
    index_title = _("编目工作台")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show the user's collections with what waits in each, above the lists."""
        # The policies read models, which are not there yet when this module is imported.
        from catalog import policies
        from catalog.admin import access
        from catalog.batches.progress import waiting_for_hours

        worklist = _counted(policies.member_collections(request.user))
        told: list[Notice] = []
        if access.is_administrator(request):
            told = [notice for tell in notices for notice in tell()]
            if not access.works(request):
                told.append(Notice(str(_LOOKING_ONLY)))
        closed = waiting_for_hours(policies.visible_batches(request.user))
        context = {
            "worklist": worklist,
            "notices": told,
            "closed": closed,
            "reads_log": access.reads_log(request),
            "is_examiner": policies.is_examiner(request.user),
        }
        return super().index(request, {**context, **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the lists, the catalogue's first and in the order of use."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            if app["app_label"] == "catalog":
                app["models"].sort(key=lambda model: _place(model["object_name"]))
        return sorted(apps, key=lambda app: app["app_label"] != "catalog")


def _counted(collections: "Iterable[Collection]") -> "list[Collection]":
    """Return collections with the counts of `with_counts`, from one query for them all."""
    from catalog.models import Image

    numbers = Image.objects.numbers_by_status()
    counted = list(collections)
    for collection in counted:
        of_it: Any = numbers.get(collection.pk, {})
        found: Any = collection
        found.image_count = sum(of_it.values())
        found.to_review_count = of_it.get(ImageStatus.TO_REVIEW, 0)
        found.to_research_count = of_it.get(ImageStatus.TO_RESEARCH, 0)
        found.described_count = of_it.get(ImageStatus.DESCRIBED, 0)
    return counted


def _place(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)
