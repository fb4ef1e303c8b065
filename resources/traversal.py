"""From a URL to an object: authentication, database connection, traversal.

The path is split at `/` and then percent-decoded, so that a name may contain a
slash (`%2F`), where the server tells the URL as it was sent (`REQUEST_URI`);
other servers give the decoded path only.  Each segment is looked up below the
object before it, in the table that `@segment` fills.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

from pyramid.exceptions import URLDecodeError
from pyramid.interfaces import ITraverser
from zope.interface import implementer

from mmcore.database import ROOT_KEY, Database
from mmcore.errors import StorageUnavailableError
from resources.errors import Problem
from resources.rest import RestRequest
from resources.root import Site
from resources.security import require_identity
from resources.writing import reads_only

#: What is behind authentication; everything else does not exist.
PROTECTED = frozenset(("3.0", "3.1"))


class RootFactory:
    """Authenticates, opens one connection per request, and gives the site."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, request: RestRequest) -> Site:
        """The site as it is now; raises `Problem` and StorageUnavailableError."""
        if request.environ["PATH_INFO"].lstrip("/").partition("/")[0] not in PROTECTED:
            raise Problem(404, bare=True)
        require_identity(request)
        if not self._database.is_connected():
            # Asking would wait; a client that tries again later does better.
            raise StorageUnavailableError("The storage is away")
        if not reads_only(request):
            request.site = request.writer_turn.site()
            return request.site
        # What any process has committed before this request is seen by it.
        self._database.freshen()
        connection = self._database.db.open(transaction_manager=request.tm)
        request.add_finished_callback(lambda request: connection.close())
        request.site = connection.root()[ROOT_KEY]
        return request.site


@implementer(ITraverser)
class Traverser:
    """Walks the tree by the registered segments; raises `Problem` where it ends."""

    def __init__(self, root: Any) -> None:
        self.root = root

    def __call__(self, request: RestRequest) -> dict[str, Any]:
        """See Pyramid's `ITraverser`."""
        try:
            names = segments(request.environ)
        except UnicodeDecodeError as error:
            raise URLDecodeError(
                error.encoding, error.object, error.start, error.end, error.reason
            ) from error
        tree = request.registry.rest_tree
        context = self.root
        last = len(names) - 1
        for index, name in enumerate(names):
            below = tree.step(context, name, request)
            if below is None:
                if tree.is_leaf(context):
                    raise Problem(getattr(context, "__rest_extra__", 404), bare=True)
                # The object that a URL names is missing: the resource says so.
                # A parent or a fixed name is missing: the way to it does.
                named = tree.looks_up(context) and index == last
                raise Problem(404, bare=not named)
            context = below
        return {
            "context": context,
            "view_name": "",
            "subpath": (),
            "traversed": tuple(names),
            "virtual_root": self.root,
            "virtual_root_path": (),
            "root": self.root,
        }


def segments(environ: dict[str, Any]) -> list[str]:
    """The decoded segments of a request's path; raises UnicodeDecodeError."""
    path: str = environ["PATH_INFO"]
    sent = environ.get("REQUEST_URI", "")
    if "%2F" in sent or "%2f" in sent:
        raw = sent.partition("?")[0].split("/")
        decoded = [unquote_to_bytes(name.encode("latin-1")).decode("latin-1") for name in raw]
        # A proxy may have rewritten the path, or the target have a scheme and a host:
        # then the server's word for the path holds.
        if "/".join(decoded) == path:
            return [name.encode("latin-1").decode("utf-8") for name in decoded[1:]]
    return path.encode("latin-1").decode("utf-8").split("/")[1:]


def includeme(config: Any) -> None:
    """Use our traverser for everything."""
    config.add_traverser(Traverser)
