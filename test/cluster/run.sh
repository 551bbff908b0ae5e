#!/bin/sh
# Brings a real one-node cluster up in the laboratory, builds and loads the image, applies deploy/kustomize, runs the tests beside this
# file, takes everything down and closes with a line `N passed, N failed`. KEEP=1 leaves the cluster up; a second run then uses it.
# Usage: sh test/cluster/run.sh [TEST FILE...]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
sh test/kit/prepare.sh
. "$here/settings.sh"
# the Kubernetes binaries are built when they are missing, which takes some minutes the first time
if reason=$(why_not); then say "cannot run: $reason"; exit 1; fi

export LAB_DIR="${LAB_DIR:-${TMPDIR:-/tmp}/egress-lab}"
export PFX="${PFX:-egc$$-}"
export EGRESS_CLUSTER="$LAB_DIR/${PFX}cluster"
image=localhost/egress-router:cluster
mkdir -p "$LAB_DIR"

down() {
  [ -n "${KEEP:-}" ] && return
  "$lab/kubernetes/cluster.sh" down >&2 || true
  rm -rf "$LAB_DIR/${PFX}containerd" "$LAB_DIR/${PFX}plain.conflist"
}
trap down EXIT
trap 'exit 130' INT TERM

# the pods' network is a bridge, and nothing in its chain knows of egress routers
cat >"$LAB_DIR/${PFX}plain.conflist" <<C
{ "cniVersion": "1.0.0", "name": "pods", "plugins": [{ "type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true,
  "ipam": { "type": "host-local", "dataDir": "$EGRESS_CLUSTER/ipam", "ranges": [[{ "subnet": "10.128.0.0/24", "rangeStart": "10.128.0.50" }]],
  "routes": [{ "dst": "0.0.0.0/0" }] } }] }
C

"$lab/kubernetes/k8s-build.sh"
# npm names its own node so, and the laboratory's scripts take it for a version
unset NODE NPM
# the environment in which podman and buildah work here
in_lab() { bash -c '. "$0/containers/env.sh" && "$@"' "$lab" "$@"; }
in_lab "$lab/containers/base-image.sh" >&2
say "building $image"
in_lab buildah bud --layers --pull-never --network host -q -t "$image" . >"$LAB_DIR/${PFX}build.log" 2>&1 ||
  { tail -30 "$LAB_DIR/${PFX}build.log" >&2; exit 1; }
rm -f "$LAB_DIR/${PFX}build.log"
socket=$EGRESS_CLUSTER/containerd.sock
if [ -S "$socket" ]; then
  in_lab podman save -q "$image" | ctr -a "$socket" -n k8s.io images import - >&2
  nsenter --net="/run/netns/${PFX}node" kubectl --kubeconfig "$EGRESS_CLUSTER/admin.conf" -n egress-router delete pod --all >&2
else
  say 'starting the cluster'
  CONFLIST="$LAB_DIR/${PFX}plain.conflist" IMAGES=$image "$lab/kubernetes/cluster.sh" up >&2
fi
[ $# -gt 0 ] || set -- test/cluster/*.test.ts
EGRESS_CLUSTER_PREFIX=$PFX EGRESS_CNI_DRIVER=$lab/cni/cnidrv.sh JOBS=1 TAP_TIMEOUT=300 sh test/kit/run.sh "$@"
