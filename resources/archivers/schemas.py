"""Parameters of a list's archivers: one for each that the site has enabled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from resources.fields import boolean, field
from resources.parameters import ParameterError, Parameters


def archivers_schema(names: Iterable[str]) -> Parameters:
    """All of them, required; what is in them is looked at by `flags`."""
    schema = Parameters()
    for name in names:
        schema.add(field(lambda value: value, name=name))
    return schema


def flags(values: dict[str, Any]) -> dict[str, bool]:
    """The values as truth values; raises ParameterError with the bare reason."""
    try:
        return {name: boolean(value) for name, value in values.items()}
    except ValueError as error:
        raise ParameterError(str(error)) from error
