# The first process of a guest: its root, its network, its services; then the agent.
# The kernel hands it the words of its command line as variables: WAM_HOST, WAM_ADDRESS,
# WAM_PYTHON, WAM_TREE (the project), WAM_PACKAGES, WAM_KEPT (a folder of the machine outside,
# to which the guest can write what a power cut must not take).
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root
init=$WAM_TREE/tests/real/mounts/inside/init.sh

if [ "${1:-}" != inside ]; then
  mount -t proc proc /proc
  if [ "$WAM_HOST" = booted ]; then
    mount -t ext4 /dev/ubdb /mnt # what is installed there outlives a power cut
  else
    mount -t tmpfs -o size=70% upper /mnt
  fi
  mkdir -p /mnt/changes /mnt/work /mnt/root /mnt/packages
  mount -t hostfs -o "$WAM_PACKAGES" none /mnt/packages
  uml=/usr/lib/uml/modules/$(uname -r)
  [ -d "$uml" ] || uml=/mnt/packages$uml
  insmod=$(command -v insmod || echo "/bin/busybox insmod")
  [ -x "${insmod%% *}" ] || insmod="/mnt/packages/usr/bin/busybox insmod"
  $insmod "$uml/kernel/fs/overlayfs/overlay.ko"
  mount -t overlay -o lowerdir=/mnt/packages:/,upperdir=/mnt/changes,workdir=/mnt/work root /mnt/root
  mkdir -p /mnt/root/.outside
  cd /mnt/root && pivot_root . .outside && exec chroot . /bin/sh "$init" inside
fi

mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm /dev/pts
mount -t tmpfs shm /dev/shm
mount -t devpts pts /dev/pts
mount -t tmpfs run /run
mount -t hostfs -o "$WAM_KEPT" none "$WAM_KEPT"
mkdir -p /lib/modules
[ -e "/lib/modules/$(uname -r)" ] || ln -s "/usr/lib/uml/modules/$(uname -r)" /lib/modules/
# What installing the packages would have made.
grep -q ^_rpc: /etc/passwd || echo '_rpc:x:990:65534::/run/rpcbind:/usr/sbin/nologin' >>/etc/passwd
grep -q ^statd: /etc/passwd || echo 'statd:x:991:65534::/var/lib/nfs:/usr/sbin/nologin' >>/etc/passwd
mkdir -p /run/rpcbind /run/rpc_pipefs /run/lock /var/lib/nfs/sm /var/lib/nfs/sm.bak
mkdir -p /var/lib/nfs/v4recovery
chown statd /var/lib/nfs /var/lib/nfs/sm /var/lib/nfs/sm.bak
for table in etab rmtab state; do : >>/var/lib/nfs/$table; done

hostname "$WAM_HOST"
echo "127.0.0.1 localhost" >/etc/hosts
for host in srv:10 a:11 b:12 c:13 d:14 booted:15; do
  echo "10.77.0.${host#*:} ${host%:*}" >>/etc/hosts
done
ip link set lo up
# A bridge hands large packets on in one piece, and the receiving guest's driver loses them.
ip link set vec0 up gso_max_segs 1 gso_max_size 1500
ip addr add "$WAM_ADDRESS/24" dev vec0

if [ "$WAM_HOST" = booted ]; then
  exec /bin/sh "$WAM_TREE/tests/real/booted/inside/systemd.sh"
fi
if [ "$WAM_HOST" = srv ]; then
  disk=/dev/ubdb
  # The disk outlives a power cut, and with it what NFS remembers of its clients.
  mkdir -p /srv
  mount -t ext4 $disk /srv
  mkdir -p /srv/share
  chmod 777 /srv/share
  again=no
  [ -d /srv/.nfs ] && again=yes
  [ $again = yes ] || cp -a /var/lib/nfs /srv/.nfs
  mount --bind /srv/.nfs /var/lib/nfs
  {
    echo '/srv 10.77.0.0/24(rw,sync,no_subtree_check,no_root_squash,fsid=0)'
    echo '/srv/share 10.77.0.0/24(rw,sync,no_subtree_check,no_root_squash)'
  } >/etc/exports
  modprobe nfsd
  mount -t nfsd nfsd /proc/fs/nfsd
  rpcbind -w
  if [ $again = yes ]; then
    rpc.statd
    sm-notify
  else
    rpc.statd --no-notify
    echo 5 >/proc/sys/fs/nfs/nlm_grace_period # nobody has a lock to reclaim yet
  fi
  exportfs -ra
  rpc.nfsd 8
  rpc.mountd
  [ $again = yes ] || echo Y >/proc/fs/nfsd/v4_end_grace
  mkdir -p /run/samba/private
  cat >/run/samba/smb.conf <<CONFIGURATION
[global]
  server role = standalone server
  disable netbios = yes
  load printers = no
  log file = /run/samba/log
  private dir = /run/samba/private
  state directory = /run/samba
  cache directory = /run/samba
  lock directory = /run/samba
  pid directory = /run/samba
[share]
  path = /srv/share
  read only = no
CONFIGURATION
  printf 'wam\nwam\n' | smbpasswd -c /run/samba/smb.conf -s -a root
  smbd -D -s /run/samba/smb.conf
else
  rpcbind -w
  rpc.statd --no-notify
fi
cd "$WAM_TREE" || exit
PYTHONPATH=$WAM_TREE PYTHONDONTWRITEBYTECODE=1 "$WAM_PYTHON" -m tests.real.mounts.inside.agent
echo "the agent has ended"
