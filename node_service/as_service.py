"""``wam-node run --as-service NAME``: the service as Windows' service manager starts it."""

from collections.abc import Callable
from typing import Final

from node_service.installing.errors import NotAService
from node_service.installing.unit_text import INCURABLE
from node_service.processes.service_host import Say, host
from node_service.told import Told, ending
from spool_layout.errors import WamError

CODES: Final = frozenset(kind.exit_code for kind in INCURABLE)


def run_as_service(name: str, run: Callable[[Told, Say], None]) -> int:
    """The service has run and ended; what went wrong stands in the event log. Raises NotAService.

    The service manager knows the exit code; this one is 0.
    """
    told = Told()

    def hosted(say: Say) -> int:
        try:
            run(told, say)
        except (WamError, OSError) as error:
            sentence, code = ending(error)
            say(sentence)
            return code
        return 0

    try:
        has_run = host(name, hosted, stop=told.stop, incurable=CODES)
    except ImportError:
        has_run = False
    if not has_run:
        raise NotAService("no service manager of Windows has started this program")
    return 0
