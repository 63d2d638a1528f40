"""Whose a file is."""

import os

from wamspool.shares.ownership import owner_name


def test_an_account_has_its_name():
    import pwd

    assert owner_name(os.getuid()) == pwd.getpwuid(os.getuid()).pw_name


def test_an_account_that_this_machine_does_not_know_has_its_number():
    assert owner_name(4_000_000_123) == "4000000123"
