#!/bin/sh
# npm test: installs what is missing and runs every check that CI runs.
set -eu
cd "$(dirname -- "$0")/.."
sh tools/setup.sh --test
exec node_modules/.bin/node --disable-warning=ExperimentalWarning tools/check.ts "$@"
