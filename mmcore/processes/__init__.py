"""How processes of one engine are started, watched and told apart.

The master (`mmcore.master`), single runners and the commands that drive them
share what is in here.
"""
