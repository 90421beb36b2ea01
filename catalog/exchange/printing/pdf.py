"""PDF of a printed sheet, by WeasyPrint: an extra, since it needs libraries of the system that pip does not bring."""

from collections.abc import Callable
from pathlib import Path

from django.contrib.staticfiles import finders
from django.utils.translation import gettext as _

from catalog.exceptions import CatalogError

STYLE = "css/print-sheets.css"


class PdfNotAvailable(CatalogError):
    """WeasyPrint, or what it needs of the system, is not installed; the sentence says what to install."""

    code = "pdf_not_available"


def what_to_install() -> str:
    """Return what is said where WeasyPrint is absent."""
    return _(
        "这台服务器没有安装直接生成 PDF 的组件。请用浏览器的“打印”，选“另存为 PDF”，效果相同；"
        "要装组件，请管理员运行 apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk，"
        "再运行 pip install -r requirements-pdf.txt，然后重新启动。"
    )


def pdf_of(html: str) -> bytes:
    """Return a sheet as PDF.

    Args:
        html: the sheet, which names no other address; its style is the one that browsers print by.

    Raises:
        PdfNotAvailable: WeasyPrint, or what it needs, is not there.
    """
    try:
        # An extra: most installations print from the browser.
        from weasyprint import CSS, HTML
    except (ImportError, OSError) as error:
        raise PdfNotAvailable(what_to_install()) from error
    style = Path(str(finders.find(STYLE))).read_text(encoding="utf-8")
    written: Callable[..., bytes | None] = HTML(string=html).write_pdf
    return written(stylesheets=[CSS(string=style)]) or b""
