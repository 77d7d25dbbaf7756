#!/usr/bin/env bash
# Installs the missing packages of the named sections of tools/packages.txt: tools/setup.sh build test
set -euo pipefail

list=$(dirname "$0")/packages.txt
ubuntu=$(grep -qs '^ID=ubuntu' /etc/os-release && echo yes || true)

packages_of() { awk -v section="[$1]" '/^\[/ { on = $0 == section; next } on && /^[^#]/' "$list"; }

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

if [ "${DOJIMA_SETUP:-}" = skip ]; then exit 0; fi
if ! command -v apt-get >/dev/null; then
  echo "setup: apt-get is missing (Dojima sets itself up on Debian 12 and Ubuntu 24.04 only); install what these packages" >&2
  echo "stand for and set DOJIMA_SETUP=skip:" $(for section in "$@"; do packages_of "$section"; done | tr -d '?') >&2
  exit 1
fi

missing=()
for section in "$@"; do
  for package in $(packages_of "$section"); do
    if [[ $package == \?* ]]; then
      package=${package#\?}
      if [ "$ubuntu" ]; then
        command -v "$package" >/dev/null || echo "setup: $package is left out (a snap on Ubuntu); the tests that need it skip" >&2
        continue
      fi
    fi
    installed "$package" || missing+=("$package")
  done
done

if [ ${#missing[@]} -gt 0 ]; then
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo -n)
    if ! sudo -n true 2>/dev/null; then
      echo "setup: packages are missing (and sudo without a password is not available); run" >&2
      echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
      echo "as root, then try again, or set DOJIMA_SETUP=skip" >&2
      exit 1
    fi
  fi
  echo "setup: installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
fi

version=$(cmake --version | awk 'NR == 1 { print $3 }')
if [ "$(printf '%s\n' 3.25 "$version" | sort -V | head -n 1)" != 3.25 ]; then
  echo "setup: CMake is $version (3.25 or later is needed); use Debian 12, Ubuntu 24.04 or a newer CMake on PATH" >&2
  exit 1
fi
