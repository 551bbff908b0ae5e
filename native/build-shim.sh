#!/bin/sh
# Builds the CNI plugin's program to dist/cni where a C compiler is; elsewhere says what is left out. Usage: sh native/build-shim.sh
set -eu
cd "$(dirname "$0")"
if command -v "${CC:-gcc}" >/dev/null && command -v make >/dev/null; then
  exec make -s cni-shim
fi
echo "build: no C compiler (${CC:-gcc}) or no make: dist/cni/egress-router, the CNI plugin of the agent, is left out; everything else is built" >&2
