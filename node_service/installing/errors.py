"""Why a node cannot be installed as a service."""

from spool_layout.errors import WamError


class NoServices(WamError):
    """The system has nothing that could keep a service running."""

    exit_code = 83
    remedy = "Have whatever starts programs here start 'wam-node run --config FILE'."


class NotInstalled(WamError):
    """The system has refused a step of installing, or of taking away, the service."""

    exit_code = 84
    remedy = "Read what the system has said, and try again."


class NotAService(WamError):
    """The program was told to be a service of Windows, and was not started as one."""

    exit_code = 88
    remedy = "Leave --as-service out, or have Windows start the service: 'sc start NAME'."


class NotOurs(WamError):
    """A service of this name was made by somebody else; it was left as it is."""

    exit_code = 85
    remedy = "Choose another name with --unit, or remove that one first."
