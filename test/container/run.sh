#!/bin/sh
# Makes the product's image, runs it in the laboratory and closes with a line `N passed, N failed`. The first time takes some minutes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
sh test/kit/prepare.sh
sh test/container/base-image.sh
sh test/container/build.sh
EGRESS_CONTAINER_TEST=1 JOBS=1 exec sh test/kit/run.sh test/container/*.test.ts
