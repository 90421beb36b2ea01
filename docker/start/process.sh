# shellcheck shell=bash
# The site as a process of this machine, in a virtual environment. Sourced by start.sh.

VENV=$ROOT/.venv
# As much as docker keeps of the container's: so many bytes, then a new file, and so many old ones.
SERVE_LOG_BYTES=${SERVE_LOG_BYTES:-50000000}
SERVE_LOG_KEPT=4
SERVE_LOG_CHECK_EVERY=${SERVE_LOG_CHECK_EVERY:-10}

process_id() {
  local pid
  pid=$(cat "$PID_FILE" 2>/dev/null) && [[ $pid =~ ^[0-9]+$ ]] || return 1
  # After a restart of the machine the number may be another program's.
  case $(ps -p "$pid" -o args= 2>/dev/null) in *manage.py\ serve*) say "$pid" ;; *) return 1 ;; esac
}

# Port and address of the one that runs; nothing where an older version of this script started it.
process_place() { cat "$PLACE_FILE" 2>/dev/null || true; }

find_python() {
  local candidate
  for candidate in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      say "$candidate"
      return
    fi
  done
  return 1
}

# The stamps are those of the Makefile: who has run `make` has nothing to wait for here, and the other way round.
prepare_environment() {
  local python
  if [ ! -e "$VENV/.made" ]; then
    python=$(find_python) || die "没有找到 Python 3.11 或更新的版本，Docker 也用不了（$WHY_NO_DOCKER）。" \
      "Debian、Ubuntu：sudo apt-get install -y python3 python3-venv" \
      "RHEL、Rocky：sudo dnf install -y python3.11" "或者安装 Docker，再运行：bash start.sh"
    say "软件：建立 Python 环境……"
    if ! "$python" -m venv "$VENV" >/dev/null 2>&1; then
      rm -rf "$VENV"
      die "无法建立 Python 环境。" "Debian、Ubuntu：sudo apt-get install -y python3-venv，然后再运行一次。"
    fi
    touch "$VENV/.made"
  fi
  if lacks_packages; then
    require_network "缺少所需的软件包" "用安装盘装的：再运行一次安装盘里的 bash install.sh"
    say "软件：安装所需的软件包（首次需要几分钟，看网速）……"
    needs_gpu || install_cpu_torch
    install -r requirements.txt
    touch "$VENV/.runtime"
  fi
  if { needs_gpu || [ "$MODEL_KIND" = hub ]; } && { [ ! -e "$VENV/.gpu" ] || [ requirements-gpu.txt -nt "$VENV/.gpu" ]; }; then
    require_network "缺少真正的模型和显卡要用的软件包" "请用制作时带 --gpu 的安装盘更新" \
      "先用演示模型（不能用于实际工作）：GLMV_MODEL=demo bash start.sh"
    say "软件：安装真正的模型要用的软件包……"
    install -r requirements-gpu.txt
    touch "$VENV/.gpu"
  fi
}

# Whether commands can run in it; one whose installation was broken off has no stamp, one made by hand neither.
has_environment() {
  [ -x "$VENV/bin/python" ] && { [ -e "$VENV/.runtime" ] || "$VENV/bin/python" -c 'import django' >/dev/null 2>&1; }
}

lacks_packages() { [ ! -e "$VENV/.runtime" ] || [ requirements.txt -nt "$VENV/.runtime" ]; }

