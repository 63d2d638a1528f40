"""What can go wrong on the user's side of the spool.

WamError
├── NoSpoolNamed    nobody said which spool is meant
├── LocalFile       a file of this machine cannot be read or written
├── WouldOverwrite  a file of this machine would be lost
├── NotInThisState  the job is not where what was asked makes sense
├── NotPermitted    the job or the node is somebody else's
├── NodeSilent      who must act has not answered
├── UnknownSolver   no profile of this name
├── NoSuchNode      no node of this name has been on the spool
├── NodeOrJob       a name means a node as well as a job
├── NothingThere    the job has no file of this name
├── DecksRefused    some of several decks cannot become jobs
└── DemoImpossible  something that the demo needs is not on this machine
"""

from spool_layout.errors import WamError


class NoSpoolNamed(WamError):
    """Nobody said which spool is meant."""

    exit_code = 60
    remedy = (
        "Name it for once with --spool FOLDER, or for this shell in the variable WAM_SPOOL,\n"
        "or for good with: wam config set spool FOLDER\n"
        "There is none yet? 'wam init FOLDER' makes one on a shared drive."
    )


class LocalFile(WamError):
    """A file or folder of this machine cannot be read or written."""

    exit_code = 61
    remedy = "Check the path, the rights on it, and the room on the disk."


class WouldOverwrite(WamError):
    """A file of this machine differs from the one to be written, and would be lost."""

    exit_code = 62
    remedy = "Name another folder with --to, or say --force to replace what is there."


class NotInThisState(WamError):
    """What was asked makes no sense for a job in the state that this one is in."""

    exit_code = 63
    remedy = "See where the job is with 'wam show JOB'."


class NotPermitted(WamError):
    """The job belongs to somebody else, or only operators may do this; nothing was changed."""

    exit_code = 69
    remedy = "Ask the job's owner, or an operator of the spool (operators in spool.yaml)."


class NodeSilent(WamError):
    """The node that must act has not answered; what was asked of it stays asked."""

    exit_code = 70
    remedy = "Look at the node: wam status."


class UnknownSolver(WamError):
    """There is no solver profile of this name, neither with WAM nor on a node of the spool."""

    exit_code = 64
    remedy = "Choose one of the solvers that the message names."


class NoSuchNode(WamError):
    """No node of this name has ever been on the spool."""

    exit_code = 68
    remedy = "Choose one of the nodes that the message names."


class NodeOrJob(WamError):
    """A name means a node as well as a job, or nodes and jobs are named together."""

    exit_code = 87
    remedy = "Name the job by its whole name, or say --node where the node is meant."


class NothingThere(WamError):
    """The job has no file that fits the name."""

    exit_code = 65
    remedy = "See the names of its files with 'wam show JOB'."


class DecksRefused(WamError):
    """Some of several decks cannot become jobs, so none of them was queued."""

    exit_code = 67
    remedy = "Correct those decks, or queue the others with --keep-going."


class DemoImpossible(WamError):
    """Something that the demo needs is not on this machine."""

    exit_code = 66
    remedy = "Install what the message names, and try again."
