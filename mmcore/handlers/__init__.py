"""Handlers: one file per step of preparing a message for its recipients.

The order of the steps is in `mmcore.pipelines`.
"""
