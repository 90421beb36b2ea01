#!/usr/bin/env bash
# 从离线安装盘安装或更新 GLMV 图像编目，全程不用网络。
#
#   bash install.sh                    装到 /opt/glmv；那里已有旧版本就更新
#   bash install.sh --to /数据/glmv    装到别的文件夹
#   bash install.sh --with nginx,exiftool   另装安装盘里带着的这些软件包
#   bash install.sh --check            只核对安装盘和这台机器，什么也不动
#
# 更新时设置（.env）和数据（data）都不动，旧版本留着；中途断了，再运行一次即可。
set -euo pipefail

MEDIUM=$(cd "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# What it makes is for whoever runs the site to read.
umask 022
# Settings of pip and Python that are this terminal's, an index of its own for one.
unset "${!PIP_@}" PYTHONPATH PYTHONHOME
LC_ALL=$(locale -a 2>/dev/null | awk 'tolower($0) ~ /^(c|zh_cn|en_us)\.utf-?8$/ && !found { print; found = 1 }') || true
export LC_ALL=${LC_ALL:-C.UTF-8}

for part in words medium machine packages program model switching; do
  if [ ! -r "$MEDIUM/install/$part.sh" ]; then
    printf '错误：安装盘不完整，缺少 install/%s.sh。请重新拷贝整个文件夹。\n' "$part" >&2
    exit 1
  fi
  # shellcheck source=/dev/null
  . "$MEDIUM/install/$part.sh"
done

usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p;}' "$MEDIUM/install.sh"; }

take_arguments() {
  BASE=/opt/glmv WITH='' CHECK_ONLY=''
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help)
        usage
        exit
        ;;
      --check) CHECK_ONLY=1 ;;
      --to | --with)
        [ $# -ge 2 ] || die "$1 后面缺少值。"
        # shellcheck disable=SC2034 # read by the parts
        case $1 in --to) BASE=$2 ;; --with) WITH=$2 ;; esac
        shift
        ;;
      *) die "看不懂：$1" "运行 bash install.sh --help 可以看到用法。" ;;
    esac
    shift
  done
  case $BASE in /*) ;; *) BASE=$PWD/$BASE ;; esac
  BASE=${BASE%/}
}

main() {
  take_arguments "$@"
  read_facts
  say "GLMV 图像编目 ${VERSION}（${COMMIT:0:12}），装到 $BASE"
  require_machine
  require_place
  check_medium
  compare_models
  require_exchangeable_models
  require_room
  if [ -n "$CHECK_ONLY" ]; then
    say "安装盘和这台机器都没有问题。安装：bash install.sh"
    return
  fi
  make_place
  take_turn_to_install
  require_stoppable
  install_packages
  install_program
  install_model
  load_image
  switch_to "$ID"
  announce
}

announce() {
  local where=$BASE/start.sh
  say ''
  say "装好了：${BASE}（版本 ${ID}）"
  [ -n "${STARTED:-}" ] || say "  启动：bash \"$where\""
  say "  设置：$BASE/.env    数据：$BASE/data    命令与手册：$BASE/current"
  [ -z "${INSTALLED_MODEL:-}" ] || say "  模型：$INSTALLED_MODEL（启动时没有自动选用的话，在 .env 里写 GLMV_MODEL=$INSTALLED_MODEL）"
  [ "$(readlink "$BASE/previous" 2>/dev/null)" = "" ] || say "  退回旧版本：bash \"$BASE/switch.sh\" --back"
}

main "$@"
