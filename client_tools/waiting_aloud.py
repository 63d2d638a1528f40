"""Waiting for jobs, and saying meanwhile how they stand."""

from collections.abc import Mapping, Sequence

from client_tools.phrases import evidence_lines, outcome_line, where
from client_tools.views.output import Output
from client_tools.waiting import LOOK_S, Watch
from spool_layout.ticket import Ticket
from spool_layout.units import count
from wamspool.find import Account
from wamspool.spool import Spool


def wait_for_all(spool: Spool, tickets: Sequence[Ticket], output: Output) -> list[Account]:
    """As ``wait_for``; whoever ends the waiting is told how to come back to it."""
    try:
        return wait_for(spool, [ticket.job for ticket in tickets], output)
    except KeyboardInterrupt:
        batch = tickets[0].draft.batch
        named = f"@{batch}" if batch else " ".join(ticket.job for ticket in tickets)
        output.warn(
            f"the waiting has ended, {count(len(tickets), 'job goes', 'jobs go')} on; come back "
            f"with 'wam show {named}', end with 'wam kill {named}'"
        )
        raise


def wait_for(spool: Spool, jobs: Sequence[str], output: Output) -> list[Account]:
    """The jobs have ended; what each came to has been said. Ctrl-C ends the waiting, not them."""
    watch, said = Watch(spool, jobs), dict.fromkeys(jobs, "")
    accounts: dict[str, Account] = {}
    while True:
        look = watch.look()
        for account in look.ended:
            accounts[account.ticket.job] = account
            _tell_outcome(account, output)
        if watch.is_over:
            return [accounts[job] for job in jobs]
        for place, on_node in look.flying:
            words = where(place, on_node)
            # A pipe gets a line a change of place; every per cent would be a flood.
            place_words = words.partition(",")[0]
            if place_words != said[place.name.job]:
                said[place.name.job] = place_words
                if not output.is_live:
                    output.line(f"{place.name.job}  {place_words}")
        output.passing(_passing_words(len(jobs), [where(p, j) for p, j in look.flying], accounts))
        spool.clock.sleep(LOOK_S)


def _passing_words(jobs: int, flying: Sequence[str], accounts: Mapping[str, Account]) -> str:
    if jobs == 1:
        return flying[0] if flying else "is being published"
    running = sum(words.startswith("runs") for words in flying)
    return f"{len(accounts)} of {jobs} done, {running} running"


def _tell_outcome(account: Account, output: Output) -> None:
    if account.outcome:
        line = outcome_line(account.ticket.job, account.outcome)
        output.line(line.text, line.tone)
        for more in evidence_lines(account.outcome):
            output.line(more.text, more.tone)
