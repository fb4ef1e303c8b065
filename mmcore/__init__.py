"""The engine of mmcore: knows lists and messages only through interfaces.

The trip of a post, hop by hop; each hop is one transaction:

1. `runners/lmtp.py` takes it over LMTP (RFC 2033) and leaves it in `in`;
2. `runners/incoming.py` has it judged (`mmcore/chains/engine.py`, rules) and
   leaves it in `pipeline`, or holds, rejects or discards it;
3. `runners/pipeline.py` has it prepared (`mmcore/pipelines/engine.py`,
   handlers) and leaves it in `out`;
4. `runners/outgoing.py` delivers it over SMTP (`mmcore/mta/`), outside of any
   transaction, and writes down for each recipient what became of it.
"""

__version__ = "0.1.0"
