#!/bin/sh
# Builds the product's image with the Dockerfile, from the local stand-in of its base image.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/settings.sh"
say "building $image"
touch "$work/building" # what changes from now on is newer than the image
# --network host: npm and apt in the build use the network as this machine does; --layers: what has not changed is not built again
buildah bud --layers --pull-never --network host -q -t "$image" "$here/../.." >"$work/build.log" 2>&1 || { tail -50 "$work/build.log" >&2; exit 1; }
podman image inspect "$image" --format "container: {{.Size}} bytes, $base in it" >&2
podman image inspect "$base" --format 'container: of which {{.Size}} bytes are the base' >&2
mv "$work/building" "$work/built"
# layers of earlier builds make the next one quick, but not for ever
podman image prune --force --filter until=24h >/dev/null
