"""From what the user said to the spool that is meant."""

import sys

from client_tools import config, wiring
from client_tools.errors import NoSpoolNamed
from client_tools.first_contact import first_contact
from wamspool.open_share import open_share
from wamspool.spool import Spool, open_spool


def open_named_spool(given: str | None) -> Spool:
    """The spool of ``--spool``, the environment or the user's settings, in this order.

    Raises NoSpoolNamed, NotASpool, or FormatError for unusable settings.
    """
    location = config.configured_spool(given)
    if not location:
        raise NoSpoolNamed("which spool? None is named")
    clock = wiring.system_clock()
    with first_contact(location, _say):
        return open_spool(open_share(location, clock, environment=wiring.environment()), clock)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
