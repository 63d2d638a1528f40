"""Where a ticket lies."""

from dataclasses import dataclass

from spool_layout.names import TicketName
from spool_layout.states import FOLDERS, State


@dataclass(frozen=True, slots=True)
class Place:
    """A ticket where it lies. ``moved_to`` is a folder that is no state's, into which somebody has
    moved it by hand; the job is then as good as held.
    """

    state: State
    name: TicketName
    moved_to: str = ""

    @property
    def path(self) -> str:
        """The ticket's file; tickets of done jobs lie in their own folders, not here."""
        return f"{self.moved_to or FOLDERS[self.state]}/{self.name.file_name}"
