#!/usr/bin/env bash
# 换用另一个已经装好的版本，例如更新以后退回去。
#
#   bash switch.sh           列出装好的版本
#   bash switch.sh --back    退回上一个版本
#   bash switch.sh 版本      换成这个版本
#
# 只换程序，不动数据。数据库已由新版本更新过的，先恢复更新前的备份，再退回。
set -euo pipefail

ROOT=$(cd -P "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
BASE=$(cd -P "$ROOT/../.." && pwd)
LC_ALL=$(locale -a 2>/dev/null | awk 'tolower($0) ~ /^(c|zh_cn|en_us)\.utf-?8$/ && !found { print; found = 1 }') || true
export LC_ALL=${LC_ALL:-C.UTF-8}

. "$ROOT/docker/start/words.sh"
. "$ROOT/bundle/install/machine.sh"
. "$ROOT/bundle/install/program.sh"
. "$ROOT/bundle/install/switching.sh"

usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p;}' "$ROOT/bundle/switch.sh"; }

list_versions() {
  local folder mark
  for folder in "$BASE/versions"/*/; do
    mark=''
    [ "versions/$(basename "$folder")" != "$(readlink "$BASE/current")" ] || mark='  正在使用'
    [ "versions/$(basename "$folder")" != "$(readlink "$BASE/previous" || true)" ] || mark='  上一个'
    [ -e "$folder/.complete" ] || mark='  没有装完'
    say "$(basename "$folder")$mark"
  done
}

main() {
  local id
  [ -L "$BASE/current" ] || die "这里不是用安装盘装的，没有别的版本可换。"
  case ${1:-} in
    '')
      list_versions
      return
      ;;
    -h | --help)
      usage
      return
      ;;
    --back)
      id=$(version_before)
      [ -n "$id" ] || die "没有更早的版本可退。"
      ;;
    *) id=$1 ;;
  esac
  is_installed "$id" || die "没有装好的版本 ${id}。" "装好的有：$(list_versions | tr '\n' ' ')"
  # shellcheck disable=SC2034 # read by the parts
  OTHER=$id
  take_turn_to_install
  require_stoppable
  switch_to "$id"
  say "正在使用的版本：${id}。数据没有动。"
  [ -n "$STARTED" ] || say "  启动：bash \"$BASE/start.sh\""
}

main "$@"
