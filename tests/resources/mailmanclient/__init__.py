"""The client library of the field, from PyPI, against a real server (rest-api section 28)."""
