# The rest of a guest's start where systemd is to be its first process: nothing runs but the
# journal, the agent that tests talk to, and what tests install. The root is on a disk, so what is
# done at the first start still holds after a power cut.
units=/etc/systemd/system
mkdir -p /.outside/mnt/srv /srv
mount --bind /.outside/mnt/srv /srv

if [ ! -e $units/agent.service ]; then
  echo "$WAM_HOST" >/etc/hostname
  echo 0123456789abcdef0123456789abcdef >/etc/machine-id
  : >/etc/fstab
  # Else systemd takes the guest for a container, as its machine may be, and writes nothing of what
  # is in memory to the disk when it shuts down.
  rm -f /.dockerenv /run/.containerenv
  # Of what this machine would start, nothing but the journal.
  rm -rf /usr/lib/systemd/system/*.target.wants $units/*.target.wants
  # A dozen programs that systemd runs at each daemon-reload, and some at a user's first login.
  rm -rf /usr/lib/systemd/*generators
  mkdir -p $units/sockets.target.wants $units/multi-user.target.wants
  ln -s /usr/lib/systemd/system/systemd-journald.socket $units/sockets.target.wants/
  ln -s ../agent.service $units/multi-user.target.wants/
  # What installing a bus would have made; and what a user's own systemd is told at a login.
  grep -q ^messagebus: /etc/passwd ||
    echo 'messagebus:x:992:65534::/nonexistent:/usr/sbin/nologin' >>/etc/passwd
  mkdir -p $units/user@.service.d
  printf '[Service]\nEnvironment=XDG_RUNTIME_DIR=/run/user/%%i\n' >$units/user@.service.d/runtime.conf
  # A node's account is not root: it must reach Python and the project, here as anywhere.
  for place in "$WAM_TREE" "$WAM_PYTHON" "$(readlink -f "$WAM_PYTHON")"; do
    while [ -n "${place%/*}" ]; do
      place=${place%/*}
      open="$open $place"
    done
  done
  chmod a+rx $open
  cat >$units/agent.service <<UNIT
[Unit]
Description=Does what a test asks
[Service]
ExecStart=$WAM_PYTHON -m tests.real.mounts.inside.agent
WorkingDirectory=$WAM_TREE
Environment=PYTHONPATH=$WAM_TREE PYTHONDONTWRITEBYTECODE=1 HOME=/root LANG=C.UTF-8
UNIT
fi
echo "up $(cat /proc/uptime)"
exec /lib/systemd/systemd --unit=multi-user.target --log-target=console --show-status=no
