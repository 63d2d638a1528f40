"""The order of the queue: priority, then the time of submitting, with ageing.

A ticket's turn is the moment of its submitting, put off by one ``ageing`` for each step of its
priority. Who comes first is then known from the tickets' names alone: no clock is asked, the order
of two tickets never changes while they wait, and every node and client computes the same.

So priority decides among what was submitted at about the same time, and nobody is overtaken for
ever: a ticket of priority p is passed by newer ones for at most p times ``ageing``. Without ageing
priority comes first, always.
"""

from spool_layout.names import TicketName

Turn = tuple[float, str, str]


def turn_of(name: TicketName, ageing_s: float | None) -> Turn:
    """What tickets are sorted by; the smallest comes first. ``ageing_s`` None: no ageing."""
    if ageing_s is None:
        return (float(name.priority), name.stamp, name.job)
    return (name.submitted.timestamp() + name.priority * ageing_s, name.stamp, name.job)
