"""The page on which many files are sent into a collection, one request for each."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied, TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from catalog import policies
from catalog.admin.access import signed_in
from catalog.exceptions import FileRejected, UploadTooLarge
from catalog.importing.uploads import import_upload
from catalog.models import Collection, Image
from inference.errors import Outage, outage_of


class UploadForm(forms.Form):
    """Where the files go, and the 册号 that all of them get."""

    collection = forms.ModelChoiceField(
        label=_("馆藏"), queryset=Collection.objects.none(), to_field_name="slug", empty_label=None
    )
    volume = forms.CharField(
        label=_("册号"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "aria-describedby": "volume-help"}),
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["collection"].queryset = policies.working_collections(request.user)  # type: ignore[attr-defined]  # it chooses


class ImageUploads(admin.ModelAdmin[Image]):
    """Adds the page to the images' admin."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page's address."""
        return [path("upload/", self._door(), name="catalog_image_upload"), *super().get_urls()]

    def _door(self) -> Callable[..., HttpResponse]:
        """Return the page's view; what cannot even be read is answered on the page too.

        More files than Django takes are refused while the form is read, which the protection against forged requests
        does first of all. So it is read here, before that protection, which the view itself has like all of the admin.
        """
        view = self.admin_site.admin_view(self.upload_view)
        refusal = self.admin_site.admin_view(csrf_exempt(self.too_many_view))

        def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                request.POST  # noqa: B018 - reading it parses the form
            except TooManyFilesSent:
                # Changes nothing, so it needs no token; the form that held one was not read.
                return refusal(request, *args, **kwargs)
            return view(request, *args, **kwargs)

        return csrf_exempt(door)

    def too_many_view(self, request: HttpRequest) -> HttpResponse:
        """Say how many files may be sent at once."""
        if not policies.works_anywhere(request.user):
            raise PermissionDenied
        reason = gettext("一次最多上传 %(limit)s 个文件，请分几次上传。") % {
            "limit": settings.DATA_UPLOAD_MAX_NUMBER_FILES
        }
        form = UploadForm(request=request)
        return self._page(request, form, [{"name": "", "error": reason}], status=400)

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Show the page, or import what was sent: a script sends one file after the other, a bare form all at once."""
        if not policies.works_anywhere(request.user):
            raise PermissionDenied
        if request.method != "POST":
            initial = {name: request.GET.get(name) for name in ("collection", "volume")}
            return self._page(request, UploadForm(request=request, initial=initial), [])
        wants_json = request.accepts("application/json") and not request.accepts("text/html")
        given = UploadForm(request.POST, request=request)
        files = request.FILES.getlist("file")
        if not given.is_valid() or not files:
            reason = " ".join(map(str, given.errors.get("volume", []))) or gettext("请选择馆藏和文件。")
            if wants_json:
                return JsonResponse({"error": reason}, status=400)
            return self._page(request, given, [{"name": "", "error": reason}], status=400)
        if wants_json:
            results = [self._import(request, given, files[0])]
            return JsonResponse(results[0], status=400 if "error" in results[0] else 200)
        results, outage = self._import_all(request, given, files)
        response = self._page(request, given, results, status=503 if outage else 200)
        if outage:
            response.headers["Retry-After"] = str(outage.retry_after_s)
        return response

    def _import_all(
        self, request: HttpRequest, given: UploadForm, files: list["UploadedFile[Any]"]
    ) -> tuple[list[dict[str, str]], Outage | None]:
        """Import files up to the first that the database or the disk does not take; what is done before stays told."""
        results: list[dict[str, str]] = []
        for number, file in enumerate(files):
            try:
                results.append(self._import(request, given, file))
            except (Error, OSError) as error:
                outage = outage_of(error)
                if outage is None or not results:
                    raise
                results += [{"name": left.name or "", "error": str(outage)} for left in files[number:]]
                return results, outage
        return results, None

    def _import(self, request: HttpRequest, given: UploadForm, file: "UploadedFile[Any]") -> dict[str, str]:
        """Import one file, and return what to tell about it."""
        collection, volume = given.cleaned_data["collection"], given.cleaned_data["volume"]
        if not policies.can_import(request.user, collection):
            raise PermissionDenied
        name = file.name or ""
        try:
            done = import_upload(collection=collection, upload=file, user=signed_in(request), volume=volume)
        except (FileRejected, UploadTooLarge) as error:
            return {"name": name, "error": str(error)}
        told = {"name": name, "kind": done.kind, "sentence": done.sentence}
        if done.image is not None and policies.can_view_drafts(request.user, done.image):
            told["address"] = reverse("admin:catalog_image_change", args=[done.image.pk])
        return told

    def _page(
        self, request: HttpRequest, form: UploadForm, results: list[dict[str, str]], status: int = 200
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("上传图像"),
            "opts": self.opts,
            "form": form,
            "results": results,
            "limit": settings.GLMV_MAX_UPLOAD_MB,
        }
        return TemplateResponse(request, "admin/catalog/image/upload.html", context, status=status)
