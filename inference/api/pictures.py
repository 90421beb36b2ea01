"""Finds the pictures that a request names: inside it, in the catalogue, or on a web site that is allowed.

Whose picture it is decides what is asked of it: strangers' have a least size and the public doors' pixels, the
catalogue's have been let in before.
"""

import binascii
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from django.conf import settings
from django.utils.translation import gettext as _

from inference.access import User
from inference.api.database import let_go_of_database
from inference.api.errors import ApiError, from_engine, invalid
from inference.engine.errors import EngineError
from inference.engine.images import IMPORT_MAX_PIXELS, PUBLIC_MAX_PIXELS, read_info
from inference.engine.sizes import check_size
from inference.providers import providers
from inference.types import Detail, ImagePart

if TYPE_CHECKING:
    from inference.api.fetching import Fetcher, Round

MOST_IMAGES = 16
"""How many pictures one request may bring: each is decoded, however few bytes it has."""

# Which kind of picture it is, its bytes say better than its label.
_DATA_URI = re.compile(r"data:[^,]{0,200};base64,", re.IGNORECASE)
_CATALOGUE = re.compile(r"(?:glmv:image/|/images/)([0-9]{1,18})/?")
_WEB = re.compile(r"https?:", re.IGNORECASE)


def configured_fetcher() -> "Fetcher | None":
    """Return what fetches pictures from the web; None where the administrator has named no web site."""
    if not settings.GLMV_IMAGE_URL_HOSTS:
        return None
    # Most installations fetch nothing: they need no HTTP client for it.
    from inference.api.fetching import Fetcher

    return Fetcher.configured()


class Pictures:
    """The pictures of one request.

    Attributes:
        catalogue_ids: which images of the catalogue it names, in order.
        fields: paths of the fields that name its pictures, in order.
    """

    def __init__(
        self,
        user: User,
        *,
        min_size: tuple[int, int] | None = None,
        fetcher: Callable[[], "Fetcher | None"] = configured_fetcher,
    ) -> None:
        """Find none yet.

        Args:
            user: on whose behalf; images of the catalogue that they may not see do not exist.
            min_size: least width and height of a stranger's picture; None accepts any.
            fetcher: gives what fetches pictures from the web, asked with the first of them.
        """
        self.catalogue_ids: list[int] = []
        self.fields: list[str] = []
        self._user = user
        self._min_size = min_size
        self._fetcher = fetcher
        self._round: Round | None = None

    def find(self, url: str, detail: Detail, field: str) -> ImagePart:
        """Find one.

        Args:
            url: a data URI, the name of an image of the catalogue, or a web address.
            detail: in how much detail the model is to see it.
            field: path of the field that names it.

        Returns:
            The picture, not decoded yet.

        Raises:
            ApiError: 400 where it cannot be meant, 404 where the catalogue has no such image, 422 where it cannot be
                used.
        """
        self.fields.append(field)
        # Before anything is looked up: a small request can name a hundred thousand of them.
        if len(self.fields) > MOST_IMAGES:
            raise invalid("messages", _("一次请求最多附 %(limit)s 张图片。") % {"limit": MOST_IMAGES})
        if named := _CATALOGUE.fullmatch(url):
            return self._of_catalogue(int(named[1]), detail, field)
        if embedded := _DATA_URI.match(url):
            source = _decoded(url[embedded.end() :], field)
        elif _WEB.match(url):
            source = self._of_web(url, field)
        else:
            _refuse(field)
        self._check(source, field)
        return ImagePart(source, detail=detail)

    def _of_catalogue(self, image_id: int, detail: Detail, field: str) -> ImagePart:
        path = providers.images.image_file(image_id, self._user) if providers.images else None
        if path is None:
            words = _("字段 %(field)s：没有编号为 %(id)s 的图像，或者您没有查看它的权限。")
            raise ApiError(404, words % {"field": field, "id": image_id}, param=field, code="image_not_found")
        if not _readable(path):
            words = _("字段 %(field)s：编号为 %(id)s 的图像现在打不开，请联系管理员检查它的扫描原图。")
            raise ApiError(422, words % {"field": field, "id": image_id}, param=field, code="image_unavailable")
        self.catalogue_ids.append(image_id)
        return ImagePart(path, detail=detail, max_pixels=IMPORT_MAX_PIXELS)

    def _of_web(self, url: str, field: str) -> bytes:
        if self._round is None:
            fetcher = self._fetcher()
            if fetcher is None:
                words = _(
                    "%(field)s 不接受网址，请把图片写成 data:image/jpeg;base64,… 的形式；"
                    "要从某个网站取图，请管理员把它写进 GLMV_IMAGE_URL_HOSTS。"
                )
                raise invalid(field, words % {"field": field}, "invalid_image_url")
            self._round = fetcher.begin()
        let_go_of_database()
        return self._round.get(url, field)

    def _check(self, source: bytes, field: str) -> None:
        if self._min_size is None:
            return
        try:
            info = read_info(source, max_pixels=PUBLIC_MAX_PIXELS)
            check_size(info.width, info.height, self._min_size)
        except EngineError as error:
            raise from_engine(error, field) from error


def _readable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.R_OK)


def _refuse(field: str) -> NoReturn:
    words = _(
        "%(field)s 应为内嵌的图片（data:image/jpeg;base64,…）或馆藏图像（glmv:image/编号），不接受其他网址或文件路径。"
    )
    raise invalid(field, words % {"field": field}, "invalid_image_url")


def _decoded(encoded: str, field: str) -> bytes:
    if any(space in encoded for space in "\r\n \t"):  # some encoders break lines
        encoded = "".join(encoded.split())
    padding = "=" * (-len(encoded) % 4)
    try:
        return binascii.a2b_base64(encoded + padding, strict_mode=True)
    except ValueError as error:  # binascii.Error is one, and so is the complaint about characters beyond ASCII
        words = _("字段 %(field)s 的 base64 内容有误或不完整，请重新编码。")
        raise invalid(field, words % {"field": field}, "invalid_base64") from error
