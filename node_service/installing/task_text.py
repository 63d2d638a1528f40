"""A node as a task of Windows' Task Scheduler, at logon: what needs no administrator rights.

Source of the format: Task Scheduler Schema (learn.microsoft.com). WAM was never run on Windows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

NAMESPACE: Final = "http://schemas.microsoft.com/windows/2004/02/mit/task"
MADE_BY: Final = "Made by 'wam-node install', which replaces it."


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """What a task is to start. ``user`` is whose logon starts it, and who it runs as."""

    program: str
    arguments: tuple[str, ...]
    user: str


def task_text(plan: TaskPlan) -> str:
    """The task's definition, for ``schtasks /Create /XML``; to be written as UTF-16."""
    return f"""\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="{NAMESPACE}">
  <RegistrationInfo><Description>WAM node. {MADE_BY}</Description></RegistrationInfo>
  <Triggers>{_trigger(plan)}</Triggers>
  <Principals><Principal id="Author">{_principal(plan)}</Principal></Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>7</Priority>
    <RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure>
  </Settings>
  <Actions Context="Author"><Exec>
    <Command>{escape(plan.program)}</Command>
    <Arguments>{escape(command_line(plan.arguments))}</Arguments>
  </Exec></Actions>
</Task>
"""


def _trigger(plan: TaskPlan) -> str:
    user = f"<UserId>{escape(plan.user)}</UserId>"
    return f"<LogonTrigger><Enabled>true</Enabled>{user}</LogonTrigger>"


def _principal(plan: TaskPlan) -> str:
    return (
        f"<UserId>{escape(plan.user)}</UserId><LogonType>InteractiveToken</LogonType>"
        "<RunLevel>LeastPrivilege</RunLevel>"
    )


def command_line(words: Sequence[str]) -> str:
    """The words as one line, from which a Windows program reads them back."""
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    """A word as a Windows program reads it back (CommandLineToArgvW)."""
    if word and not any(c in word for c in ' \t"'):
        return word
    quoted, backslashes = "", 0
    for character in word:
        if character == "\\":
            backslashes += 1
            continue
        # Backslashes are doubled before a quote only.
        quoted += "\\" * (2 * backslashes + 1 if character == '"' else backslashes) + character
        backslashes = 0
    return f'"{quoted}{chr(92) * (2 * backslashes)}"'
