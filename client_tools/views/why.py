"""The screen of ``wam why``."""

from typing import Any

from client_tools.documents import account_document
from client_tools.phrases import evidence_lines, outcome_line, where
from client_tools.reasons import NodeAnswer, Reason, WhyWaits, after_words, summary
from client_tools.views.screen import Column, Line, Screen, Table, Tone
from client_tools.views.text import duration
from spool_layout.states import State
from spool_layout.units import count
from wamspool.dependencies import Dependency
from wamspool.find import Account
from wamspool.share import Share

LABEL_WIDTH = 11


def waiting_screen(share: Share, account: Account, why: WhyWaits) -> Screen:
    """For a job that waits or is held."""
    job = account.ticket.job
    tone = Tone.BAD if why.is_for_ever else Tone.TITLE
    parts: list[Line | Table] = [Line(f"{job}  {summary(why)}", tone)]
    if account.state is State.QUEUED:
        parts.append(_label("place", f"{why.before + 1} of {why.waiting} in the queue"))
    parts += [_label("after", after_words(one)) for one in why.after]
    parts += [_label(label, words) for label, words in why.licences.phrases]
    if why.nodes:
        columns = (Column("node", gives_way=True), Column("state"), Column("what keeps it off"))
        rows = [(a.node, a.state, _words(a)) for a in why.nodes]
        tones = {i: Tone.GOOD for i, a in enumerate(why.nodes) if a.could_take}
        parts += [Line(""), Table(columns, rows, tones)]
    parts.append(Line(f"  next: {_next(job, account.state)}"))
    return Screen(_document(share, account, summary(why), why), parts)


def _words(answer: NodeAnswer) -> str:
    if answer.never:
        return f"never: {'; '.join(reason.sentence for reason in answer.never)}"
    return "; ".join(reason.sentence for reason in answer.now) or "nothing: it could take it"


def _next(job: str, state: State) -> str:
    return f"wam release {job}" if state is State.HELD else f"wam show {job} | wam kill {job}"


def moving_screen(share: Share, account: Account) -> Screen:
    """For a job that a node holds: that it runs, and what its node says of it."""
    job, place, said = account.ticket.job, account.found.place, account.on_node
    words = where(place, said) if place else str(account.state)
    lines = [Line(f"{job}  {words}", Tone.TITLE)]
    sentence = words
    if account.node_silent_s is not None and place:
        sentence = (
            f"its node {place.name.node} has not been heard of for "
            f"{duration(account.node_silent_s)}: another takes it over when its lease is over"
        )
        lines.append(Line(f"  {sentence}", Tone.BAD))
    elif said and said.note and said.note != account.ticket.draft.note:
        sentence = said.note
        lines.append(_label("node says", said.note))
    if place and place.name.attempt > 1:
        lines.append(_label("before", f"{count(place.name.attempt - 1, 'attempt')} did not end"))
    lines.append(Line(f"  next: wam log -f {job}"))
    return Screen(_document(share, account, sentence, None), lines)


def done_screen(share: Share, account: Account) -> Screen:
    """For a job that has ended: how, and what proves it."""
    record = account.outcome
    if record is None:
        raise TypeError("a job that is done has an outcome")
    job = account.ticket.job
    lines = [outcome_line(job, record), *evidence_lines(record)]
    if record.by:
        lines.append(_label("ended by", record.by))
    lines.append(Line(f"  next: wam show {job} | wam log {job}"))
    return Screen(_document(share, account, record.sentence, None), lines)


def _label(label: str, text: str) -> Line:
    return Line(f"  {label:<{LABEL_WIDTH}}{text}")


def _document(
    share: Share, account: Account, sentence: str, why: WhyWaits | None
) -> dict[str, Any]:
    tokens = why.licences.tokens if why else None
    return {
        "job": account_document(share, account),
        "sentence": sentence,
        "for_ever": why.is_for_ever if why else False,
        "place": {"before": why.before, "waiting": why.waiting}
        if why and account.state is State.QUEUED
        else None,
        "reasons": _reasons(why.own) if why else [],
        "after": [_dependency(one) for one in (why.after if why else ())],
        "tokens": tokens.document if tokens else None,
        "could_start_on": list(why.could_start_on) if why else [],
        "nodes": [_node(answer) for answer in (why.nodes if why else ())],
    }


def _dependency(one: Dependency) -> dict[str, Any]:
    return {
        "job": one.job,
        "ending": one.after.word,
        "state": one.state,
        "outcome": one.outcome,
        "met": one.is_met,
        "dead": one.is_dead,
    }


def _node(answer: NodeAnswer) -> dict[str, Any]:
    return {
        "node": answer.node,
        "state": answer.state,
        "could_take": answer.could_take,
        "never": _reasons(answer.never),
        "now": _reasons(answer.now),
    }


def _reasons(reasons: tuple[Reason, ...]) -> list[dict[str, str]]:
    return [{"reason": reason.code, "sentence": reason.sentence} for reason in reasons]
