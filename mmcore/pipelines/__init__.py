"""Pipelines: which handlers prepare a message, and in which order.

`engine` runs the handlers; the other modules hold the orders as data.
"""
