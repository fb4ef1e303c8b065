"""Numbered evolution steps: how databases of older releases become current.

A step lives in `stepN.py` (N counts from 1) as `evolve(site)`, with its test;
it is run in a transaction of its own and must be safe to run again.
"""

from resources.evolve.steps import CURRENT_VERSION, evolve

__all__ = ["CURRENT_VERSION", "evolve"]
