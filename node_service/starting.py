"""Starting while the share is away: a machine that boots before its server does not give up."""

import threading
from collections.abc import Callable
from typing import Final, TypeVar

from wamspool.errors import Unreachable

FIRST_PAUSE_S: Final = 2.0
LONGEST_PAUSE_S: Final = 30.0

Begun = TypeVar("Begun")


def once_it_answers(
    begin: Callable[[], Begun], *, ended: threading.Event, say: Callable[[str], None]
) -> Begun | None:
    """What ``begin`` gives once the share answers; None when ``ended`` was set before that.

    ``say`` hears of the first failure and of the end of waiting. Other errors are raised: waiting
    does not cure a wrong address or a missing right.
    """
    pause_s, waited = FIRST_PAUSE_S, False
    while not ended.is_set():
        try:
            begun = begin()
        except Unreachable as error:
            if not waited:
                say(f"{error.message}; trying again until it answers")
            waited = True
            ended.wait(pause_s)
            pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)
        else:
            if waited:
                say("the share answers")
            return begun
    return None
