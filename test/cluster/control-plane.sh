#!/bin/sh
# Runs what needs no more of a cluster than etcd and kube-apiserver, in a network namespace of its own, and takes them down.
# Usage: sh test/cluster/control-plane.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
. "$here/settings.sh"
if reason=$(why_not kube-apiserver); then say "SKIPPED, nothing was tested against a real API server: $reason"; exit 0; fi

export LAB_DIR="${LAB_DIR:-${TMPDIR:-/tmp}/egress-lab}"
export NS="egcp$$"
down() {
  "$lab/kubernetes/cp.sh" down >&2 || true
  ip netns del "$NS" 2>/dev/null || true
}
trap down EXIT
trap 'exit 130' INT TERM
ip netns add "$NS"
ip -n "$NS" link set lo up
say 'starting etcd and kube-apiserver'
"$lab/kubernetes/cp.sh" up >&2
PATH=$PWD/node_modules/.bin:$PATH
EGRESS_CONTROL_PLANE="$LAB_DIR/cp-$NS" JOBS=1 nsenter --net="/run/netns/$NS" sh test/kit/run.sh test/kubernetes/api.test.ts test/kubernetes/expired.test.ts
