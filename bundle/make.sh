#!/usr/bin/env bash
# 制作离线安装盘：在能上网的机器上运行一次，得到一个文件夹，拷到 U 盘或移动硬盘，拿到不能上网的机器上安装或更新。
#
#   bash bundle/make.sh 文件夹 [选项]      文件夹不存在或为空
#
#   --commit 版本        装哪个版本，默认是当前的提交（HEAD）
#   --gpu                给有 NVIDIA 显卡的机器：带 CUDA 的 PyTorch 与量化用的软件包（大几个 GB）
#   --model 文件夹       把模型文件夹一并带上；GLMV_MODEL 是本机文件夹时默认带上它
#   --with nginx,exiftool   另带这些 Debian 软件包
#   --without debs,image    不带 Debian 软件包、不带 Docker 映像
#
# 需要 Linux x86_64、Python 3.11、git；带 Debian 软件包时需要 apt（Debian、Ubuntu）。
# 来源可以换：PIP_INDEX_URL、TORCH_CPU_INDEX、DEBIAN_MIRROR、DEBIAN_SECURITY_MIRROR。
# 映像另有 BASE_IMAGE、PG_APT（PostgreSQL 软件包的来源）、PG_CLIENT（它的版本，0 不装）。
set -euo pipefail

ROOT=$(cd "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
export PYTHONUTF8=1

. "$ROOT/docker/start/words.sh"
. "$ROOT/bundle/make/contents.sh"
. "$ROOT/bundle/make/debs.sh"
. "$ROOT/bundle/make/seal.sh"

usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p;}' "$ROOT/bundle/make.sh"; }

take_arguments() {
  OUT='' COMMIT=HEAD VARIANT=cpu MODEL='' WITH='' WITHOUT=''
  case ${GLMV_MODEL:-} in /* | ./* | ../*) MODEL=$GLMV_MODEL ;; esac
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help)
        usage
        exit
        ;;
      --gpu) VARIANT=gpu ;;
      --commit | --model | --with | --without)
        [ $# -ge 2 ] || die "$1 后面缺少值。"
        case $1 in --commit) COMMIT=$2 ;; --model) MODEL=$2 ;; --with) WITH=$2 ;; --without) WITHOUT=$2 ;; esac
        shift
        ;;
      -*) die "没有这个选项：$1" "运行 bash bundle/make.sh --help 可以看到用法。" ;;
      *)
        [ -z "$OUT" ] || die "只能写一个文件夹：$OUT、$1"
        OUT=$1
        ;;
    esac
    shift
  done
  [ -n "$OUT" ] || die "没有写把安装盘放在哪个文件夹。" "例如：bash bundle/make.sh /mnt/usb/glmv-bundle"
}

require_machine() {
  local tool
  [ "$(uname -sm)" = "Linux x86_64" ] || die "安装盘要在 Linux x86_64 的机器上制作（这里是 $(uname -sm)）。"
  for tool in git tar gzip split sha256sum; do
    command -v "$tool" >/dev/null || die "缺少命令 ${tool}。" "Debian、Ubuntu：sudo apt-get install -y git tar gzip coreutils"
  done
  find_python
}

# The wheels are those of the Python that asks for them.
find_python() {
  for PYTHON in ${PYTHON:+"$PYTHON"} python3.11 python3; do
    if "$PYTHON" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1; then return; fi
  done
  die "没有找到 Python 3.11（含 venv）。" "Debian 12：sudo apt-get install -y python3.11 python3.11-venv" \
    "别的系统：PYTHON=/路径/python3.11 bash bundle/make.sh ……"
}

require_empty_folder() {
  mkdir -p "$OUT" || die "建不了文件夹 ${OUT}。"
  OUT=$(cd "$OUT" && pwd)
  [ -z "$(ls -A "$OUT")" ] || die "文件夹 $OUT 不是空的。" "换一个新的文件夹，或先清空它。"
}

main() {
  take_arguments "$@"
  require_machine
  require_empty_folder
  WORK=$(mktemp -d)
  trap 'rm -rf "$WORK"' EXIT
  put_program
  put_wheels
  case ,$WITHOUT, in *,debs,*) say "Debian 软件包：按要求不带。" ;; *) put_debs ;; esac
  case ,$WITHOUT, in *,image,*) say "Docker 映像：按要求不带。" ;; *) put_image ;; esac
  put_model
  put_readme
  write_facts
  seal_bundle "$OUT"
  say ''
  say "安装盘已做好：${OUT}（$(du -sh "$OUT" | cut -f1)）"
  say "  清单的摘要（可在电话里核对）：$(sha256sum <"$OUT/manifest.sha256" | cut -c1-64)"
  say "  整个文件夹拷到 U 盘或移动硬盘，在不能上网的机器上运行：bash install.sh"
}

main "$@"
