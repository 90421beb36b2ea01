# shellcheck shell=bash
# Which of the installed versions is in use: `current` is a link to it, `previous` to the one before. Sourced by
# install.sh and switch.sh, which have set BASE.

# The version in use knows how the site was started.
site() { start_script current "$@"; }

# The lock is not for what goes on running.
start_script() (
  [ -z "${INSTALL_LOCK:-}" ] || exec {INSTALL_LOCK}>&-
  as_owner bash "$BASE/$1/start.sh" "${@:2}"
)

# Whoever owns the data runs the site: root would leave files there that nobody else can write.
as_owner() {
  local owner
  owner=$(stat -c %U "$BASE/data")
  if is_root && [ "$owner" != root ] && [ "$owner" != UNKNOWN ]; then
    runuser -u "$owner" -- "$@"
  else
    "$@"
  fi
}

# As the version in use says it. Where a setting that it refuses ends it, another version is the way out: that one is
# asked (OTHER, where somebody switches to it), and if it refuses too, the machine is looked at. Sets ASKED to who said it.
is_running() {
  local said
  ASKED=current
  [ -e "$BASE/current/start.sh" ] || return 1
  said=$(site status 2>&1) && return
  case $? in
    3) return 1 ;;
    4) return ;;
  esac
  if [ -n "${OTHER:-}" ]; then
    ASKED=versions/$OTHER
    start_script "$ASKED" status >/dev/null 2>&1 && return
    case $? in
      3) return 1 ;;
      4) return ;;
    esac
    [ -n "$(other_processes)" ] || has_container || return 1
  fi
  printf '%s\n' "$said" >&2
  [ -n "${OTHER:-}" ] || die "看不出网站是否在运行，原因见上。" "多半是设置写错了：改好 $BASE/.env，再运行一次。"
  die "网站正在运行，但设置写错了，停不下来，原因见上。" "改好 $BASE/.env，再运行一次。"
}

# Whether a container of start.sh's runs; its name is there.
has_container() {
  local said
  said=$(docker container inspect --format '{{.State.Status}} {{index .Config.Labels "glmv.start"}}' glm-vision-web \
    2>/dev/null) && [ "$said" = "running 1" ]
}

