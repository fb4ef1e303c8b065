"""What the parts of mmcore promise each other.

One module a concept: its interfaces, its enums and the exceptions its methods
raise.  Nothing in here imports anything of ours but `mmcore.errors`.
"""
