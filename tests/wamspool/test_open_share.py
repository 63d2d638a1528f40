"""From what a user calls the spool to the share."""

import subprocess
import sys

import pytest

from tests.clocks import FakeClock
from wamspool.errors import NotASpool, UnsafeCredentials
from wamspool.open_share import (
    is_a_file,
    local_folder,
    make_share,
    open_share,
    place_of,
    shares_from,
)


def test_a_folder_is_opened_wherever_it_is_named_from(tmp_path, monkeypatch):
    (tmp_path / "spool").mkdir()
    monkeypatch.chdir(tmp_path)
    assert open_share("spool", FakeClock()).location == str(tmp_path / "spool")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert open_share("~/spool", FakeClock()).location == str(tmp_path / "spool")


def test_the_root_itself_may_be_reached_by_a_link(tmp_path):
    """An administrator has put it there; what lies below is what anybody can write."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk/a").write_bytes(b"x")
    (tmp_path / "spool").symlink_to(tmp_path / "disk")
    share = open_share(str(tmp_path / "spool"), FakeClock())
    assert share.location == str(tmp_path / "disk") and share.read("a") == b"x"


@pytest.mark.parametrize("name", ["absent", "file"])
def test_what_is_no_folder_is_no_spool(tmp_path, name):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotASpool, match="is not a folder that can be seen from here"):
        open_share(str(tmp_path / name), FakeClock())


@pytest.mark.parametrize("open_or_make", [open_share, make_share])
def test_an_address_is_refused_with_a_way_out(open_or_make, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotASpool, match="'ftp' addresses") as caught:
        open_or_make("ftp://server/spool", FakeClock())
    assert "Mount the share" in caught.value.cure
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_made_with_those_above_it(tmp_path):
    share = make_share(str(tmp_path / "a/b"), FakeClock())
    assert share.list("") == []
    assert make_share(str(tmp_path / "a/b"), FakeClock()).location == share.location


def test_a_local_folder_is_read_like_a_share(tmp_path):
    (tmp_path / "a.inp").write_bytes(b"x")
    assert local_folder(tmp_path, FakeClock()).read("a.inp") == b"x"


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("smb://jo@nas:1445/jobs/wam", "smb://jo@nas:1445/jobs/wam"),
        ("\\\\nas\\jobs\\wam", "smb://nas/jobs/wam"),
        ("//nas/jobs?", "smb://nas/jobs%3F"),
    ],
)
def test_an_address_is_opened_without_asking_the_server(location, shown):
    environment = {"WAM_SMB_USER": "jo", "WAM_SMB_PASSWORD": "s3cret"}
    share = open_share(location, FakeClock(), environment=environment)
    assert share.location == shown == place_of(location)
    assert not is_a_file(location)


def test_an_address_brings_its_credentials_from_the_environment_that_is_given(tmp_path):
    file = tmp_path / "credentials"
    file.write_text("nas: {username: jo, password: s3cret}")
    file.chmod(0o644)
    environment = {"WAM_SMB_CREDENTIALS": str(file)}
    with pytest.raises(UnsafeCredentials):
        open_share("smb://nas/jobs", FakeClock(), environment=environment)
    file.chmod(0o600)
    assert "s3cret" not in repr(open_share("smb://nas/jobs", FakeClock(), environment=environment))


def test_the_library_for_servers_is_loaded_only_for_them():
    """It takes longer to load than most commands take to run."""
    program = "import sys, wamspool.open_share; print('smbprotocol' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "False\n"


def test_a_folder_and_those_above_it(tmp_path):
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/here").touch()
    found = list(shares_from(str(tmp_path / "a/b/absent"), FakeClock()))
    assert [place for place, _ in found][:3] == [
        str(tmp_path / "a/b"),
        str(tmp_path / "a"),
        str(tmp_path),
    ]
    assert [entry.name for entry in found[0][1].list("")] == ["here"]


def test_where_a_location_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    assert place_of("spool") == str(tmp_path / "spool")
    assert is_a_file("file") and not is_a_file("absent") and not is_a_file(".")
    with pytest.raises(NotASpool, match="'ftp' addresses"):
        place_of("ftp://server/spool")
