"""Styles: named sets of settings for new lists, composed of the blocks in `blocks`."""
