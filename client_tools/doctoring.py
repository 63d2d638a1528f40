"""Measuring a share together with a node, and what was measured before."""

from collections.abc import Callable

from client_tools import wiring
from client_tools.errors import NoSuchNode
from client_tools.views.text import duration
from spool_layout.probe_record import ProbeRecord
from wamspool.errors import PartnerSilent
from wamspool.probe.ground import Effort
from wamspool.probe.invitation import Invitation, measure_with
from wamspool.probe.report import Examination, keep, probe_record, read_records
from wamspool.share import Share
from wamspool.snapshot import NodeSight, newest_beats, read_node
from wamspool.spool import Spool, open_spool

HEARTBEATS = 3  # a node looks for requests once in each; it may be late by one
MORE_S = 10.0


def answer_from(
    share: Share, node: str, effort: Effort, begins: Callable[[str], None]
) -> Examination:
    """What this machine and the node's have found together; kept in the spool.

    Raises NotASpool, NoSuchNode; PartnerSilent for a node that is down or does not answer.
    """
    spool = open_spool(share, wiring.system_clock())
    _refuse_absent(spool, node)
    answer_s = HEARTBEATS * spool.settings.heartbeat_s + MORE_S
    begins(f"waiting for {node} to answer, for {answer_s:.0f} s at most")
    invitation = Invitation(node, wiring.journal_writer(), effort, answer_s)
    try:
        findings = measure_with(share, spool.clock, invitation, begins)
    except PartnerSilent as silence:
        sight = read_node(spool, node)
        raise PartnerSilent(f"{node}: {silence.message}; {_heard(sight)}") from None
    record = probe_record(share, findings, by=invitation.by, version=wiring.version(), partner=node)
    return keep(share, record)


def _refuse_absent(spool: Spool, node: str) -> None:
    sight = read_node(spool, node)
    if sight is None:
        known = ", ".join(sorted(newest_beats(spool.share))) or "none"
        raise NoSuchNode(f"no node '{node}' has been on this spool", cure=f"Known are: {known}.")
    if sight.silent or sight.status.state == "stopped":
        raise PartnerSilent(f"{node} cannot answer: {_heard(sight)}")


def _heard(sight: NodeSight | None) -> str:
    if sight is None:
        return "its status is gone"
    if sight.status.state == "stopped":
        return f"it was stopped {duration(sight.age_s)} ago"
    return f"it was last heard of {duration(sight.age_s)} ago"


def last_records(share: Share) -> list[ProbeRecord]:
    """All that was measured on this spool, the newest first. Raises NotASpool."""
    open_spool(share, wiring.system_clock())
    return read_records(share)
