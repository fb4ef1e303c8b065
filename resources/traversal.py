"""From a URL to an object: authentication, database connection, traversal.

The path is split at `/` after percent-decoding (so an encoded slash
separates, too); each segment is looked up below the object before it, in the
table that `@segment` fills.
"""

from __future__ import annotations

from typing import Any

from pyramid.exceptions import URLDecodeError
from pyramid.interfaces import ITraverser
from zope.interface import implementer

from mmcore.database import ROOT_KEY, Database
from mmcore.errors import StorageUnavailableError
from resources.errors import Problem
from resources.rest import RestRequest
from resources.root import Site
from resources.security import require_identity

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
        environ = request.environ
        try:
            path = environ["PATH_INFO"].encode("latin-1").decode("utf-8")
        except UnicodeDecodeError as error:
            raise URLDecodeError(
                error.encoding, error.object, error.start, error.end, error.reason
            ) from error
        tree = request.registry.rest_tree
        context = self.root
        names = path.split("/")[1:]
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


def includeme(config: Any) -> None:
    """Use our traverser for everything."""
    config.add_traverser(Traverser)
