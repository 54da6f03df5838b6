#!/usr/bin/env bash
# Makes sure that the tests find a Chromium on PATH, and a font with Japanese; installs Debian's where that is allowed.
# Chromium's headless shell opens pages in a third of the time: installed where nobody must be asked for a password.
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

install() {
  command -v apt-get >/dev/null || return 1
  local as_root=()
  if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null || return 1
    as_root=(sudo)
  fi
  echo "chromium: installing $*"
  "${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

if ((${#packages[@]})) && ! install "${packages[@]}"; then
  echo "chromium: ${packages[*]} could not be installed; do it by hand." >&2
  if [[ -z $found ]]; then
    echo "chromium: the browser tests need chromium, chromium-browser or google-chrome on PATH." >&2
    exit 1
  fi
  echo "chromium: without a Japanese font, screenshots show boxes." >&2
fi
unasked() { [[ $(id -u) -eq 0 ]] || sudo -n true 2>/dev/null; }

if ! command -v chromium-headless-shell >/dev/null && ! { unasked && install chromium-headless-shell; }; then
  echo "chromium: no chromium-headless-shell; the browser tests run with ${found:-chromium} and take longer." >&2
fi
