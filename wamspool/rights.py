"""Who may act on a job or a node: its owner, and the operators that ``spool.yaml`` names.

Who asks is the owner of the request's file, and whose a job is the owner of the file that was
handed in: the ticket, which keeps its owner however often nodes move it; or, where a node has
made the ticket of a dropped file, that file, which lies with the inputs since. What the texts say
of owners counts only where the share cannot tell (see ``unproven_owners`` of the settings).

Whoever may write in the spool's folders can do by hand what this forbids: the rights of the share
are the fence, this is the rule of those who keep to the commands.
"""

from contextlib import suppress

from spool_layout import folders
from spool_layout.settings import UnprovenOwners
from spool_layout.ticket import Ticket, parse_ticket
from wamspool.adoption import drop_of
from wamspool.errors import Exists, Gone, ShareError
from wamspool.share import Share
from wamspool.snapshot import newest_beats
from wamspool.spool import Spool
from wamspool.transition import Place


def who_made(share: Share, path: str, *, said: str) -> str:
    """The account that has made the file, as the share names it; else what it says of itself.

    Empty where the share tells owners and not this one's: what the file says may then be forged.
    Raises Gone.
    """
    return share.examine(path).owner if share.traits.has_owner else said


def who_am_i(spool: Spool, *, said: str) -> str:
    """This process's account as the share names it. Costs three trips where the share tells."""
    share = spool.share
    if not share.traits.has_owner:
        return said
    path = folders.request(f".wam-who-{spool.new_suffix()}")
    with suppress(Exists):  # five characters that somebody had drawn, and not removed
        share.create(path, b"")
    try:
        return share.examine(path).owner
    finally:
        with suppress(ShareError):
            share.remove(path)


def shown(who: str, *, said: str) -> str:
    """The account for people to read: a number or an identifier with the name that he gives."""
    is_number = who.isdigit() or who.startswith("S-1-")
    return f"{who} ({said})" if is_number and said else who or said


def owner_of(share: Share, place: Place, ticket: Ticket) -> str:
    """Whose the job is; empty where nobody can tell. Raises Gone when the ticket has moved."""
    return _owner(share, ticket, place.path, folders.job(place.name.job))


def owner_of_done(share: Share, folder: str, ticket: Ticket | None = None) -> str:
    """Whose the done job is, as ``owner_of`` tells of one in flight. Raises Gone.

    ``ticket`` spares reading it where the caller has it.
    """
    path = f"{folder}/{folders.TICKET_FILE}"
    ticket = ticket or parse_ticket(share.read(path), source=path)
    return _owner(share, ticket, path, f"{folder}/{folders.INPUTS}")


def _owner(share: Share, ticket: Ticket, path: str, inputs: str) -> str:
    if not share.traits.has_owner:
        return ticket.owner
    if dropped := drop_of(ticket):
        with suppress(Gone):
            return share.examine(f"{inputs}/{dropped}").owner
    return share.examine(path).owner


def why_not_on_job(
    spool: Spool, who: str, owner: str, *, who_says: str = "", owner_says: str = ""
) -> str | None:
    """Why this account may not act on a job of that owner; None: it may.

    What the two call themselves is for the reader alone, where the share tells numbers.
    """
    is_proven = spool.share.traits.has_owner
    if not is_proven and (why := _refused_unproven(spool)):
        return why
    if _is_operator(spool, who) or (not is_proven and not owner):
        return None
    if not who:
        return "the share does not tell who has made the request"
    if _same(who, owner, exactly=is_proven):
        return None
    belongs = shown(owner, said=owner_says) if owner else "nobody known"
    asks = shown(who, said=who_says)
    return f"it belongs to {belongs}, and {asks} is no operator of this spool"


def why_not_on_node(spool: Spool, who: str, node: str) -> str | None:
    """Why this account may not drain the node; None: it may."""
    if not spool.share.traits.has_owner:
        if why := _refused_unproven(spool):
            return why
        if not spool.settings.operators:
            return None
    elif who and who == _account_of(spool.share, node):
        return None
    if _is_operator(spool, who):
        return None
    return f"{who or 'who asks'} is no operator of this spool (operators in {folders.SETTINGS})"


def _refused_unproven(spool: Spool) -> str | None:
    if spool.settings.unproven_owners is UnprovenOwners.TRUST:
        return None
    return f"the share does not tell who asks, and {folders.SETTINGS} says unproven_owners: refuse"


def _is_operator(spool: Spool, who: str) -> bool:
    exactly = spool.share.traits.has_owner
    return any(_same(who, operator, exactly=exactly) for operator in spool.settings.operators)


def _same(one: str, other: str, *, exactly: bool) -> bool:
    if not one or not other:
        return False
    return one == other if exactly else one.casefold() == other.casefold()


def _account_of(share: Share, node: str) -> str:
    """The account of the node's service: the owner of its status. Empty where there is none."""
    for _ in range(3):  # it is replaced every few seconds
        sequence = newest_beats(share).get(node)
        with suppress(Gone):
            return "" if sequence is None else share.examine(folders.status(node, sequence)).owner
    return ""
