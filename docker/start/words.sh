# shellcheck shell=bash
# How scripts speak to the person at the terminal. Sourced by start.sh, and by the scripts of bundle/.

say() { printf '%s\n' "$*"; }
warn() { printf '注意：%s\n' "$*" >&2; }

# The first line says what is wrong, the others what to do.
die() {
  printf '\n错误：%s\n' "$1" >&2
  shift
  local line
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit 1
}
