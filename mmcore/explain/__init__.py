"""What would happen to a post, and why: told beforehand, by doing it and undoing it.

`telling` is the entrance.  `rehearse` takes a message the whole way, with the functions that the
runners call; `record` writes down what they do, with `differences` of messages; `conclusions`
says what that means; `explanation` is what comes out.
"""
