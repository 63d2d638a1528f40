"""A share that says what a test wants of who has made a file."""

from dataclasses import replace
from typing import Any


class OwnedShare:
    """Files belong to ``default``, those whose path contains a key of ``owners`` to its value."""

    def __init__(
        self, share: Any, *, default: str = "jo", has_owner: bool = True, **owners: str
    ) -> None:
        self.share = share
        self.default = default
        self.owners = owners
        self.has_owner = has_owner

    @property
    def traits(self) -> Any:
        return replace(self.share.traits, has_owner=self.has_owner)

    def examine(self, path: str) -> Any:
        found = self.share.examine(path)
        said = [owner for part, owner in self.owners.items() if part in path]
        return replace(found, owner=said[0] if said else self.default)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.share, name)
