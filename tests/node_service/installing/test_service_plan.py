"""What the service manager is told of a node. Nothing of this ran on Windows."""

import pytest

from node_service.installing.errors import NotInstalled
from node_service.installing.service_plan import check_account, grantee, registration

COMMAND = (r"C:\wam venv\Scripts\python.exe", "-P", "-m", "node_service", "run")


def planned(interpreter):
    return registration("wam-b", COMMAND, interpreter=interpreter, account=None)


def test_a_virtual_environments_python_is_started_itself():
    plan = planned(r"C:\Python\python.exe")
    assert plan.command == r"C:\Python\python.exe -P -m node_service run --as-service wam-b"
    assert plan.environment == (r"__PYVENV_LAUNCHER__=C:\wam venv\Scripts\python.exe",)


def test_without_one_nothing_must_be_told():
    plan = planned(COMMAND[0].upper())
    assert plan.command.startswith('"C:\\WAM VENV\\SCRIPTS\\PYTHON.EXE" -P ')
    assert plan.environment == ()


@pytest.mark.parametrize(
    "account",
    [
        r"NT AUTHORITY\NetworkService",
        r"nt authority\localservice",
        r"NT SERVICE\wam-b",
        "LAB\\wam$",
    ],
)
def test_accounts_without_a_password(account):
    assert check_account(account) == account


@pytest.mark.parametrize(
    ("account", "said"),
    [
        ("LocalSystem", "do anything"),
        (r"NT AUTHORITY\SYSTEM", "do anything"),
        (r"LAB\jo", "password"),
    ],
)
def test_other_accounts_are_refused_with_what_to_do(account, said):
    with pytest.raises(NotInstalled, match=said) as refused:
        check_account(account)
    assert "--account" in refused.value.cure


def test_rights_are_given_in_every_language_of_windows():
    assert grantee(r"NT AUTHORITY\NetworkService") == "*S-1-5-20"
    assert grantee(r"NT Authority\LocalService") == "*S-1-5-19"
    assert grantee("LAB\\wam$") == "LAB\\wam$"
