"""What CalculiX's error messages mean for a user: a code, a sentence and a cure."""

import re
from collections.abc import Sequence
from typing import Final

from node_service.solvers.meanings import Meaning, find_meaning
from node_service.solvers.verdict import Quoted

# The first that fits any message counts: a missing file also shows as failed memory, and every
# refused deck ends with the same last message.
MEANINGS: Final = (
    Meaning(
        "missing-include",
        re.compile(r"in readinput: cannot open file (\S+)"),
        "CalculiX could not open the file '{0}' (included names are relative to the deck's folder, "
        "and upper and lower case matter). Add the file and submit the job again.",
    ),
    Meaning(
        "missing-file",
        re.compile(r'ERROR in readfrd: The input file "?([^"]*)"? could not be opened'),
        "CalculiX could not open the results '{0}' that the deck builds on. Add the file and "
        "submit the job again.",
    ),
    Meaning(
        "out-of-memory",
        re.compile(r"in u_(?:calloc|malloc|realloc)"),
        "CalculiX could not get the memory it needs. Submit the job with more memory, or to a "
        "larger node.",
    ),
    Meaning(
        "increments-used-up",
        re.compile(r"max\. # of increments reached"),
        "CalculiX used up the increments that the step allows. Raise INC= of the *STEP card, or "
        "check why the increments became so small.",
    ),
    Meaning(
        "no-convergence",
        re.compile(
            r"increment size smaller than minimum|solution seems to diverge|too many cutbacks"
            r"|too many iterations|best solution and residuals"
        ),
        "The solution did not converge. Look at the last increments in the .sta and .cvg files; "
        "smaller increments, a softer load or a better constrained model may help.",
    ),
    Meaning(
        "name-too-long",
        re.compile(r"input file name is too long"),
        "The path of the run is longer than CalculiX takes (128 characters). Ask who runs the "
        "node for a shorter scratch folder.",
    ),
    Meaning(
        "unwritable",
        re.compile(r"in openfile: could not open file"),
        "CalculiX could not write into its run folder. Ask who runs the node to check the "
        "scratch folder's permissions.",
    ),
    Meaning(
        "deck-error",
        re.compile(
            r"\*ERROR reading|in calinput|reading the input deck|in cascade|nonpositive jacobian"
            r"|in allocation|in gen3d|no material was assigned"
        ),
        'CalculiX refuses the deck: "{text}". Correct the deck and submit it again.',
    ),
    Meaning(
        "solver-error",
        re.compile(""),
        'CalculiX reported an error: "{text}". Do not trust the results; correct the deck and '
        "submit it again.",
    ),
)


def explain(errors: Sequence[Quoted]) -> tuple[str, str]:
    """Reason and sentence for the messages of one run, of which there is at least one."""
    found = find_meaning(MEANINGS, errors)
    if found is None:
        raise AssertionError("the last meaning fits every message")
    meaning, match, error = found
    group = match[1] if match.re.groups else ""
    return meaning.reason, meaning.sentence.format(group, text=error.text)
