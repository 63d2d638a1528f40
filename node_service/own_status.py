"""``wam-node status``: what the service on this machine says of itself, read from its scratch.

Needs no share, so that it answers when the share does not.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import filelock

from node_service.scratch import LOCK, Scratch
from node_service.scratch_aside import PutAside
from spool_layout.errors import WamError
from spool_layout.records import JobOnNode, NodeStatus, parse_status
from spool_layout.ticket import parse_time
from spool_layout.units import count, format_duration, format_size
from wamspool.local_times import with_local_times
from wamspool.offers import in_use_by_others


class NeverRan(WamError):
    """No service has run with this scratch folder."""

    exit_code = 50
    remedy = "Name the node with --name, or its folder with --scratch, as for 'wam-node run'."


def is_running(scratch: Path) -> bool:
    """Whether a service holds this scratch folder now."""
    lock = filelock.FileLock(scratch / LOCK, timeout=0)
    try:
        lock.acquire()
    except (filelock.Timeout, OSError):
        return True
    lock.release()
    return False


def own_status(scratch: Path) -> tuple[NodeStatus, bytes]:
    """The last account of the service of this folder, and its text. Raises NeverRan, FormatError."""
    text = Scratch(scratch).last_status()
    if text is None:
        raise NeverRan(f"{scratch} holds no status of a service")
    return parse_status(text, source=str(scratch)), text


def status_lines(status: NodeStatus, *, running: bool, now: datetime) -> list[str]:
    """The account for people, a line each."""
    age_s = (now - parse_time(status.written)).total_seconds()
    state = status.state if running else "not running"
    lines = [
        f"{status.node}: {state}, version {status.version}, as of {format_duration(age_s)} ago",
        f"  spool   {status.extra.get('spool', '')}",
        (
            f"  free    {status.cpus_free} of {status.cpus} cores, "
            f"{format_size(status.memory_free_bytes)} of {format_size(status.memory_bytes)}"
        ),
        f"  offers  {', '.join(status.solvers) or 'no solver'}",
    ]
    if running and (hours := _hours(status)):
        lines.append(f"  hours   {hours}")
    lines += [f"  job     {_job(job)}" for job in status.jobs]
    lines += [f"  !       {with_local_times(problem)}" for problem in status.problems]
    if not running and status.jobs:
        lines.append("  Its solvers may run on; start the service again, and it takes them up.")
    return lines


def aside_lines(found: Sequence[PutAside], *, kept_s: float, now: datetime) -> list[str]:
    """How much lies aside, for people; nothing when nothing does."""
    if not found:
        return []
    size = format_size(sum(one.size_bytes for one in found))
    age_s = max(0.0, now.timestamp() - min(one.since for one in found))
    runs = count(len(found), "run")
    oldest = f"the oldest from {format_duration(age_s)} ago"
    removed = f"removed after {format_duration(kept_s)}"
    return [f"  aside   {runs} that came too late, {size}, {oldest}; {removed}"]


def _hours(status: NodeStatus) -> str:
    words = [f"opens {local(status.opens)}"] if status.opens else []
    words += [f"closes {local(status.closes)}"] if status.closes else []
    if status.kept_back:
        words.append(f"{count(status.kept_back, 'core')} kept back")
    words += in_use_by_others(status)
    return ", ".join(words)


def local(text: str) -> str:
    """A moment of the status in this machine's zone, to the minute."""
    try:
        return f"{parse_time(text).astimezone():%a %d %b %H:%M}"
    except ValueError:
        return "at an unknown time"


def _job(job: JobOnNode) -> str:
    percent = "" if job.percent is None else f", {job.percent:.0f} %"
    note = f" ({job.note})" if job.note else ""
    still = f", suspended: {job.suspended_why}" if job.suspended else ""
    cores = f", {count(job.cpus, 'core')}" if job.cpus else ""
    return f"{job.job}: {job.phase}{still}{percent}{cores}{note}"
