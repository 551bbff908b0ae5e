# Sourced by the scripts beside it: installs what builds and runs containers, and keeps all that these make in one folder outside of the
# repository, EGRESS_CONTAINER_DIR (default: a folder in the user's cache); only buildah's cache of blob sizes lies in /var/lib/containers.
# shellcheck shell=sh
work=${EGRESS_CONTAINER_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/egress-router-container}
base=localhost/node:24-bookworm-slim
image=localhost/egress-router:test
mkdir -p "$work/no-plugins" "$work/no-networks"

say() { printf '%s\n' "container: $*" >&2; }

missing=''
for package in podman buildah runc conmon catatonit mmdebstrap ca-certificates; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
if [ -n "$missing" ]; then
  [ "$(id -u)" = 0 ] || { say "needs root to install:$missing"; exit 1; }
  say "installing$missing"
  apt() { DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@" >>"$work/apt.log" 2>&1; }
  # shellcheck disable=SC2086
  apt install -qq -y --no-install-recommends $missing ||
    { apt update -qq && apt install -qq -y --no-install-recommends $missing; } ||
    { tail "$work/apt.log" >&2; exit 1; }
fi

# written whole and then renamed: another run may be reading it
put() { cat >"$1.$$" && mv "$1.$$" "$1"; }
put "$work/containers.conf" <<C
[containers]
# no container gets a network by default, and the plugins that would make a bridge in the root namespace are not found
netns = "none"
# raising limits takes a right that a container host, itself a container, may lack
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
# crun refuses a host that mixes the two versions of control groups
runtime = "runc"
# works without systemd
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "cni"
cni_plugin_dirs = ["$work/no-plugins"]
network_config_dir = "$work/no-networks"
C
put "$work/storage.conf" <<C
[storage]
driver = "overlay"
graphroot = "$work/storage"
runroot = "$work/run"
C
export CONTAINERS_CONF="$work/containers.conf" CONTAINERS_STORAGE_CONF="$work/storage.conf"
