"""Tells whether the answers that a schema allows can be read: a prompt version cannot be mended once it is there."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from catalog.drafting.answers import keys_of
from inference.engine.errors import SchemaUnusable


def check_schema(form: str, schema: Any) -> None:
    """Refuse a schema of answers that a prompt of a form could do nothing with.

    Args:
        form: the output form.
        schema: a JSON Schema; None, where the version has none, will always do.

    Raises:
        ValidationError: the form takes no schema, no answer could be held to it, or none that could be read.
    """
    if schema is None:
        return
    keys = keys_of(form)
    if not keys:
        raise ValidationError(_("这种回答形式不用回答结构，请留空。"))
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict) or not properties or schema.get("type") != "object":
        raise ValidationError(_("回答结构应是 JSON 对象：type 写 object，在 properties 里列出各键。"))
    if unknown := [key for key in properties if key not in keys]:
        raise ValidationError(
            _("这种回答形式没有键“%(key)s”，可用的键：%(keys)s。") % {"key": unknown[0], "keys": "、".join(keys)}
        )
    _check_that_it_can_be_kept(schema)


def _check_that_it_can_be_kept(schema: dict[str, Any]) -> None:
    # Half a second to import, for a check that is seldom made.
    from inference.engine.schemas import check_schema as check_that_it_can_be_kept

    try:
        check_that_it_can_be_kept(json.dumps(schema, ensure_ascii=False))
    except SchemaUnusable as error:
        raise ValidationError(
            _("模型无法遵守这个 JSON Schema：%(detail)s") % {"detail": error.params["detail"]}
        ) from error
