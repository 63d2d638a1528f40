"""What Abaqus' error messages mean for a user: a code, a sentence and a cure.

The texts of convergence, licences and the launcher were seen in published output; those of disk,
memory and distortion are what the product is known to say. None was provoked here.
"""

import re
from collections.abc import Sequence
from typing import Final

from node_service.solvers.abaqus_log import Log, Messages
from node_service.solvers.meanings import Meaning, find_meaning
from node_service.solvers.verdict import NO_LICENCE, Quoted

_QUOTED_IN_SENTENCE: Final = 120


# The first that fits any line counts: whatever the disk refuses comes out as other errors too.
MEANINGS: Final = (
    Meaning(
        "disk-full",
        re.compile(
            r"(?i)no space left on device|disk quota exceeded|disk (?:is )?full"
            r"|(?:insufficient|not enough|out of) disk space"
        ),
        "Abaqus found no room on the node's scratch disk. Free space there, or ask for more with "
        "'scratch', and run the job again.",
    ),
    Meaning(
        "out-of-memory",
        re.compile(
            r"(?i)(?:insufficient|not enough|out of) memory|cannot allocate memory"
            r"|memory .*(?:cannot|could not) be allocated"
        ),
        "Abaqus could not get the memory it needs. Submit the job with more memory, or to a "
        "larger node.",
    ),
    Meaning(
        "no-convergence",
        re.compile(
            r"(?i)too many attempts made for this increment"
            r"|time increment required is less than the minimum"
        ),
        "The solution did not converge. Look at the last increments in the .sta and .msg files; "
        "smaller increments, a softer load or a better constrained model may help.",
    ),
    Meaning(
        "increments-used-up",
        re.compile(r"(?i)too many increments needed"),
        "Abaqus used up the increments that the step allows. Raise INC= of the *STEP card, or "
        "check why the increments became so small.",
    ),
    Meaning(
        "distorted",
        re.compile(
            r"(?i)(?:excessively distorted|distort(?:ed|ing|ion) excessively|excessive distortion"
            r"|deformation speed to wave speed)"
        ),
        "Elements were distorted until Abaqus gave up. Look at the elements that the .msg or .sta "
        "file names, at contact and at the loads there.",
    ),
    Meaning(
        "user-subroutine",
        re.compile(r"(?i)problem during (?:compilation|linking)"),
        'The user subroutine could not be built: "{text}". Correct it, or ask who runs the node '
        "whether a compiler is installed there.",
    ),
    Meaning(
        "missing-file",
        re.compile(
            r"(?i)\bfile\b.*(?:does not exist|not found|cannot be (?:found|opened)|could not be"
            r" (?:found|opened))|(?:cannot|could not|unable to) (?:open|find) .*\bfile\b"
        ),
        'Abaqus could not open a file: "{text}". Send the file along (an earlier job\'s with the '
        "option oldjob or globalmodel) and submit the job again.",
    ),
)
_DECK: Final = 'Abaqus refuses the deck: "{text}". Correct the deck and submit it again.'
_SOLVER: Final = (
    'Abaqus reported an error: "{text}". Do not trust the results; correct the deck and submit it '
    "again."
)


def explain(messages: Messages, log: Log) -> tuple[str, str, tuple[Quoted, ...]] | None:
    """Reason, sentence and proof of what Abaqus complains of; None where it does not."""
    lines = (*messages.errors, *log.trouble)
    if found := find_meaning(MEANINGS, lines):
        meaning, _, line = found
        return meaning.reason, meaning.sentence.format(text=_short(line)), lines
    if messages.errors:
        first = messages.errors[0]
        is_deck = first.file.endswith(".dat")
        sentence = (_DECK if is_deck else _SOLVER).format(text=_short(first))
        return ("deck-error" if is_deck else "solver-error"), sentence, lines
    return None


def explain_licence(log: Log, *, computed: bool) -> tuple[str, str, tuple[Quoted, ...]] | None:
    """The same where the licence server refused; ``computed``: the run had rows by then."""
    if not log.licence:
        return None
    proof = (*log.licence, *log.trouble)
    if computed:
        sentence = (
            "Abaqus lost its licence while it computed. Ask who keeps the licence server, and run "
            "the job again."
        )
        return "licence-lost", sentence, proof
    sentence = f'Abaqus got no licence: "{_short(log.licence[0])}". The job waits for one.'
    return NO_LICENCE, sentence, proof


def explain_end(log: Log) -> tuple[str, str, tuple[Quoted, ...]] | None:
    """The same where nothing but the log's end tells that it went wrong."""
    if not log.failed and not log.trouble:
        return None
    lines: Sequence[Quoted] = log.trouble or log.failed
    by_reader = "input file processor" in lines[0].text.lower()
    sentence = (_DECK if by_reader else _SOLVER).format(text=_short(lines[0]))
    return ("deck-error" if by_reader else "solver-error"), sentence, (*log.trouble, *log.failed)


def _short(line: Quoted) -> str:
    text = line.text.removeprefix("***ERROR: ")
    return text if len(text) <= _QUOTED_IN_SENTENCE else f"{text[:_QUOTED_IN_SENTENCE]}..."
