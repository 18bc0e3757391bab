#!/bin/sh
# npm start: installs what is missing, starts a one-node cluster and runs the book's first container.
set -eu
cd "$(dirname -- "$0")/.."
sh tools/setup.sh
exec bin/k8ts first-container "$@"
