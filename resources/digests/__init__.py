"""The digests of a list: nothing persistent, the numbers are the list's."""
