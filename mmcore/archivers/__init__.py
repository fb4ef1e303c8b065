"""Archivers: one file each, found by the scan for `@archiver`.

What an archiver has to promise is in `mmcore.interfaces.archiver`; `base` and `files` hold what
several of them need.
"""
