#!/bin/sh
# Makes a bare Debian machine ready to build, test and show the router: the npm packages, the Debian packages, the build.
# Does nothing that is already done. Usage: sh test/kit/prepare.sh
set -eu
cd "$(dirname "$0")/../.."

say() { printf '%s\n' "prepare: $*" >&2; }

missing=''
for package in libnftables1 nftables iproute2 iputils-ping iputils-arping procps tcpdump strace conntrack gcc make libc6-dev linux-libc-dev; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
if [ -n "$missing" ]; then
  [ "$(id -u)" = 0 ] || { say "needs root to install:$missing"; exit 1; }
  say "installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086
  apt-get -o DPkg::Lock::Timeout=300 install -qq -y --no-install-recommends $missing >/dev/null 2>&1 || {
    apt-get -o DPkg::Lock::Timeout=300 update -qq
    apt-get -o DPkg::Lock::Timeout=300 install -qq -y --no-install-recommends $missing >/dev/null
  }
fi

if [ ! -x node_modules/.bin/tsc ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  say 'npm ci'
  npm ci --no-audit --no-fund --loglevel=error >&2
fi

# tap's own test class is built for the plugins that .taprc names, once an installation
if [ ! -e node_modules/.tap-built ] || [ node_modules/.package-lock.json -nt node_modules/.tap-built ] || [ .taprc -nt node_modules/.tap-built ]; then
  say 'tap build'
  PATH=$PWD/node_modules/.bin:$PATH tap build >/dev/null
  touch node_modules/.tap-built
fi

# dist is built again when any source is newer than it
if [ ! -e dist/index.js ] || [ ! -e dist/cli/router.cjs ] || [ -n "$(find src bin native bundle.ts package.json tsconfig.build.json tsconfig.json -newer dist/cli/router.cjs -print -quit)" ]; then
  say 'npm run build'
  npm run --silent build >&2
fi
