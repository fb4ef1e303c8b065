"""What every subcommand of `mmcore` gets: the settings, read when asked for."""

from __future__ import annotations

from functools import cached_property

import click

from mmcore.config import Settings, find_config, load


class Context:
    """The options of the group."""

    def __init__(self, config: str | None = None) -> None:
        self.config = config

    @cached_property
    def settings(self) -> Settings:
        """The settings; raises ConfigurationError."""
        return load(find_config(self.config))


pass_context = click.make_pass_decorator(Context)
