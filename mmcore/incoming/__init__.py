"""Mail servers that bring mail to us: one file each, found by the scan for `@incoming`.

What one has to do is in `mmcore.interfaces.incoming`; `base`, `maps` and `addresses` hold what
several of them need.  `[mta] incoming` chooses one.
"""
