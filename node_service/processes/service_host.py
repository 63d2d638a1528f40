"""A service as Windows' service manager starts it: the program speaks its protocol while it runs.

pywin32's framework does the speaking, in this very process, so that no other program must find
Python. Never run on Windows.
"""

import contextlib
from collections.abc import Callable, Collection
from typing import Final

STOP_LIMIT_MS: Final = 120_000
# winerror.h
_OF_THE_SERVICE: Final = 1066
_NOT_STARTED_BY_IT: Final = 1063

Say = Callable[[str], None]


def host(
    name: str, run: Callable[[Say], int], *, stop: Callable[[], None], incurable: Collection[int]
) -> bool:
    """The service of that name has run: ``run`` was called, in another thread, and has returned.

    ``run`` is given what writes into the event log, and returns an exit code; the service manager
    is told of one that is not 0, and by the recovery actions starts the service again, unless it
    is ``incurable``. ``stop`` is called when the service is to stop, or the machine shuts down.
    False: the service manager has not started this program, and nothing was run. Raises
    ImportError where there is no such thing.
    """
    import pywintypes  # noqa: PLC0415 - on Windows alone
    import servicemanager  # noqa: PLC0415
    import win32service  # noqa: PLC0415
    import win32serviceutil  # noqa: PLC0415

    def say(sentence: str) -> None:
        # A log that cannot be written, because it is full, ends no service.
        with contextlib.suppress(pywintypes.error):
            servicemanager.LogErrorMsg(sentence)

    class Hosted(win32serviceutil.ServiceFramework):
        """Its methods' names are the framework's."""

        _svc_name_ = name

        def SvcStop(self) -> None:  # noqa: N802
            self.ReportServiceStatus(win32service.SERVICE_STOP_PENDING, waitHint=STOP_LIMIT_MS)
            stop()

        SvcShutdown = SvcStop

        def SvcRun(self) -> None:  # noqa: N802
            self.ReportServiceStatus(win32service.SERVICE_RUNNING)
            code = run(say)
            if code and code not in incurable:
                self.ReportServiceStatus(
                    win32service.SERVICE_STOPPED, win32ExitCode=_OF_THE_SERVICE, svcExitCode=code
                )

    servicemanager.Initialize()
    servicemanager.PrepareToHostSingle(Hosted)
    try:
        servicemanager.StartServiceCtrlDispatcher()  # type: ignore[no-untyped-call]
    except pywintypes.error as error:
        if error.winerror != _NOT_STARTED_BY_IT:
            raise OSError(error.winerror, error.strerror) from error
        return False
    return True
