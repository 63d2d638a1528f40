"""The jobs that new ones come after: which are meant, and what can never come true."""

from collections.abc import Iterable, Iterator

from client_tools.views.output import Output
from spool_layout.after import After, Ending, parse_after
from spool_layout.errors import WamError
from spool_layout.states import Outcome
from spool_layout.ticket import Draft
from spool_layout.yaml_text import Section
from wamspool.dependencies import Dependency, dependency, dependency_on
from wamspool.errors import AmbiguousJob
from wamspool.find import find_job
from wamspool.spool import Spool


def resolve_after(spool: Spool, asked: Section, output: Output) -> None:
    """``--after`` names whole jobs; that one can never be met is said. Raises NoSuchJob,
    AmbiguousJob.
    """
    resolved = [_resolved(spool, parse_after(text)) for text in asked.get("after", [])]
    for one in resolved:
        if one.is_dead:
            output.warn(_dead_words(one))
    if resolved:
        asked["after"] = [str(one.after) for one in resolved]


def _resolved(spool: Spool, after: After) -> Dependency:
    try:
        found = find_job(spool, after.job)
    except AmbiguousJob as error:
        raise AmbiguousJob(f"--after: {error.message}", cure=error.cure) from None
    return dependency_on(spool, After(found.job, after.word), found)


def warnings_after(spool: Spool, drafts: Iterable[Draft], asked: Section) -> Iterator[str]:
    """What decks and tickets say themselves to come after, and that is not, or never will be.

    Those of ``--after`` were looked at before, and stand for all others. What cannot be seen now
    is for ``wam why``. Costs what ``find_job`` does for each job that is named.
    """
    if not asked.get("after"):
        yield from _warnings(spool, drafts)


def warnings_anew(spool: Spool, old: Draft, new: Draft) -> Iterator[str]:
    """What a job that is queued anew does not come after any more, or will wait for in vain."""
    for after in old.after:
        if after not in new.after:
            yield f"{after.job} is gone: the new job does not come after it"
    yield from _warnings(spool, (new,))


def _warnings(spool: Spool, drafts: Iterable[Draft]) -> Iterator[str]:
    for after in dict.fromkeys(after for draft in drafts for after in draft.after):
        try:
            one = dependency(spool, after)
        except AmbiguousJob as error:
            yield f"after: {error.message}: a job after it would wait until it fits one"
            continue
        except WamError:
            continue
        if one.state is None:
            yield f"after: no job's name contains '{after.job}': a job after it would wait for ever"
        elif one.is_dead:
            yield _dead_words(one)


def _dead_words(one: Dependency) -> str:
    what = "its failure" if one.after.ending is Ending.FAILED else "it"
    return f"{one.job} has {_ended_as(one.outcome)}: a job after {what} would wait for ever"


def _ended_as(outcome: Outcome | None) -> str:
    return {
        Outcome.COMPLETED: "completed",
        Outcome.FAILED: "failed",
        Outcome.CANCELLED: "been cancelled",
        Outcome.LOST: "been lost",
        Outcome.WALLTIME: "run out of walltime",
    }.get(outcome or Outcome.LOST, f"ended as {outcome}")
