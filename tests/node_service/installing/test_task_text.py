"""A node as a task of Windows, as text. Nothing of this was run on Windows."""

import xml.etree.ElementTree as ET

import pytest

from node_service.installing.task_text import NAMESPACE, TaskPlan, task_text


def parsed(**changed):
    given = {"program": r"C:\Py & Co\python.exe", "arguments": ("-m", "x"), "user": r"LAB\jo"}
    text = task_text(TaskPlan(**(given | changed)))
    return ET.fromstring(text.split("\n", 1)[1])


def found(task, *path):
    return [e.text for e in task.findall("/".join(f"{{{NAMESPACE}}}{name}" for name in path))]


def test_at_logon_it_is_the_users_own():
    task = parsed()
    assert found(task, "Triggers", "LogonTrigger", "UserId") == [r"LAB\jo"]
    assert found(task, "Principals", "Principal", "LogonType") == ["InteractiveToken"]
    assert found(task, "Actions", "Exec", "Command") == [r"C:\Py & Co\python.exe"]


def test_it_is_never_ended_by_the_scheduler():
    task = parsed()
    assert found(task, "Settings", "ExecutionTimeLimit") == ["PT0S"]
    assert found(task, "Settings", "StopIfGoingOnBatteries") == ["false"]
    assert found(task, "Settings", "MultipleInstancesPolicy") == ["IgnoreNew"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("run", "--config", r"C:\wam\node.yaml"), r"run --config C:\wam\node.yaml"),
        ((r"C:\My Files\node.yaml",), r'"C:\My Files\node.yaml"'),
        (("C:\\My Files\\",), r'"C:\My Files\\"'),
        (('say "x"', ""), r'"say \"x\"" ""'),
    ],
)
def test_arguments_are_quoted_as_windows_programs_read_them(words, line):
    assert found(parsed(arguments=words), "Actions", "Exec", "Arguments") == [line]
