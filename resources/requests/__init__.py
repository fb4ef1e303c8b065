"""Requests to join or leave a list, as the people in charge see them."""
