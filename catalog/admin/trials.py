"""The page on which a prompt is tried: a few images, two wordings side by side, and what they cost.

Each answer is fetched by itself where the browser runs scripts; without them the form is sent as a whole, and the
page comes back when all answers are there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import policies
from catalog.admin.access import is_member, signed_in
from catalog.drafting.trials import MOST_IMAGES, Trial, reworded, try_prompt
from catalog.models import Collection, Image, Prompt, PromptVersion
from catalog.querysets import ImageQuerySet
from inference.service import get_service

SHOWN = 24
SIDES = ("left", "right")
_LONGEST_TEXT = 8000
_LONGEST_KEY = 18
"""Digits; longer ones are no keys, and some databases refuse to look for them."""


class SideForm(forms.Form):
    """One wording to try: a version, or its text reworded."""

    version = forms.ModelChoiceField(queryset=PromptVersion.objects.none(), label=gettext_lazy("版本"))
    text = forms.CharField(
        required=False,
        max_length=_LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        label=gettext_lazy("改写正文（不保存）"),
        help_text=gettext_lazy("留空就用所选版本的正文；回答形式、结构和词元上限都照所选版本。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = PromptVersion.objects.select_related("prompt").order_by("prompt", "-number")
        self.fields["version"].queryset = versions  # type: ignore[attr-defined]  # it chooses

    def wording(self) -> PromptVersion | None:
        """Return what is to be tried; None where this side was left empty."""
        version: PromptVersion | None = self.cleaned_data["version"]
        return None if version is None else reworded(version, self.cleaned_data["text"])


class ImagesField(forms.ModelMultipleChoiceField[Image]):
    """Images by their keys; a number that no database holds is one that is not found."""

    def clean(self, value: Any) -> Any:
        """Return the images."""
        if any(str(key).isdecimal() and len(str(key)) > _LONGEST_KEY for key in value or ()):
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().clean(value)


class ImagesForm(forms.Form):
    """The images to try a prompt on."""

    images = ImagesField(
        queryset=Image.objects.none(),
        error_messages={
            "required": gettext_lazy("请先勾选图像，最多 6 幅。"),
            "invalid_choice": gettext_lazy("所选的图像里有找不到的，请重新勾选。"),
            "invalid_pk_value": gettext_lazy("所选的图像里有找不到的，请重新勾选。"),
        },
    )

    def __init__(self, *args: Any, images: ImageQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["images"].queryset = images  # type: ignore[attr-defined]  # it chooses

    def clean_images(self) -> list[Image]:
        """Return the images, not more than can be looked at side by side."""
        chosen = list(self.cleaned_data["images"])
        if len(chosen) > MOST_IMAGES:
            raise forms.ValidationError(_("一次最多试 %(most)s 幅，请减少勾选。") % {"most": MOST_IMAGES})
        return chosen


class CellForm(SideForm):
    """One answer to be fetched by itself."""

    image = forms.ModelChoiceField(queryset=Image.objects.none())

    def __init__(self, *args: Any, images: ImageQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["image"].queryset = images  # type: ignore[attr-defined]  # it chooses


@dataclass(frozen=True, slots=True)
class Row:
    """One image and the answers about it, left and right."""

    image: Image
    trials: list[Trial]


def trial_page(request: HttpRequest, prompt: Prompt, context: dict[str, Any]) -> HttpResponse:
    """Show the form, and what came of it where it was sent.

    Args:
        request: from a member.
        prompt: the prompt to begin with.
        context: of every page of the workbench.

    Raises:
        PermissionDenied: the user works on no collection.
    """
    if not is_member(request):
        raise PermissionDenied
    mine = _images(request)
    sent = request.POST if request.method == "POST" else None
    first, second = _first_versions(prompt)
    left = SideForm(sent, prefix="left", initial={"version": first})
    right = SideForm(sent, prefix="right", initial={"version": second})
    right.fields["version"].required = False
    chosen = ImagesForm(sent, images=mine)
    rows: list[Row] = []
    if sent is not None and all([left.is_valid(), right.is_valid(), chosen.is_valid()]):
        wordings = [wording for side in (left, right) if (wording := side.wording()) is not None]
        rows = list(_answered(chosen.cleaned_data["images"], wordings))
    collection = _collection(request)
    shown = _shown(mine, collection, request)
    ticked = _ticked(chosen, sent, mine)
    return TemplateResponse(
        request,
        "admin/catalog/prompt/trial.html",
        context
        | {
            "title": _("试用提示词：%(name)s") % {"name": prompt.name},
            "prompt": prompt,
            "left": left,
            "right": right,
            "chosen": chosen,
            "ticked": ticked,
            "ticked_keys": {image.pk for image in ticked},
            "shown": [image for image in shown if image not in ticked],
            "older": shown[-1].pk if len(shown) == SHOWN else None,
            "collections": policies.member_collections(signed_in(request)),
            "collection": collection,
            "rows": rows,
            "most": MOST_IMAGES,
        },
        status=400 if sent is not None and not rows else 200,
    )


def trial_cell(request: HttpRequest) -> HttpResponse:
    """Answer one question, as a piece of the page.

    Raises:
        PermissionDenied: the user works on no collection.
    """
    if not is_member(request):
        raise PermissionDenied
    given = CellForm(request.POST, images=_images(request))
    if not given.is_valid():
        error = _("这一格的图像或版本已经找不到了，请刷新页面后再试。")
        return TemplateResponse(request, "admin/catalog/prompt/answer.html", {"error": error}, status=400)
    wording = given.wording()
    assert wording is not None  # noqa: S101 - the form requires a version
    trial = try_prompt(image=given.cleaned_data["image"], version=wording, describer=get_service())
    return TemplateResponse(request, "admin/catalog/prompt/answer.html", {"trial": trial})


def _images(request: HttpRequest) -> ImageQuerySet:
    """Return the images the user may have the model look at."""
    return policies.member_images(signed_in(request)).select_related("collection").with_files()


def _first_versions(prompt: Prompt) -> tuple[PromptVersion | None, PromptVersion | None]:
    """Return the newest version and the one before, to be compared first."""
    newest = list(prompt.versions.order_by("-number")[:2])
    return (newest[0] if newest else None), (newest[1] if len(newest) > 1 else None)


def _answered(images: list[Image], wordings: list[PromptVersion]) -> Iterator[Row]:
    for image in images:
        yield Row(image, [try_prompt(image=image, version=wording, describer=get_service()) for wording in wordings])


def _collection(request: HttpRequest) -> Collection | None:
    """Return the collection whose images are shown: the one asked for, else the user's first."""
    mine = policies.member_collections(signed_in(request))
    asked = request.GET.get("collection", "")
    if not asked:
        return mine.first()
    found = mine.filter(slug=asked).first()
    if found is None:
        raise Http404
    return found


def _shown(mine: ImageQuerySet, collection: Collection | None, request: HttpRequest) -> list[Image]:
    """Return the images to choose from, the newest first."""
    if collection is None:
        return []
    before = request.GET.get("before", "")
    shown = mine.filter(collection=collection).order_by("-pk")
    if before.isdecimal() and before.isascii() and len(before) <= _LONGEST_KEY:
        shown = shown.filter(pk__lt=int(before))
    return list(shown[:SHOWN])


def _ticked(chosen: ImagesForm, sent: Any, mine: ImageQuerySet) -> list[Image]:
    """Return the images that were ticked, so that a form that comes back still has them."""
    if sent is None:
        return []
    if chosen.is_valid():
        return list(chosen.cleaned_data["images"])
    keys = [
        int(key)
        for key in sent.getlist("images")[:50]
        if key.isdecimal() and key.isascii() and len(key) <= _LONGEST_KEY
    ]
    return list(mine.filter(pk__in=keys).order_by("pk"))