# Without a GPU, several gigabytes of CUDA libraries are nothing but a longer download. Where that index cannot be
# reached, the next step takes what the ordinary one has.
install_cpu_torch() {
  local pin
  pin=$(grep -E '^torch==' requirements.txt)
  "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --retries 1 --timeout 20 \
    --extra-index-url "${TORCH_CPU_INDEX:-https://download.pytorch.org/whl/cpu}" "$pin" >/dev/null 2>&1 || true
}

install() {
  set -- install --disable-pip-version-check "$@"
  [ -t 1 ] || set -- "$@" --quiet
  "$VENV/bin/python" -m pip "$@" || die "软件包没有装完。" \
    "再运行一次会接着装。网速慢时可换镜像：PIP_INDEX_URL=https://mirrors.aliyun.com/pypi/simple bash start.sh"
}

place_in_process() { printf '%s' "$1"; }
in_process() { "$VENV/bin/python" "$@"; }

manage_in_process() {
  export DATA_DIR=$DATA HOST PORT
  in_process manage.py "$@"
}

start_process() {
  export DATA_DIR=$DATA HOST PORT
  if [ "$MODEL_KIND" = hub ]; then GLMV_MODEL=$GLMV_MODEL_FOLDER; fi
  if needs_gpu && [ "$GPU_COUNT" -gt 1 ] && [ -z "${CUDA_VISIBLE_DEVICES:-}" ]; then
    export CUDA_VISIBLE_DEVICES=$GPU_UUID
  fi
  if make_room_for_old_log; then mv -f "$LOG_FILE" "$LOG_FILE.1"; fi
  require_settings_of_process
  say "数据库：检查并更新……"
  upgrade_database
  "$VENV/bin/python" manage.py ensure_admin
  say "网站：启动……"
  # Job control gives it a process group of its own: Ctrl-C while waiting does not reach it.
  set -m
  (
    leave_turn_to_script
    exec nohup "$VENV/bin/python" -X utf8 manage.py serve
  ) >>"$LOG_FILE" 2>&1 </dev/null &
  SITE_PID=$!
  printf '%s %s\n' "$PORT" "$HOST" >"$PLACE_FILE"
  printf '%s\n' "$SITE_PID" >"$PID_FILE"
  # Until it has become that program, it goes by the name of this script.
  until process_id >/dev/null || ! kill -0 "$SITE_PID" 2>/dev/null; do sleep 0.05; done
  (
    leave_turn_to_script
    trap '' HUP
    keep_log_small
  ) >/dev/null 2>&1 </dev/null &
  set +m
}

# What it says, which backup was made and how to go back from a failure, is read here and found in the log later.
upgrade_database() {
  local said
  if ! "$VENV/bin/python" manage.py upgrade 2>&1 | tee -a "$LOG_FILE" | sed 's/^/  /'; then
    said=$(process_log | last_error)
    fail "数据库没有建好：$(in_plain_words "$said")"
  fi
}

# Goes with the site: the log is written to without an end, and nobody else looks after it.
keep_log_small() {
  while is_own_process; do
    if [ "$(wc -c <"$LOG_FILE")" -ge "$SERVE_LOG_BYTES" ] && make_room_for_old_log; then
      # Copied, then emptied: the site keeps the file open, and writes at its end wherever that is.
      if cp "$LOG_FILE" "$LOG_FILE.1"; then : >"$LOG_FILE"; else rm -f "$LOG_FILE.1"; fi
    fi
    sleep "$SERVE_LOG_CHECK_EVERY"
  done
}

# Old logs move up by one number, the oldest goes; fails where there is nothing to keep.
make_room_for_old_log() {
  local number
  [ -s "$LOG_FILE" ] || return 1
  for ((number = SERVE_LOG_KEPT - 1; number >= 1; number--)); do
    [ ! -e "$LOG_FILE.$number" ] || mv -f "$LOG_FILE.$number" "$LOG_FILE.$((number + 1))"
  done
}

stop_process() {
  local pid=$1 waited
  kill -TERM "$pid" 2>/dev/null || true
  for ((waited = 0; waited < 600; waited++)); do
    process_id >/dev/null || break
    sleep 0.1
  done
  process_id >/dev/null && die "进程 $pid 一分钟内没有停下。" "仍要停止：kill -9 $pid"
  rm -f "$PID_FILE" "$PLACE_FILE"
}

process_log() { tail -n 200 "$LOG_FILE"; }
# Whether the one that this script started, or found, still runs.
is_own_process() {
  local pid
  pid=$(process_id) && [ "$pid" = "${SITE_PID:-$pid}" ]
}

# Says why the site has died; nothing while it lives.
process_death() { is_own_process || say '网站进程已退出'; }
process_lives() { is_own_process; }
