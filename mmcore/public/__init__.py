"""The pages for readers of lists: a small WSGI application beside the REST API.

It has a port of its own, and knows a subscription by the token in its URL and by
nothing else: there is no login, no listing, and nothing to find for those who have no token.
"""
