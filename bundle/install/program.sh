# shellcheck shell=bash
# A version of the program with its environment in a folder of its own, and the image. Nothing here touches the version
# in use. Sourced by install.sh.

make_place() {
  mkdir -p "$BASE/versions" || die "建不了文件夹 $BASE/versions。" "请检查权限：ls -ld \"$BASE\""
  ln -sfn . "$BASE/.link-test" 2>/dev/null || die "$BASE 所在的磁盘不支持符号链接（多半是 FAT32、exFAT 或 NTFS）。" \
    "请装到 ext4、xfs 等 Linux 的磁盘上：bash install.sh --to /别的/文件夹"
  rm -f "$BASE/.link-test"
  if [ ! -d "$BASE/data" ]; then
    mkdir "$BASE/data" || die "建不了文件夹 $BASE/data。"
    # With sudo the one who typed it is to run the site, not root.
    [ -z "${SUDO_UID:-}" ] || ! is_root || chown "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$BASE/data"
  fi
}

# One installer at a time; the system takes the lock away however it ends.
take_turn_to_install() {
  exec {INSTALL_LOCK}>"$BASE/.install.lock"
  flock -n "$INSTALL_LOCK" || die "另一个 install.sh 正在往 $BASE 安装。" "等它做完，再运行一次。"
}

# The mark is written last: a version without it was interrupted.
is_installed() { [ -e "$BASE/versions/$1/.complete" ]; }

install_program() {
  local folder=$BASE/versions/$ID
  if is_installed "$ID"; then
    say "程序：版本 $ID 已经装好。"
    return
  fi
  if [ -e "$folder" ]; then
    say "程序：上次没有装完，重新装。"
    rm -rf "$folder"
  fi
  say "程序：解开……"
  mkdir "$folder" || die "建不了文件夹 ${folder}。"
  UNFINISHED=$folder
  trap remove_unfinished EXIT
  # Times of now: the stamps of the environment have to be later, whatever the clock of this machine says.
  tar -xmzf "$MEDIUM/program.tar.gz" --no-same-owner -C "$folder" || stop_here "程序没有解开"
  cp "$MEDIUM/bundle.txt" "$folder/bundle.txt" || stop_here "程序没有写完"
  ln -s ../../data "$folder/data"
  ln -s ../../.env "$folder/.env"
  make_environment "$folder"
  # Everything has to be on the disk before the mark is: a power cut may keep either without the other.
  flush "$folder"
  touch "$folder/.complete" || stop_here "程序没有写完"
  flush "$folder"
  UNFINISHED=''
}

# Waits until the disk that holds a folder has all that was written to it.
flush() { sync -f "$1" 2>/dev/null || sync; }

# Half a version is of no use, and takes the space that the next attempt needs.
remove_unfinished() { [ -z "$UNFINISHED" ] || rm -rf "$UNFINISHED"; }

# Where the disk is full, that is the reason, whatever the program that met it says. It is the one of a second argument,
# if there is one.
stop_here() {
  local free
  free=$(df -Pk "${2:-$BASE}" | awk 'NR == 2 { print $4 }')
  if [ "$free" -lt 16000 ]; then
    die "$1：磁盘满了。原来的版本没有动。" "腾出空间，再运行一次 bash install.sh。"
  fi
  die "$1，原因见上。原来的版本没有动。" "处理好以后，再运行一次 bash install.sh。"
}

# From the wheels of the bundle only, each with the digest that its list names; neither pip's settings nor an index is
# asked. The stamps are those of the Makefile and of start.sh, which then have nothing to install.
make_environment() {
  local folder=$1 pip
  find_python || die "没有 Python $(fact python)。"
  say "Python 软件包：从安装盘安装（一两分钟）……"
  pip=$(find "$MEDIUM/wheels" -name 'pip-*.whl' | head -n 1)
  "$PYTHON" -m venv --without-pip "$folder/.venv" || stop_here "Python 环境没有建成"
  PIP_CONFIG_FILE=/dev/null "$folder/.venv/bin/python" "$pip/pip" install --isolated --quiet --no-index --no-cache-dir --no-deps \
    --disable-pip-version-check --root-user-action ignore --require-hashes --find-links "$MEDIUM/wheels" \
    -r "$MEDIUM/wheels/requirements.lock" || stop_here "Python 软件包没有装完"
  # Whoever runs the site later may not be able to write here.
  (cd "$folder" && .venv/bin/python -m compileall -q manage.py docker inference catalog glmv_site demo) >/dev/null 2>&1 || true
  touch "$folder/.venv/.made" "$folder/.venv/.runtime" || stop_here "Python 软件包没有装完"
  [ "$VARIANT" = cpu ] || touch "$folder/.venv/.gpu"
}

load_image() {
  local image
  image=$(fact image)
  [ -n "$image" ] || return 0
  if ! docker version --format '{{.Server.Version}}' >/dev/null 2>&1; then
    say "Docker 映像：这台机器上没有 Docker 在运行，不装；用 Python 虚拟环境运行。"
    return
  fi
  say "Docker 映像：装入 ${image}……"
  read_file "$MEDIUM/image/image.tar" | docker load >/dev/null ||
    warn "映像没有装入，多半是 Docker 的磁盘满了。网站可以用 Python 虚拟环境运行：USE_DOCKER=0 bash start.sh"
}
