"""Output for programs: one JSON document a call. ``docs/json.md`` is the contract."""

import json
import sys

from client_tools.views.screen import Screen, Tone
from client_tools.views.text import printable

JSON_FORMAT = 1


class JsonOutput:
    """Prints documents, and nothing else on stdout."""

    is_live = False

    def show(self, screen: Screen) -> None:
        """The document, with its format first."""
        # ASCII alone: whatever the encoding of the pipe, the document arrives.
        print(json.dumps({"wam": JSON_FORMAT, **screen.document}, indent=2))

    def line(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        """Nothing: the document says it."""

    def warn(self, text: str) -> None:
        """The warning on stderr."""
        print(f"warning: {printable(text)}", file=sys.stderr)

    def passing(self, text: str) -> None:
        """Nothing."""
