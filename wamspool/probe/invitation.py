"""How two machines come together to measure: a request, a hidden folder, and a greeting.

The client makes the folder and leaves a request that names it; the node, once it has seen the
request, removes it and greets. The client says how much is to be tried, within bounds of the
node's own: a request is anybody's, and must not keep a node busy for long.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from spool_layout import folders
from spool_layout.errors import FormatError, WamError
from spool_layout.names import suffix_from_bytes
from spool_layout.probe_record import Finding
from spool_layout.request import Request, Verb, doctor_request_name, format_request
from wamspool.clock import Clock
from wamspool.errors import Gone, PartnerSilent, ShareError
from wamspool.probe.ground import Effort, remove_abandoned, remove_ground
from wamspool.probe.meeting import CLIENT, NODE, Meeting
from wamspool.probe.together import Together
from wamspool.share import Share

GREETING = "hello"
MOST = Effort(
    clients=64, rounds=20_000, repeats=200, patience_s=60.0, clock_s=30.0, big_bytes=1 << 30
)


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whom the client asks, what it calls itself, and how long it waits for an answer."""

    node: str
    by: str
    effort: Effort
    answer_s: float


def measure_with(
    share: Share,
    clock: Clock,
    invitation: Invitation,
    begins: Callable[[str], None] = lambda _: None,
) -> list[Finding]:
    """What this machine and the node have found together.

    Raises PartnerSilent when the node does not answer, or stops to. Nothing is left behind.
    """
    mark = suffix_from_bytes(clock.random_bytes(8))
    folder = folders.probe_ground(folders.LOCKS, mark)
    request = folders.request(doctor_request_name(invitation.node, mark))
    share.make_folder(folder)
    try:
        remove_abandoned(share, folders.LOCKS, folder)
        asked = Request(
            Verb.DOCTOR, "", share.now(), by=invitation.by, node=invitation.node, meeting=mark
        )
        share.create(request, format_request(asked).encode())
        meeting = Meeting(share, clock, folder, CLIENT)
        meeting.say(GREETING, {"name": invitation.by, "effort": asdict(invitation.effort)})
        meeting.hear(GREETING, patience_s=invitation.answer_s)
        between = f"{invitation.by} and {invitation.node}"
        return Together(meeting, invitation.effort, between).run(begins)
    finally:
        with suppress(ShareError):
            share.remove(request)
        remove_ground(share, folder)


def join(
    share: Share, clock: Clock, mark: str, *, node: str, is_over: Callable[[], bool]
) -> list[Finding]:
    """What the node and the client that made the meeting ``mark`` have found together.

    Raises PartnerSilent when the client is gone; then what it has left is gone too. Whatever
    else goes wrong here is told to the client before it is raised.
    """
    folder = folders.probe_ground(folders.LOCKS, mark)
    meeting = Meeting(share, clock, folder, NODE, is_over)
    try:
        meeting.say(GREETING, {"name": node})
        greeting = meeting.hear(GREETING)
        client, effort = _greeting(greeting)
        return Together(meeting, effort, f"{client} and {node}").run()
    except Gone:
        raise PartnerSilent("the other machine has left, with all that it had made") from None
    except PartnerSilent:
        meeting.leave("nothing was heard of the client")
        if not is_over():
            remove_ground(share, folder)
        raise
    except WamError as error:
        meeting.leave(error.message)
        raise


def _greeting(said: Any) -> tuple[str, Effort]:  # noqa: ANN401 - what the other side has written
    try:
        wanted, most = said["effort"], asdict(MOST)
        bounded = {name: min(max(0, type(m)(wanted[name])), m) for name, m in most.items()}
        return str(said["name"])[:80], Effort(**bounded)
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"the client's greeting cannot be read: {error}") from None
