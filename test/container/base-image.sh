#!/bin/sh
# Makes a stand-in for the image that the Dockerfile starts from, where no image registry can be asked: Debian 12 from this machine's own
# package sources, the Node of node_modules and this machine's npm. Does nothing when it is there; FORCE=1 makes it anew.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/settings.sh"
[ -z "${FORCE:-}" ] && podman image exists "$base" && exit 0

sources=/etc/apt/sources.list.d/debian.sources
[ -e "$sources" ] || sources=/etc/apt/sources.list
if [ ! -e "$work/debian.tar" ]; then
  say 'debootstrapping Debian 12 (about a minute)'
  without='' # what the slim image leaves out, too
  for folder in doc man locale info; do without="$without --dpkgopt=path-exclude=/usr/share/$folder/*"; done
  # shellcheck disable=SC2086
  mmdebstrap -q --variant=minbase --include=ca-certificates $without bookworm "$work/debian.new.tar" "$sources" 2>"$work/mmdebstrap.log" ||
    { tail "$work/mmdebstrap.log" >&2; exit 1; }
  mv "$work/debian.new.tar" "$work/debian.tar"
fi

say "making $base"
local=$work/base/usr/local
rm -rf "$work/base"
mkdir -p "$local/bin" "$local/lib/node_modules"
cp -L "$here/../../node_modules/node/bin/node" "$local/bin/node"
npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
cp -a "$npm" "$local/lib/node_modules/npm"
for command in npm npx; do ln -s "../lib/node_modules/npm/bin/$command-cli.js" "$local/bin/$command"; done

container=$(buildah from scratch)
trap 'buildah rm "$container" >/dev/null 2>&1 || true' EXIT
buildah add -q "$container" "$work/debian.tar" / >/dev/null
buildah add -q "$container" "$work/base" / >/dev/null
# so that `npm ci` in a build trusts what this machine trusts
buildah add -q "$container" /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt >/dev/null
# the root of an empty image is 0555; the user `node` is one of the real image's
buildah run --network none "$container" -- sh -c 'chmod 755 / && groupadd -g 1000 node && useradd -u 1000 -g node -m node'
buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt --cmd node "$container"
buildah commit -q "$container" "$base" >/dev/null
rm -rf "$work/base"
