#!/bin/sh
# Installs what is missing: Node 26 and the npm packages, then, as root on Debian or Ubuntu, the system
# packages that a node needs. Says what it does; does nothing when all is there.
# setup.sh [--test]   with --test also what only the tests need
set -eu
cd "$(dirname -- "$0")/.."

say() { printf '* %s\n' "$*" >&2; }

# Compilers and real clients are only for tests; who has them keeps them.
omit=--omit=dev
if [ "${1:-}" = --test ] || [ -x node_modules/.bin/tsc ]; then omit=; fi
if [ ! -x node_modules/.bin/node ] || [ package-lock.json -nt node_modules/.package-lock.json ] ||
  { [ -z "$omit" ] && [ ! -x node_modules/.bin/tsc ]; }; then
  say "Installing Node 26 and the npm packages ..."
  # Not `npm ci`: it refuses a lock file that lacks optional binaries of other platforms, which a registry
  # may not have. The versions are the lock file's all the same, and nothing is written to it.
  # shellcheck disable=SC2086 # one word or none
  npm install --no-save --no-fund --no-audit --loglevel=error $omit >&2
fi

if [ ! -f dist/cmd/k8ts.js ] || [ -n "$(find src -newer dist/cmd/k8ts.js -print -quit)" ]; then
  node_modules/.bin/node --disable-warning=ExperimentalWarning tools/bundle.ts
fi

[ "$(uname -s)" = Linux ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || exit 0

PATH=$PATH:/usr/sbin:/sbin
missing=
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need containerd containerd
need runc runc
need iptables-restore iptables
need conntrack conntrack
need ip iproute2
need nsenter util-linux
[ -x /opt/cni/bin/bridge ] || [ -x /usr/lib/cni/bridge ] || missing="$missing containernetworking-plugins"
if [ "${1:-}" = --test ]; then
  need docker-registry docker-registry
  need dig bind9-dnsutils
  need curl curl
  need unzip unzip
  need openssl openssl
  need prometheus prometheus
  /usr/bin/python3 -c 'import kubernetes' 2>/dev/null || missing="$missing python3-kubernetes"
  need etcd etcd-server
  need etcdctl etcd-client
fi
# Without a public registry the node's images come from one on this machine.
if ! command -v docker-registry >/dev/null 2>&1 && [ "${1:-}" != --test ] &&
  ! node_modules/.bin/node --disable-warning=ExperimentalWarning tools/registry-answers.ts; then
  missing="$missing docker-registry"
fi
[ -n "$missing" ] || exit 0

say "Installing the system packages:$missing ..."
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# shellcheck disable=SC2086 # one word a package
if ! { apt-get update -q && apt-get install -q -y --no-install-recommends $missing; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  say "apt-get could not install$missing (the whole output is in $log)"
  exit 1
fi
rm -f "$log"
