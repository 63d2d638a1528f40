#!/bin/sh
# setup.sh demo | test
#
# Afterwards .venv holds WAM (for `test` also its development tools), installed in place, and
# CalculiX is there (for `test` also its example decks, Samba, and systemd's programs). Prints one line a step,
# nothing when everything is there already. Needs the network only for what is missing. Changes
# nothing outside this folder but by apt-get, and that only as root or where sudo asks for no
# password.
set -eu
cd "$(dirname "$0")/.."

purpose=${1:-test}
decks=/usr/share/doc/calculix-ccx-test

say() { echo "setup: $*"; }
fail() { echo "setup: $*" >&2; exit 1; }

case $purpose in
  demo) wanted=. ;;
  test) wanted='.[dev]' ;;
  *) fail "'$purpose' is not known; write: sh tools/setup.sh demo, or: sh tools/setup.sh test" ;;
esac

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Runs a command quietly; where it fails, shows the end of what it said.
quietly() {
  "$@" >"$log" 2>&1 </dev/null && return 0
  tail -n 15 "$log" >&2
  return 1
}

apt_as_root() {
  # The last option: minimal images tell dpkg to leave out all of /usr/share/doc, and
  # calculix-ccx-test is nothing else; without it the package installs and no deck is there.
  set -- env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
    -o "DPkg::Options::=--path-include=$decks/*" "$@"
  [ "$(id -u)" = 0 ] || set -- sudo -n "$@"
  "$@" </dev/null
}

# apt_install WHY PACKAGE...
apt_install() {
  why=$1; shift
  command -v apt-get >/dev/null 2>&1 ||
    fail "$why is missing, and this system has no apt-get: install it (on Debian: $*), then try again"
  if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
    fail "$why is missing; type: sudo apt-get install $*"
  fi
  say "installing $* (apt)"
  # The package lists of a new machine are empty or old: refresh them only if it fails so.
  apt_as_root install --no-install-recommends --reinstall "$@" >"$log" 2>&1 || {
    apt_as_root update >"$log" 2>&1 || true
    apt_as_root install --no-install-recommends --reinstall "$@" >"$log" 2>&1
  } || {
    tail -n 15 "$log" >&2
    fail "$why could not be installed; the reason stands above. To try by hand: sudo apt-get install $*"
  }
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

make_venv() {
  # Another tree's, which 'make test' in a second work tree once emptied through the link.
  [ ! -L .venv ] || fail ".venv is a link to $(readlink .venv), which would be emptied; remove the link, then try again"
  command -v python3 >/dev/null 2>&1 || apt_install "python3" python3 python3-venv
  is_new_enough python3 ||
    fail "WAM needs Python 3.11 or later; python3 is $(python3 --version 2>&1) ($(command -v python3))"
  # Debian ships venv without ensurepip; the folder it would leave behind has no pip.
  python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install "Python's venv" python3-venv
  say "making .venv with $(python3 --version 2>&1)"
  quietly python3 -m venv --clear .venv || fail "python3 -m venv failed; the reason stands above"
}

venv_works() {
  [ -x .venv/bin/python ] && is_new_enough .venv/bin/python &&
    .venv/bin/python -m pip -V >/dev/null 2>&1 &&
    # The scripts in bin/ begin with an absolute path: after the folder was moved or copied they
    # start another folder's Python, and pip sees no reason to write them anew.
    head -n 2 .venv/bin/pip 2>/dev/null | grep -qF "$(pwd -P)/.venv/"
}

# What .venv was made from: the project's needs, and the folder, whose path it holds.
state="$(cksum <pyproject.toml) $(pwd -P)"

is_installed() {
  for stamp in ".venv/.ready-$purpose" .venv/.ready-test; do
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$state" ] && return 0
  done
  return 1
}

if ! { is_installed && [ -x .venv/bin/wam ] && .venv/bin/python -c '' 2>/dev/null; }; then
  venv_works || make_venv
  say "installing WAM ($wanted) into .venv"
  # Setuptools first and the build in place: pip then asks the network only for what is missing.
  # (The ones that Python 3.11 brings are too old, 3.12 and later bring none.)
  pip="quietly .venv/bin/python -m pip install -q --disable-pip-version-check"
  $pip 'setuptools>=77' && $pip --no-build-isolation -e "$wanted" ||
    fail "pip could not install WAM; the reason stands above"
  echo "$state" >".venv/.ready-$purpose"
fi

command -v ccx >/dev/null 2>&1 || apt_install "The solver CalculiX (ccx)" calculix-ccx
if [ "$purpose" = test ] && [ ! -d "$decks/examples" ]; then
  apt_install "The folder of CalculiX's example decks ($decks/examples)" calculix-ccx-test
  [ -d "$decks/examples" ] || fail "calculix-ccx-test is installed, but $decks/examples is not there"
fi
if [ "$purpose" = test ] && ! command -v systemd-analyze >/dev/null 2>&1; then
  apt_install "systemd-analyze, which checks the unit of a node" systemd
fi
if [ "$purpose" = test ] && [ ! -x /usr/sbin/smbd ]; then
  apt_install "The file server Samba (smbd)" samba samba-common-bin smbclient
  # The tests start a server of their own. Debian also starts one for the whole machine; where
  # there was none before, none is wanted.
  if [ -d /run/systemd/system ]; then
    for unit in smbd nmbd samba-ad-dc; do
      set -- systemctl --quiet disable --now "$unit"
      [ "$(id -u)" = 0 ] || set -- sudo -n "$@"
      quietly "$@" || say "$unit could not be switched off; it is not needed"
    done
  fi
fi
