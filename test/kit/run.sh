#!/bin/sh
# Runs the tests and closes with a line `N passed, N failed` that counts assertions.
# Usage: sh test/kit/run.sh [FILE...]     the environment variable JOBS sets how many files run at once
set -u
cd "$(dirname "$0")/../.."
PATH=$PWD/node_modules/.bin:$PATH
if [ $# -gt 0 ]; then :; else set -- $(find test -name '*.test.ts' | sort); fi
out=$(mktemp)
trap 'rm -f "$out"' EXIT
tap --jobs="${JOBS:-2}" --reporter=tap "$@" >"$out" 2>&1
code=$?
grep -vE '^ *(ok |1\.\.|# time=|$)' "$out" | grep -vE '^ *# Subtest' >&2
node test/kit/count.ts "$out" || code=1
exit $code
