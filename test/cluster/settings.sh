# Sourced by the scripts beside it: where the laboratory of a real cluster lies, and why it cannot be used, if so.
# EGRESS_LAB is its folder (default: shared/lab beside the checkout), K8S_DIR that of the Kubernetes binaries.
# shellcheck shell=sh
say() { printf '%s\n' "cluster: $*" >&2; }

lab=${EGRESS_LAB:-$(pwd)/../shared/lab}
binaries=${K8S_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/egress-lab/k8s}

# why_not BINARY...: says what is missing, and succeeds when something is
why_not() {
  [ "$(id -u)" = 0 ] || { echo 'it needs root'; return 0; }
  [ -x "$lab/kubernetes/cluster.sh" ] || { echo "the laboratory is not at $lab (EGRESS_LAB names another folder)"; return 0; }
  for binary; do
    [ -x "$binaries/$binary" ] || { echo "$binary is not in $binaries: $lab/kubernetes/k8s-build.sh builds it"; return 0; }
  done
  return 1
}
