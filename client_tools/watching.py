"""A screen that is shown again and again, until Ctrl-C: drawn in its place on a terminal, as blocks
with the time in a pipe.
"""

from collections.abc import Callable

from client_tools.views.output import Output
from client_tools.views.screen import Line, Screen, Tone
from client_tools.views.text import duration
from wamspool.clock import Clock
from wamspool.errors import Unreachable
from wamspool.local_times import local_time


def show_again(
    picture: Callable[[], Screen], *, every_s: float, clock: Clock, output: Output
) -> None:
    """Returns after Ctrl-C; then the last picture stays. A share that is away is waited for."""
    look = _Looking(picture, clock)
    try:
        if output.is_live:
            _draw(look, every_s, clock)
        else:
            while True:
                screen = look.now()
                title = Line(f"== {local_time(clock.utc_now())}")
                output.show(Screen(screen.document, [title, *screen.parts]))
                output.line("")  # is written at once, and all before it
                clock.sleep(every_s)
    except KeyboardInterrupt:
        if output.is_live and look.last:
            output.show(look.last)


def _draw(look: "_Looking", every_s: float, clock: Clock) -> None:
    from client_tools.views.live import LiveScreen  # noqa: PLC0415 - for a terminal only

    with LiveScreen(fills=True) as live:
        while True:
            screen = look.now()
            title = Line(f"{local_time(clock.utc_now())}  Ctrl-C ends", Tone.QUIET)
            live.update(Screen(screen.document, [title, *screen.parts]))
            clock.sleep(every_s)


class _Looking:
    """The last picture, and since when it is an old one."""

    def __init__(self, picture: Callable[[], Screen], clock: Clock) -> None:
        self._picture = picture
        self._clock = clock
        self._seen_s = clock.monotonic_s()
        self.last: Screen | None = None

    def now(self) -> Screen:
        """The picture as it is, or the last one with a word on top that it is old."""
        try:
            self.last = self._picture()
        except Unreachable as error:
            if self.last is None:
                raise
            age = duration(self._clock.monotonic_s() - self._seen_s)
            words = Line(f"! the share does not answer; this is {age} old ({error})", Tone.BAD)
            return Screen(self.last.document, [words, *self.last.parts])
        self._seen_s = self._clock.monotonic_s()
        return self.last
