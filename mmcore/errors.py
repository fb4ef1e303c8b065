"""The root of every exception that mmcore raises on purpose.

Exceptions live beside the interface whose methods raise them; what is here is
shared by all of them.
"""

from __future__ import annotations


class MMCoreError(Exception):
    """Base of every error that mmcore raises on purpose."""


class ConfigurationError(MMCoreError):
    """A setting is unknown or has a bad value; the text says which and why."""


class StorageUnavailableError(MMCoreError):
    """The object database cannot be reached right now; trying again may help."""
