"""A word to the user when the share keeps the command waiting, as a mount does whose server is away."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

PATIENCE_S: Final = 5.0


@contextmanager
def first_contact(
    location: str, say: Callable[[str], None], *, patience_s: float = PATIENCE_S
) -> Iterator[None]:
    """For the length of the block; ``say`` is called once, on another thread, if it takes longer."""
    sentence = f"wam: waiting for {location} to answer (Ctrl-C gives up; nothing was changed)"
    timer = threading.Timer(patience_s, say, (sentence,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
