"""Parameters of template URIs: templates by their names, and credentials for all of them."""

from __future__ import annotations

from functools import cache
from typing import Any

from mmcore.interfaces.template import NEWER_TEMPLATE_NAMES
from resources.fields import drop, field, text
from resources.parameters import Parameters, optional, request_schema

CREDENTIALS = ("username", "password")


def _templates(names: tuple[str, ...]) -> Parameters:
    schema = Parameters()
    for name in names:
        known = {"missing": drop} if name in NEWER_TEMPLATE_NAMES else {}
        schema.add(field(text, name=name, **known))
    return schema


@cache
def uris_schema(names: tuple[str, ...], required: bool) -> Any:
    """The request schema of some templates, all of them required or none; built once."""
    schema = _templates(names)
    if not required:
        schema = optional(schema)
    for name in CREDENTIALS:
        schema.add(field(text, missing=drop, name=name))
    return request_schema(schema, None)
