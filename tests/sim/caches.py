"""What a client believes of the share without asking it again."""

from collections.abc import Callable

from tests.sim.tree import Node, Tree
from wamspool.errors import Gone


class Lookups:
    """Names that a kernel mount has looked up: right or wrong, they are believed for a while.

    A file that another client moved away is still found under its old name, and one that did
    not exist when it was asked for is still denied, until the folder is listed.
    """

    def __init__(self, tree: Tree, now_s: Callable[[], float], believed_s: float) -> None:
        self._tree = tree
        self._now_s = now_s
        self._believed_s = believed_s
        self._known: dict[Node, dict[str, tuple[Node | None, float]]] = {}

    def find(self, path: str) -> Node | None:
        """The node that this client takes for the one of that name."""
        node: Node | None = self._tree.nodes[""]
        for part in path.split("/") if path else ():
            node = self._step(node, part) if node is not None and node.names is not None else None
            if node is None:
                return None
        return node

    def _step(self, folder: Node, name: str) -> Node | None:
        if not self._believed_s:
            found = (folder.names or {}).get(name)
            return None if found is None or found.delete_pending else found
        now_s = self._now_s()
        known = self._known.setdefault(folder, {})
        if name in known and now_s - known[name][1] < self._believed_s:
            believed = known[name][0]
            if believed is None or not believed.is_unlinked:
                return believed  # of a file that is no more the server says so, and is asked again
        found = (folder.names or {}).get(name)
        if found is not None and found.delete_pending:
            found = None
        known[name] = (found, now_s)
        return found

    def parent_of(self, path: str) -> tuple[Node, str]:
        """The folder in which the path would lie, and the name in it. Raises Gone."""
        folder, _, name = path.rpartition("/")
        parent = self.find(folder)
        if parent is None or parent.names is None:
            raise Gone(path, "no folder for it")
        return parent, name

    def listed(self, folder: Node) -> None:
        """What is in the folder will be looked up anew."""
        self._known.pop(folder, None)

    def learn(self, path: str, node: Node | None) -> None:
        """This client has changed the name itself, and knows."""
        if self._believed_s:
            folder, _, name = path.rpartition("/")
            parent = self.find(folder)
            if parent is not None:
                self._known.setdefault(parent, {})[name] = (node, self._now_s())


class Contents:
    """What a CIFS mount goes on giving to whoever reads a file again and again."""

    def __init__(self, now_s: Callable[[], float], believed_s: float) -> None:
        self._now_s = now_s
        self._believed_s = believed_s
        self._known: dict[str, tuple[bytes, float]] = {}

    def read(self, path: str, fresh: bytes) -> bytes:
        if not self._believed_s:
            return fresh
        now_s = self._now_s()
        known = self._known.get(path)
        if known is not None and now_s - known[1] < self._believed_s:
            fresh = known[0]
        self._known[path] = (fresh, now_s)
        return fresh

    def forget(self, folder: str) -> None:
        """The folder was listed: its files are read anew."""
        if self._known:
            gone = [path for path in self._known if path.rpartition("/")[0] == folder]
            for path in gone:
                del self._known[path]
