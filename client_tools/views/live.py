"""A screen that is drawn anew in its place while a person watches."""

from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from client_tools.views.fitting import fitted, in_lines
from client_tools.views.screen import Line, Screen, laid_out
from client_tools.views.table import STYLES, rich_table


class LiveScreen:
    """Shows the last screen that it was given, until it is left; then what was there before.

    ``fills``: the whole terminal is taken; tables are shortened to its height where they may be,
    and what does not fit even so is cut.
    """

    def __init__(self, console: Console | None = None, *, fills: bool = False) -> None:
        self._fills = fills
        self._live = Live(
            console=console or Console(highlight=False, markup=False, emoji=False),
            auto_refresh=False,
            transient=True,
            screen=fills,
        )

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.__exit__(kind, error, trace)

    @property
    def width(self) -> int:
        """The columns of the terminal, as it is now."""
        return self._live.console.width

    def update(self, screen: Screen) -> None:
        """The screen is shown instead of the one before."""
        width, height = self._live.console.size
        if self._fills:
            screen = fitted(screen, width=width, height=height)
        drawn: list[Text | Table] = []
        for part in laid_out(screen.parts):
            if isinstance(part, Line):
                drawn += [Text(text, style=STYLES[part.tone]) for text in in_lines(part, width)]
            else:
                drawn.append(rich_table(part, width))
        self._live.update(Group(*drawn), refresh=True)
