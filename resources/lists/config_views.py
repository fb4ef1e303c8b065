"""`/lists/{list}/config`: the settings of a list, all together or one by one.

Under API 3.0 six of its template URIs are attributes, too (`TEMPLATES`).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from mmcore.services import passwords
from resources.errors import Problem
from resources.lists.config_schema import (
    ATTRIBUTES,
    READ_ONLY,
    TEMPLATES,
    WRITABLE,
    config_schema,
    whole_schema,
)
from resources.lists.model import MailingList
from resources.parameters import (
    ParameterError,
    form_parameters,
    optional,
    parameters,
    request_schema,
    validated,
)
from resources.representation import MASK, no_content
from resources.rest import RestRequest, Segment, View, rest, segment
from resources.versions import ApiVersion


@segment(of=MailingList, name="config")
class ListConfig(Segment):
    """`lists/{list}/config`"""


@segment(of=ListConfig)
class ConfigAttribute(Segment):
    """`lists/{list}/config/{attribute}`; the views say if there is none of that name."""


def has_templates(api: ApiVersion) -> bool:
    """Whether this version of the API has template URIs among the settings."""
    return api.__name__ == "3.0"


def show_setting(mlist: MailingList, name: str) -> Any:
    """One setting; of a password only that there is one."""
    if name in TEMPLATES:
        template = mlist.uris.get(TEMPLATES[name])
        return "" if template is None else template.uri
    value = getattr(mlist, name)
    if name == "moderator_password" and value is not None:
        return MASK
    return value


def write_settings(mlist: MailingList, values: dict[str, Any]) -> None:
    """Store checked values; passwords are hashed here, after every check."""
    for name, value in values.items():
        if name in TEMPLATES:
            # Sent back as it is, it keeps the credentials, of which 3.0 knows nothing.
            if value != show_setting(mlist, name):
                mlist.uris.set(TEMPLATES[name], value)
            continue
        if name == "moderator_password":
            if value == MASK:
                continue
            value = None if value is None else passwords.hash(value)
        setattr(mlist, name, value)


def check_names(names: dict[str, Any], api: ApiVersion) -> None:
    """Refuse names that PATCH cannot change, in the order given; raises ParameterError."""
    for name in names:
        if name in READ_ONLY:
            raise ParameterError(f"Read-only attribute: {name}")
        if name not in WRITABLE and not (name in TEMPLATES and has_templates(api)):
            raise ParameterError(f"Unknown attribute: {name}")


@cache
def attribute_schema(name: str, engine: Any) -> Any:
    """The request schema of one setting, built at its first use."""
    return request_schema(config_schema((name,)), engine)


@cache
def put_schema(engine: Any, *, templates: bool) -> Any:
    """The request schema of all settings."""
    return request_schema(whole_schema(templates=templates), engine)


@cache
def patch_schema(engine: Any, *, templates: bool) -> Any:
    """The request schema of all settings, none required."""
    return request_schema(optional(whole_schema(templates=templates)), engine)


@rest(context=ListConfig)
class ListConfigView(View):
    """All settings of a list."""

    def GET(self) -> dict[str, Any]:
        """Every setting, and what can only be read."""
        mlist = self.context.__parent__
        names = (*ATTRIBUTES, *TEMPLATES) if has_templates(self.api) else ATTRIBUTES
        return {name: show_setting(mlist, name) for name in names}

    def PATCH(self) -> Any:
        """Change what is given."""
        check_names(parameters(self.request), self.api)
        return self._write(patch_schema(self.engine, templates=has_templates(self.api)))

    def PUT(self) -> Any:
        """Change all that can be changed."""
        return self._write(put_schema(self.engine, templates=has_templates(self.api)))

    def _write(self, schema: Any) -> Any:
        write_settings(self.context.__parent__, validated(self.request, schema))
        return no_content()

    def DELETE(self) -> Any:
        """Refused."""
        raise Problem(400, "Cannot delete the list configuration itself")


@rest(context=ConfigAttribute)
class ConfigAttributeView(View):
    """One setting of a list."""

    def __init__(self, context: ConfigAttribute, request: RestRequest) -> None:
        super().__init__(context, request)
        self.name = context.__name__
        self.mlist = context.__parent__.__parent__

    def GET(self) -> dict[str, Any]:
        """The setting under its name."""
        self._check_exists()
        return {self.name: show_setting(self.mlist, self.name)}

    def PATCH(self) -> Any:
        """Change it, or nothing if nothing is given."""
        self._check_exists()
        given = parameters(self.request)
        if not given:
            return no_content()
        count = len(form_parameters(self.request))
        if count > 1:
            raise ParameterError(f"Expected 1 attribute, got {count}")
        for name in given:
            if name != self.name:
                raise ParameterError(f"Unknown attribute: {name}")
        self._check_writable()
        return self._write()

    def PUT(self) -> Any:
        """Change it."""
        self._check_writable()
        return self._write()

    def DELETE(self) -> Any:
        """Empty the acceptable aliases; nothing else can be deleted."""
        if self.name not in WRITABLE:
            raise Problem(400, f"Read-only attribute: {self.name}")
        if self.name != "acceptable_aliases":
            raise Problem(400, f"Attribute cannot be DELETEd: {self.name}")
        self.mlist.acceptable_aliases = ()
        return no_content()

    def _check_exists(self) -> None:
        known = self.name in ATTRIBUTES or (self.name in TEMPLATES and has_templates(self.api))
        if not known:
            raise Problem(404, f"Unknown attribute: {self.name}")

    def _check_writable(self) -> None:
        self._check_exists()
        if self.name in READ_ONLY:
            raise Problem(400, f"Read-only attribute: {self.name}")

    def _write(self) -> Any:
        values = validated(self.request, attribute_schema(self.name, self.engine))
        write_settings(self.mlist, values)
        return no_content()