# Numbers of processes of this installation that start.sh does not know: systemd's, or those of another terminal.
other_processes() {
  local folder pid
  folder=$(readlink -f "$BASE/versions")
  for pid in /proc/[0-9]*; do
    case $(readlink "$pid/cwd" 2>/dev/null) in "$folder"/*) ;; *) continue ;; esac
    case $(tr '\0' ' ' <"$pid/cmdline" 2>/dev/null) in *manage.py*) say "${pid#/proc/}" ;; esac
  done
}

# Asked before the work begins, not when it is done.
require_stoppable() {
  local found
  is_running && return
  found=$(other_processes | tr '\n' ' ')
  [ -z "$found" ] || die "这里的程序正在运行（进程 $found），但不是用 start.sh 启动的，不能替您停下。" \
    "请先停下：用 systemd 的运行 sudo systemctl stop glmv；在终端里的按 Ctrl-C。然后再运行一次。"
}

# Stops what runs, changes the link in one step, starts again what ran. A mark remembers over an interruption that it
# ran.
switch_to() {
  local id=$1 before stopped=''
  before=$(readlink "$BASE/current" 2>/dev/null || true)
  STARTED=''
  if is_running; then
    : >"$BASE/.start-again"
    if [ "$before" != "versions/$id" ]; then
      say "网站：停下，换上新版本……"
      if ! start_script "$ASKED" stop; then
        rm -f "$BASE/.start-again"
        die "网站停不下来，没有换版本。" "处理好以后，再运行一次。"
      fi
      stopped=1
    fi
  fi
  # In a shell of its own, which ends where it cannot be done.
  if ! (change_links "$before" "versions/$id"); then
    [ -z "$stopped" ] || start_unchanged
    exit 1
  fi
  write_entrances
  remove_old_versions
  [ -e "$BASE/.start-again" ] || return 0
  STARTED=1
  # What a new version says against the settings is said where it is started, with the way back.
  if [ -z "$stopped" ] && is_running; then
    rm -f "$BASE/.start-again"
    return 0
  fi
  say "网站：启动版本 ${id}……"
  site start || refuse_to_leave_stopped "$before"
  rm -f "$BASE/.start-again"
}

change_links() {
  local before=$1 after=$2
  require_stoppable
  if [ -n "$before" ] && [ "$before" != "$after" ]; then point "$before" previous; fi
  point "$after" current
}

# The site was stopped for a change that could not be made.
start_unchanged() {
  say "网站：没有换版本，启动原来的……"
  site start || warn "原来的版本没有启动，原因见上。处理好以后：bash \"$BASE/start.sh\""
  rm -f "$BASE/.start-again"
}

# A new link under another name, then renamed: at no time is there none.
point() {
  ln -sfn "$1" "$BASE/.$2.new"
  mv -T "$BASE/.$2.new" "$BASE/$2" || die "没有换成新版本：写不进 ${BASE}。" "请检查磁盘和权限，再运行一次。"
}

refuse_to_leave_stopped() {
  rm -f "$BASE/.start-again"
  [ -n "$1" ] || die "装好了，但网站没有启动，原因见上。" "处理好以后：bash \"$BASE/start.sh\""
  die "新版本装好了，但没有启动，原因见上。" "处理好以后：bash \"$BASE/start.sh\"" \
    "或者退回旧版本：bash \"$BASE/switch.sh\" --back" \
    "（数据库若已由新版本更新，退回之前要恢复那时的备份，见 $BASE/current/docs/zh/administrator.md 的“恢复”）"
}

# What people type, above the versions.
write_entrances() {
  local name
  for name in start.sh:start.sh switch.sh:bundle/switch.sh; do
    cat >"$BASE/.entrance.new" <<END
#!/usr/bin/env bash
# 由 install.sh 生成：运行正在使用的版本里的同名程序。
exec bash "\$(dirname -- "\$(readlink -f -- "\${BASH_SOURCE[0]}")")/current/${name#*:}" "\$@"
END
    chmod 755 "$BASE/.entrance.new"
    mv -f "$BASE/.entrance.new" "$BASE/${name%%:*}"
  done
}

# What `current` or `previous` leads to; nothing where there is no such link.
linked_version() {
  local place
  place=$(readlink "$BASE/$1" 2>/dev/null) || return 0
  say "${place#versions/}"
}

# The version to go back to. An interruption between the two links leaves both at the version in use: then it is the
# one installed before that, or, as after going back and forth, the other one.
version_before() {
  local folder id current previous before='' other=''
  current=$(linked_version current) previous=$(linked_version previous)
  if [ "$previous" != "$current" ]; then
    say "$previous"
    return
  fi
  for folder in "$BASE/versions"/*/; do
    id=$(basename "$folder")
    if [ "$id" = "$current" ] || ! is_installed "$id"; then continue; fi
    if [ "$BASE/versions/$current/.complete" -nt "$folder/.complete" ]; then
      [ -n "$before" ] && [ "$BASE/versions/$before/.complete" -nt "$folder/.complete" ] || before=$id
    else
      other=$id
    fi
  done
  say "${before:-$other}"
}

# Two are kept: each takes a gigabyte or several. Unless it is certain which two, none is removed that can still be used.
remove_old_versions() {
  local folder id current previous certain=''
  current=$(linked_version current) previous=$(linked_version previous)
  if [ "$current" != "$previous" ] && is_installed "$current" && is_installed "$previous"; then certain=1; fi
  for folder in "$BASE/versions"/*/; do
    id=$(basename "$folder")
    if [ "$id" = "$current" ] || [ "$id" = "$previous" ]; then continue; fi
    if [ -z "$certain" ] && is_installed "$id"; then continue; fi
    say "旧版本：删去 $(basename "$folder")。"
    rm -rf "$folder"
  done
}
