"""One file a command of `mmcore`; its `command` is found by the file's name."""
