"""What names a share of a server, and what does not."""

import pytest

from wamspool.errors import NotASpool
from wamspool.shares.smb.addresses import SmbAddress, is_smb_address, parse_address


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("smb://nas/jobs", SmbAddress("nas", "jobs")),
        ("SMB://nas/jobs/", SmbAddress("nas", "jobs")),
        ("smb://nas/jobs/wam/spool", SmbAddress("nas", "jobs", "wam/spool")),
        ("smb://jo@nas:1445/jobs", SmbAddress("nas", "jobs", port=1445, user="jo")),
        ("smb://CORP%5Cjo@nas/jobs", SmbAddress("nas", "jobs", user="CORP\\jo")),
        ("smb://nas/jobs/a%20b%23", SmbAddress("nas", "jobs", "a b#")),
        ("smb://[fd00::1]:445/jobs", SmbAddress("fd00::1", "jobs")),
        ("smb://nas/jobs/x?encrypt=yes", SmbAddress("nas", "jobs", "x", encrypt=True)),
        ("smb://nas/jobs?encrypt=no", SmbAddress("nas", "jobs")),
        (r"\\nas\jobs\wam\spool", SmbAddress("nas", "jobs", "wam/spool")),
        ("//nas/jobs/wam", SmbAddress("nas", "jobs", "wam")),
        (r"\\nas\jobs\a%20b", SmbAddress("nas", "jobs", "a%20b")),
    ],
)
def test_an_address_names_a_folder_of_a_share(location, expected):
    assert is_smb_address(location)
    assert parse_address(location) == expected


@pytest.mark.parametrize(
    "location", ["/mnt/spool", "spool", "ftp://nas/x", r"C:\x", "///x", r"\\.\pipe\x", r"\\?\C:\x"]
)
def test_what_is_a_path_of_this_machine(location):
    assert not is_smb_address(location)


@pytest.mark.parametrize(
    "address",
    [
        SmbAddress("nas", "jobs", "wam/spool", 1445, "jo", encrypt=True),
        SmbAddress("fd00::1", "jobs"),
        SmbAddress("nas", "jobs", "a b#c?d%20"),
        SmbAddress("nas", "jobs", user="CORP\\jo"),
    ],
)
def test_what_is_shown_can_be_typed_again(address):
    assert parse_address(str(address)) == address


@pytest.mark.parametrize("location", ["smb://", "smb://nas", "smb://nas/", r"\\nas", "//nas/"])
def test_without_a_share_it_names_nothing(location):
    with pytest.raises(NotASpool, match="names no server and share") as caught:
        parse_address(location)
    assert "smb://SERVER/SHARE" in caught.value.cure


def test_a_password_is_refused_and_not_repeated():
    with pytest.raises(NotASpool, match="must not hold a password") as caught:
        parse_address("smb://jo:s3cret@nas/jobs")
    assert "s3cret" not in str(caught.value) + caught.value.cure
    assert "WAM_SMB_PASSWORD" in caught.value.cure


def test_a_password_that_breaks_the_address_is_not_repeated_either():
    with pytest.raises(NotASpool) as caught:
        parse_address("smb://jo:s3cret@nas:port/jobs")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("rest", ["?encrypt=maybe", "?crypt=yes", "#a", "?encrypt"])
def test_an_option_that_is_not_known_is_refused(rest):
    with pytest.raises(NotASpool, match="may follow the folder"):
        parse_address(f"smb://nas/jobs{rest}")


@pytest.mark.parametrize("location", ["smb://nas/jobs/../x", r"\\nas\jobs\..\x", "smb://nas/./x"])
def test_dots_lead_nowhere(location):
    with pytest.raises(NotASpool, match="no meaning"):
        parse_address(location)
