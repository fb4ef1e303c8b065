"""Chains: what is asked about a post, in which order, and how it can end.

`engine` walks the links; `posting` and `owner` are where posts enter; `accept`, `hold`, `reject`
and `discard` are the four endings.  `header_match`, `moderation` and `dmarc` lie between;
`mutable` is for chains that a site builds.
"""
