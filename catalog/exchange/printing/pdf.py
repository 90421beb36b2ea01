"""PDF of a printed page, by WeasyPrint: an extra, since it needs libraries of the system that pip does not bring."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils.translation import gettext as _

from catalog.exceptions import CatalogError


class PdfNotAvailable(CatalogError):
    """WeasyPrint, or what it needs of the system, is not installed; the sentence says what to install."""

    code = "pdf_not_available"


def what_to_install() -> str:
    """Return what is said where WeasyPrint is absent."""
    return _(
        "这台服务器没有安装直接生成 PDF 的组件。请用浏览器的“打印”，选“另存为 PDF”，效果相同；"
        "要装组件，请管理员运行：apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk，"
        "然后 pip install -r requirements-pdf.txt。"
    )


def pdf_of(html: str) -> bytes:
    """Return a page as PDF; of all that it names, our own static files alone are read.

    Args:
        html: the page.

    Raises:
        PdfNotAvailable: WeasyPrint, or what it needs, is not there.
    """
    try:
        # An extra: most installations print from the browser.
        from weasyprint import HTML
    except (ImportError, OSError) as error:
        raise PdfNotAvailable(what_to_install()) from error
    written: Callable[[], Any] = HTML(string=html, base_url="http://static.invalid/", url_fetcher=_static).write_pdf
    return bytes(written())


def _static(address: str, *_arguments: object, **_named: object) -> dict[str, Any]:
    """Fetch a style sheet of ours.

    Raises:
        ValueError: it is something else.
    """
    path = urlsplit(address).path
    if not path.startswith(settings.STATIC_URL):
        raise ValueError(address)
    found = finders.find(path.removeprefix(settings.STATIC_URL)) or _collected(path)
    if not isinstance(found, str):
        raise ValueError(address)
    return {"string": Path(found).read_bytes(), "mime_type": "text/css"}


def _collected(path: str) -> str | None:
    """Return where a file lies that has its digest in its name, where static files have been collected."""
    folder = settings.STATIC_ROOT
    if not folder:
        return None
    root = Path(folder).resolve()
    found = (root / path.removeprefix(settings.STATIC_URL)).resolve()
    return str(found) if found.is_relative_to(root) and found.is_file() else None
