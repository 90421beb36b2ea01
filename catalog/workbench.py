"""The admin site itself: its names, its lists under their headings, and a first page that says where work waits.

What the first page offers and asks for is in `catalog.admin.tasks`, its numbers are in `catalog.admin.home`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise

# What people open every day comes first; Django would sort by name. Models that nobody put here come last.
_HEADINGS: tuple[tuple["Promise", tuple[str, ...]], ...] = (
    (_("编目"), ("Image", "Collection", "NearGroup", "ImageFile")),
    (
        _("模型与提示词"),
        ("Batch", "Prompt", "PromptVersion", "KnowledgeBase", "KnowledgeEntry", "BatchItem", "Run", "Exchange"),
    ),
    (
        _("记录与日志"),
        ("Action", "Annotation", "FixityCheck", "SensitiveWord", "AccessLog", "AccessAttempt", "AccessFailureLog"),
    ),
    (_("账户与设置"), ("User", "Group", "Membership", "ApiKey", "WebhookEndpoint", "WebhookDelivery", "SensitiveWord")),
)
_OTHERS = _("其他")
_ORDER = [name for _heading, names in _HEADINGS for name in names]
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


@dataclass(frozen=True, slots=True)
class Heading:
    """Some of the admin's lists.

    Attributes:
        title: what they have in common.
        models: the lists, as Django describes them.
    """

    title: str
    models: list[dict[str, Any]]


class WorkbenchConfig(AdminConfig):
    """Django's admin with the workbench as its site."""

    default_site = "catalog.workbench.WorkbenchSite"


class WorkbenchSite(AdminSite):
    """The cataloguers' workbench (编目工作台)."""

    site_header = _("GLMV 图像编目")
    site_title = _("GLMV 图像编目")
    index_title = _("编目工作台")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show what waits for the user and what they may do, and the lists after it."""
        # The policies read models, which are not there yet when this module is imported.
        from catalog.admin import access
        from catalog.admin.home import work_of
        from catalog.admin.tasks import pending, tasks

        told: list[Notice] = []
        if access.is_administrator(request):
            told = [notice for tell in notices for notice in tell()]
            if not access.works(request):
                told.append(Notice(str(_LOOKING_ONLY)))
        context = {
            "work": work_of(request),
            "tasks": [task for task in tasks if task.allowed(request)],
            "pending": [item for ask in pending for item in ask(request)],
            "notices": told,
            "headings": _under_headings(self.get_app_list(request)),
        }
        return super().index(request, {**context, **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the lists, the catalogue's first and in the order of use. Django asks several times for a page."""
        known: dict[str | None, list[Any]] = request.__dict__.setdefault("catalog_app_lists", {})
        if app_label not in known:
            apps = super().get_app_list(request, app_label)
            for app in apps:
                if app["app_label"] == "catalog":
                    app["models"].sort(key=lambda model: _place(model["object_name"]))
            known[app_label] = sorted(apps, key=lambda app: app["app_label"] != "catalog")
        return known[app_label]


def _under_headings(apps: list[Any]) -> list[Heading]:
    """Return the lists under their headings; a heading without any is left out."""
    models = {model["object_name"]: model for app in apps for model in app["models"]}
    headings = [
        Heading(str(title), [models.pop(name) for name in names if name in models]) for title, names in _HEADINGS
    ]
    headings.append(Heading(str(_OTHERS), list(models.values())))
    return [heading for heading in headings if heading.models]


def _place(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)
