# shellcheck shell=bash
# Whether this machine can take the bundle: processor, system, Python, and the place that it is to be installed to.
# Sourced by install.sh.

# What is written beside the program and its environment: logs, the database, the pages of the installer itself.
AIR_KIB=${AIR_KIB:-500000}
OS_RELEASE=${OS_RELEASE:-/etc/os-release}

is_root() { [ "$(id -u)" = 0 ]; }

os_value() { sed -n "s/^$1=//p" "$OS_RELEASE" 2>/dev/null | tr -d '"' | head -n 1; }

# The one release that the packages of the bundle are for.
is_debian_of_bundle() { [ "$(os_value ID)" = debian ] && [ "$(os_value VERSION_ID)" = "$(fact debian)" ]; }

require_machine() {
  local system
  system=$(os_value PRETTY_NAME)
  [ "$(uname -s)" = Linux ] || die "这里不是 Linux（$(uname -s)），装不了。" "请在 Linux 机器上运行。"
  [ "$(uname -m)" = "$(fact architecture)" ] ||
    die "处理器是 $(uname -m)，安装盘是给 $(fact architecture) 的。" "请换一台 x86_64（Intel、AMD）的机器。"
  require_glibc
  is_debian_of_bundle || warn "这台机器是 ${system:-未知的系统}，不是 Debian $(fact debian)：缺少的系统软件不能从安装盘安装。"
  if ! find_python && ! { is_debian_of_bundle && is_root && has_packages; }; then refuse_without_python; fi
}

require_glibc() {
  local have need
  have=$(getconf GNU_LIBC_VERSION 2>/dev/null | awk '{ print $2 }') || true
  need=$(fact glibc)
  [ -n "$have" ] || die "这个系统没有 glibc，装不了。" "请用 Debian 12 或同样新的 Linux（Alpine 等不行）。"
  [ "$(printf '%s\n' "$need" "$have" | sort -V | head -n 1)" = "$need" ] ||
    die "系统太旧：glibc 是 ${have}，需要 $need 或更新的。" "请升级到 Debian 12 或同样新的系统。"
}

# Sets PYTHON: the wheels are for one release of it.
find_python() {
  local candidate
  for candidate in ${PYTHON:+"$PYTHON"} python3.11 python3; do
    if "$candidate" -I -c 'import sys, venv; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1; then
      PYTHON=$(command -v "$candidate")
      return
    fi
  done
  return 1
}

refuse_without_python() {
  local have
  have=$(python3 --version 2>/dev/null || true)
  if ! is_debian_of_bundle; then
    die "没有 Python $(fact python)（${have:-没有装 Python}）。" "请先装好 Python $(fact python)，再运行；或者换一台 Debian $(fact debian) 的机器。" \
      "装在别处的话：PYTHON=/路径/python3.11 bash install.sh"
  fi
  has_packages || die "没有 Python $(fact python)（${have:-没有装 Python}），这张安装盘里也没有带 Debian 软件包。" \
    "请从 Debian $(fact debian) 的安装光盘装：apt-get install python3；或在能上网的机器上重新制作安装盘。"
  die "没有 Python $(fact python)（${have:-没有装 Python}）。安装盘里有，但要有 root 权限才能装。" "请运行：sudo bash install.sh"
}

# The nearest folder above that exists.
existing_folder() {
  local folder=$1
  while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
  say "$folder"
}

require_place() {
  local folder
  [ ! -e "$BASE" ] || [ -d "$BASE" ] || die "$BASE 是一个文件，不是文件夹。" "换一个地方：bash install.sh --to /别的/文件夹"
  [ ! -e "$BASE/manage.py" ] || refuse_plain_checkout
  case $BASE/ in "$MEDIUM"/*) die "不能装到安装盘里面（$BASE）。" "换一个地方：bash install.sh --to /别的/文件夹" ;; esac
  folder=$(existing_folder "$BASE")
  [ -w "$folder" ] || die "没有权限写 ${folder}。" "请运行 sudo bash install.sh，或装到自己的文件夹：bash install.sh --to ~/glmv"
  require_linked_models
  require_room
}

# Asked twice: at once, and again when it is known what has to be copied of a model.
require_room() {
  local need name
  declare -A NEEDED=() FOLDER_ON=()
  need=$AIR_KIB
  is_installed "$ID" || need=$((need + $(fact environment_kib) + $(fact program_kib)))
  need_on "$BASE" "$need"
  while IFS= read -r name; do need_on "$(dirname "$(place_of_model "$name")")" "$(missing_model_kib "$name")"; done < <(models)
  require_free
}

# Adds to NEEDED, KiB by the number of the disk; FOLDER_ON is a folder on it.
need_on() {
  local folder disk
  folder=$(existing_folder "$1")
  disk=$(stat -c %d "$folder")
  NEEDED[$disk]=$((${NEEDED[$disk]:-0} + $2))
  FOLDER_ON[$disk]=${FOLDER_ON[$disk]:-$folder}
}

require_free() {
  local disk folder free need
  for disk in "${!NEEDED[@]}"; do
    folder=${FOLDER_ON[$disk]} need=${NEEDED[$disk]}
    free=$(df -Pk "$folder" | awk 'NR == 2 { print $4 }')
    [ "$free" -ge "$need" ] || die "磁盘空间不够：$folder 所在的磁盘剩 $((free / 1000)) MB，需要 $((need / 1000)) MB。" \
      "清理磁盘；程序也可以装到大的磁盘上：bash install.sh --to /大磁盘/glmv" \
      "更新模型时，新的放在旧的旁边，复制完才换掉旧的，两份都要放得下。"
  done
}

refuse_plain_checkout() {
  die "$BASE 里的程序不是用安装盘装的（有 manage.py），不能直接在上面更新。" \
    "装到新的文件夹，再把设置和数据移过去：" \
    "  1. 停止旧的：bash \"$BASE/start.sh\" stop" \
    "  2. 安装：bash install.sh --to \"$BASE-new\"" \
    "  3. 移过去：mv \"$BASE/.env\" \"$BASE-new/\"; rmdir \"$BASE-new/data\"; mv \"$BASE/data\" \"$BASE-new/\"" \
    "  4. 启动：bash \"$BASE-new/start.sh\""
}
