#!/usr/bin/env bash
# Makes sure that the tests find a Chromium on PATH, and a font with Japanese; installs Debian's where that is allowed.
set -euo pipefail

packages=()
found=""
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then
    found=$name
    break
  fi
done
[[ -n $found ]] || packages+=(chromium)
if command -v fc-list >/dev/null; then
  fonts=$(fc-list :lang=ja)
else
  fonts=""
fi
[[ -n $fonts ]] || packages+=(fonts-noto-cjk fontconfig)
((${#packages[@]})) || exit 0

by_hand="Install it by hand: ${packages[*]}"
if ! command -v apt-get >/dev/null; then
  if [[ -n $found ]]; then
    echo "chromium: no Japanese font is installed, so screenshots show boxes. $by_hand" >&2
    exit 0
  fi
  echo "chromium: the browser tests need chromium, chromium-browser or google-chrome on PATH. $by_hand" >&2
  exit 1
fi

as_root=()
if [[ $(id -u) -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "chromium: ${packages[*]} must be installed, by root. $by_hand" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "chromium: installing ${packages[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
