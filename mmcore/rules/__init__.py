"""Rules: one file per question that can be asked about a post.

The order in which they are asked is in `mmcore.chains.posting`.
"""
