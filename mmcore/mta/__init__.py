"""Outgoing delivery: from recipients and content to replies of a mail server.

A library without the object database: `deliver.py` is the entrance.
"""
