#!/usr/bin/env bash
# 检验离线安装盘：制作一张，在只有回环地址的网络里从只读、不可执行的盘装到空文件夹，运行 make demo，启动网站，再用更新的一张
# 更新，退回。全程若有程序试图连到别的机器，也算失败。需要 root（建立没有网络的环境）。
#
#   bash bundle/test.sh            KEEP=1 留下工作文件夹
set -euo pipefail

ROOT=$(cd "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
. "$ROOT/docker/start/words.sh"

step() { printf '\n== %s（%s 秒）\n' "$*" "$SECONDS"; }

# A later version of the program, as a commit of its own in a clone that is thrown away.
make_later_commit() {
  git clone --quiet "$ROOT" "$WORK/later"
  sed -i 's/^__version__ = ".*"/__version__ = "99.0.0"/' "$WORK/later/glmv_site/__init__.py"
  git -C "$WORK/later" -c user.name=test -c user.email=test@localhost commit --quiet --all --message "A later version"
}

outside() {
  [ "$(id -u)" = 0 ] || die "需要 root。" "sudo make test-bundle"
  WORK=$(mktemp -d /var/tmp/glmv-bundle.XXXXXX)
  [ -n "${KEEP:-}" ] || trap 'rm -rf "$WORK"' EXIT
  say "工作文件夹：$WORK"
  step "制作安装盘"
  bash "$ROOT/bundle/make.sh" "$WORK/安装盘 一" --without image
  make_later_commit
  step "制作更新的安装盘"
  bash "$WORK/later/bundle/make.sh" "$WORK/安装盘 二" --without debs,image
  mkdir "$WORK/home"
  # Nothing of this terminal's settings, no pip cache, no way out.
  env -i HOME="$WORK/home" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb \
    unshare --net --mount bash "$ROOT/bundle/test.sh" inside "$WORK"
  step "都通过了"
}

# As a stick that the system mounts for a user: nothing on it can be written or run.
mount_medium() { mount --bind "$1" "$1" && mount -o remount,bind,ro,noexec "$1"; }

# What reaches for another machine would wait for minutes behind a firewall; here it is only seen by its system calls.
watched() {
  if command -v strace >/dev/null; then
    strace --follow-forks --seccomp-bpf --quiet=all --trace=connect --output "$WORK/connects" --output-append-mode "$@"
  else
    "$@"
  fi
}

require_no_attempts() {
  local attempts
  command -v strace >/dev/null || { warn "没有 strace，看不到有没有程序试图联网。"; return 0; }
  attempts=$(grep -E 'AF_INET6?,' "$WORK/connects" | grep -vE 'inet_addr\("127\.|inet_pton\(AF_INET6, "(::1|::ffff:127\.)' || true)
  [ -z "$attempts" ] || die "有程序试图联网：" "$(printf '%s\n' "$attempts" | head -n 10)"
  say "没有程序试图联网（记下 $(wc -l <"$WORK/connects") 次本机连接）。"
}

running_version() { "$BASE/current/.venv/bin/python" -c 'import json, sys, urllib.request
print(json.load(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/health"))["version"])' 18080; }

require() {
  local said=$1
  shift
  if "$@"; then say "  对：$said"; else die "不对：$said"; fi
}

inside() {
  local before
  WORK=$1
  BASE="$WORK/某 档案馆/编目"
  ip link set lo up
  mount_medium "$WORK/安装盘 一"
  mount_medium "$WORK/安装盘 二"
  step "断网安装"
  watched bash "$WORK/安装盘 一/install.sh" --to "$BASE"
  step "make demo"
  (cd "$BASE/current" && watched make demo)
  require "导出了目录表" test -s "$BASE/data/demo.csv"
  printf 'PORT=18080\nHOST=127.0.0.1\nGLMV_MODEL=demo\nUSE_DOCKER=0\n' >"$BASE/.env"
  before=$(sha256sum "$BASE/.env" "$BASE/data/demo.csv")
  step "bash start.sh"
  watched_start
  require "运行的是第一张盘的版本" test "$(running_version)" != 99.0.0
  step "网站运行时更新"
  bash "$WORK/安装盘 二/install.sh" --to "$BASE"
  require "运行的是新版本" test "$(running_version)" = 99.0.0
  require "设置和数据没有动" test "$(sha256sum "$BASE/.env" "$BASE/data/demo.csv")" = "$before"
  step "退回"
  bash "$BASE/switch.sh" --back
  require "运行的是旧版本" test "$(running_version)" != 99.0.0
  bash "$BASE/start.sh" stop
  require_no_attempts
}

# The site is watched as long as it runs, the terminal is not kept.
watched_start() {
  watched bash "$BASE/start.sh" >"$WORK/start.log" 2>&1 &
  for _ in $(seq 600); do
    grep -q 服务已就绪 "$WORK/start.log" && break
    kill -0 $! 2>/dev/null || break
    sleep 1
  done
  cat "$WORK/start.log"
  grep -q 服务已就绪 "$WORK/start.log" || die "网站没有启动。"
}

case ${1:-} in inside) inside "$2" ;; *) outside ;; esac
