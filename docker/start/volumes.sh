# shellcheck shell=bash
# Folders of this machine that the container sees at the same paths: scans on a NAS, backups. Sourced by start.sh.

# Once: what is said of them is said before a running site is stopped, and not again.
settle_volumes() {
  local user
  [ -z "${VOLUMES_SETTLED:-}" ] || return 0
  user=$(container_user)
  settle_scans "$user"
  settle_backups "$user"
  VOLUMES_SETTLED=1
}

# Sets SCAN_VOLUMES: the folders of GLMV_SCANS, read-only and at the same paths, for scans are recorded by their paths.
settle_scans() {
  local folder user=$1 named=() seen=: later status
  SCAN_VOLUMES=()
  IFS=: read -r -a named <<<"${GLMV_SCANS:-}"
  for folder in ${named[@]+"${named[@]}"}; do
    folder=$(plain_path "$folder")
    # Docker refuses a place that is named twice.
    case $folder:$seen in :* | *":$folder:"*) continue ;; esac
    seen+=$folder:
    status=0
    scan_folder_answers "$folder" || status=$?
    case $status in
      0) ;;
      2)
        warn "没有扫描原图的文件夹 $folder，它上面的 $(folder_above "$folder") 是空的：共享没有挂载，或者还没有挂载点。网站照常启动，但看不到它。"
        warn "  还没有的话：sudo mkdir -p \"$folder\"，再照 docs/zh/administrator.md 写 /etc/fstab。挂载好以后运行 bash start.sh restart。"
        continue
        ;;
      *)
        warn "扫描原图的文件夹 $folder 没有应答，NAS 多半不在线或没有挂载。网站照常启动，但看不到它；接通之后运行 bash start.sh restart。"
        continue
        ;;
    esac
    later=$(lets_later_mounts_in "$folder")
    if [ -z "$(timeout 20 ls -AU "$folder" 2>/dev/null | head -n 1)" ]; then
      warn "扫描原图的文件夹 $folder 是空的或读不了，多半没有挂载。网站照常启动；需要这些原图的批次会等它恢复。"
      [ -n "$later" ] || warn "这台机器上，挂载好以后要运行 bash start.sh restart，容器里才看得到。"
    elif ! readable_by "$user" "$folder"; then
      die "容器以用户 $user 的身份运行，它没有权限读扫描原图的文件夹 $folder。" \
        "SMB：挂载选项里写 uid=${user%%:*},gid=${user##*:}；NFS：在服务器上给这个用户读的权限。见 docs/zh/administrator.md。"
    fi
    SCAN_VOLUMES+=(--volume "$folder:$folder:ro$later")
  done
}

# As the site reads it (absolute_folders in glmv_site/parsing.py): without blanks around it, a slash at the end, and
# parts that are empty, `.` or `..`.
plain_path() {
  local path=$1 part parts=() kept=()
  path=${path#"${path%%[![:space:]]*}"} path=${path%"${path##*[![:space:]]}"}
  IFS=/ read -r -d '' -a parts < <(printf '%s/\0' "$path") || true
  for part in ${parts[@]+"${parts[@]}"}; do
    case $part in
      '' | .) ;;
      ..)
        if [ "${#kept[@]}" -gt 0 ] && [ "${kept[-1]}" != .. ]; then
          unset 'kept[-1]'
        elif [[ $path != /* ]]; then
          kept+=(..)
        fi
        ;;
      *) kept+=("$part") ;;
    esac
  done
  case $path in
    /*) printf '/' ;;
    '') return ;;
    *) [ "${#kept[@]}" -gt 0 ] || printf '.' ;;
  esac
  (IFS=/ && say "${kept[*]-}")
}

# Docker would make a folder that is not there, as root; and a dead server would keep it waiting for ever. Fails with 1
# where a share does not answer, with 2 where the folder is not there and would lie where a share is mounted.
scan_folder_answers() {
  local folder=$1 said status=0
  require_place_for_volume GLMV_SCANS "$folder" /mnt/nas/scans
  said=$(LC_ALL=C timeout 20 stat "$folder" 2>&1 >/dev/null) || status=$?
  [ "$status" != 0 ] || return 0
  case $said in
    *'No such file or directory'* | *'Not a directory'* | *'Permission denied'*) ;;
    *) return 1 ;; # it took too long, or the system tells of an error of the disk or the connection
  esac
  ! is_mounted "$folder" || return 1
  ! is_below_an_empty_folder "$folder" || return 2
  die "没有扫描原图的文件夹 ${folder}（或无权查看）。" \
    "先建立挂载点并挂载：sudo mkdir -p \"$folder\"，再照 docs/zh/administrator.md 写 /etc/fstab。"
}

# What is not there lies where a share would be mounted, if the nearest folder above it is empty.
is_below_an_empty_folder() {
  local above
  above=$(folder_above "$1")
  [ "$above" != / ] && [ -r "$above" ] && [ -z "$(timeout 20 ls -AU "$above" 2>/dev/null | head -n 1)" ]
}

# The nearest one that is there.
folder_above() {
  local above
  above=$(dirname "$1")
  while [ ! -d "$above" ]; do above=$(dirname "$above"); done
  say "$above"
}

# Ends the script where a folder cannot have the same path inside.
require_place_for_volume() {
  local setting=$1 folder=$2 example=$3
  case $folder in
    / | /tmp | /run | /var | /app | /app/* | /bin | /bin/* | /boot | /boot/* | /dev | /dev/* | /etc | /etc/* | /lib | /lib/* | \
      /lib32 | /lib32/* | /lib64 | /lib64/* | /libx32 | /libx32/* | /proc | /proc/* | /root | /sbin | /sbin/* | /sys | /sys/* | \
      /usr | /usr/*)
      die "$setting 不能是 ${folder}：容器里这个位置有别的用处。" "换一个位置，例如 ${example}（共享或硬盘挂载到那里），再写这个路径。"
      ;;
    /*) ;;
    *) die "$setting 要写文件夹的绝对路径，不能是 ${folder}。" "例如：$setting=$example bash start.sh" ;;
  esac
}

# Sets BACKUP_VOLUMES: the folder of GLMV_BACKUP_DIR, at the same path, where the container writes. It is made where the
# folder above it is there.
settle_backups() {
  local user=$1 folder above status=0
  case /${GLMV_BACKUP_DIR:-}/ in
    */../*) die "GLMV_BACKUP_DIR 的路径里不能有 ..：${GLMV_BACKUP_DIR}。" "请写完整的路径，例如 /mnt/backup/glmv。" ;;
  esac
  folder=$(plain_path "${GLMV_BACKUP_DIR:-}")
  BACKUP_VOLUMES=()
  # In the data folder by the container's own path: that is there already.
  case $folder in '' | /app/data | /app/data/*) return ;; esac
  require_place_for_volume GLMV_BACKUP_DIR "$folder" /mnt/backup/glmv
  above=$(dirname "$folder")
  timeout 20 stat "$folder" >/dev/null 2>&1 || status=$?
  if [ "$status" = 124 ] || { [ "$status" != 0 ] && { is_mounted "$folder" || is_mounted_and_dead "$above"; }; }; then
    # What root writes where nothing is mounted would be gone with the container.
    [ "$user" != 0:0 ] || die "备份文件夹 $folder 没有应答。" "接通存放它的硬盘或 NAS，再运行一次。"
    warn "备份文件夹 $folder 没有应答，硬盘或 NAS 多半不在线。网站照常启动，但不能备份；接通之后运行 bash start.sh restart。"
    return
  fi
  if [ "$status" != 0 ]; then
    mkdir -m 700 "$folder" 2>/dev/null || die "没有备份文件夹 ${folder}，也建不了。" \
      "接好存放它的硬盘或 NAS；然后 sudo mkdir -p \"$folder\" && sudo chown $user \"$folder\""
    [ "$(id -u)" != 0 ] || chown "$user" "$folder"
  fi
  writable_by "$user" "$folder" || die "容器以用户 $user 的身份运行，它没有权限写备份文件夹 $folder。" \
    "sudo chown $user \"$folder\"；exFAT、SMB：挂载选项里写 uid=${user%%:*},gid=${user##*:}。"
  BACKUP_VOLUMES=(--volume "$folder:$folder:rw$(lets_later_mounts_in "$folder")")
}

# As the kernel lists mounts, which asks no server; blanks are octal there.
is_mounted() {
  local point
  while read -r _ _ _ _ point _; do
    if [ "$(printf '%b' "${point//\\0/\\00}")" = "$1" ]; then return 0; fi
  done </proc/self/mountinfo
  return 1
}

is_mounted_and_dead() { is_mounted "$1" && ! timeout 20 ls "$1" >/dev/null 2>&1; }

# Says what a volume needs so that what is mounted there later, or again, is seen in the container; nothing where the
# machine does not tell other mount namespaces, and Docker would refuse.
lets_later_mounts_in() {
  case $(findmnt --noheadings --first-only --output PROPAGATION --target "$1" 2>/dev/null) in
    *shared* | *slave*) say ',rslave' ;;
  esac
}

readable_by() {
  local user=$1 folder=$2
  if [ "$(id -u)" = 0 ] && [ "$user" != 0:0 ] && command -v setpriv >/dev/null 2>&1; then
    setpriv --reuid="${user%%:*}" --regid="${user##*:}" --clear-groups ls "$folder" >/dev/null 2>&1
  else
    [ -r "$folder" ] && [ -x "$folder" ]
  fi
}

writable_by() {
  local user=$1 folder=$2
  if [ "$(id -u)" = 0 ] && [ "$user" != 0:0 ] && command -v setpriv >/dev/null 2>&1; then
    # shellcheck disable=SC2016 # the inner one's argument
    setpriv --reuid="${user%%:*}" --regid="${user##*:}" --clear-groups bash -c '[ -w "$1" ] && [ -x "$1" ]' - "$folder"
  else
    [ -w "$folder" ] && [ -x "$folder" ]
  fi
}
