#!/usr/bin/env bash
# 一键启动：找显卡，选模型，下载权重，启动网站（有 Docker 用容器，没有就用 Python 虚拟环境），等到可以使用。
#
#   bash start.sh            启动；已在运行就报告地址
#   bash start.sh stop       停止
#   bash start.sh restart    停止后重新启动（改了设置之后用）
#   bash start.sh status     是否在运行，模型是否可用
#   bash start.sh logs       持续显示日志
#   bash start.sh doctor     面向互联网之前要关上哪些门
#   bash start.sh build      重新建立 Docker 映像
#   bash start.sh manage …   运行 manage.py 的命令，停止时也可以，例如 manage backup /mnt/backup/glmv
#
# 设置写在环境变量或 .env 里：GLMV_MODEL、GLMV_QUANTIZE、PORT、DATA_DIR……见 docs/zh/administrator.md。
# 启动时也可以用：--port 8081 --quantize int4 --device cpu --max_new_tokens 512 --host 127.0.0.1
set -euo pipefail

ROOT=$(cd "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
cd "$ROOT"
# Messages are Chinese; printf writes \uXXXX only where characters are UTF-8.
LC_ALL=$(locale -a 2>/dev/null | awk 'tolower($0) ~ /^(c|zh_cn|en_us)\.utf-?8$/ && !found { print; found = 1 }') || true
export LC_ALL=${LC_ALL:-C.UTF-8}

. "$ROOT/docker/start/words.sh"
. "$ROOT/docker/start/settings.sh"
. "$ROOT/docker/start/offline.sh"
. "$ROOT/docker/start/lock.sh"
. "$ROOT/docker/start/model.sh"
. "$ROOT/docker/start/container.sh"
. "$ROOT/docker/start/volumes.sh"
. "$ROOT/docker/start/process.sh"
. "$ROOT/docker/start/checking.sh"
. "$ROOT/docker/start/waiting.sh"

usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p;}' "$ROOT/start.sh"; }

# Flags stand for settings, as those of `manage.py serve` do.
take_flags() {
  local flag value
  while [ $# -gt 0 ]; do
    flag=${1%%=*}
    case $1 in
      -h | --help)
        usage
        exit
        ;;
      --*=*)
        value=${1#*=}
        shift
        ;;
      --*)
        [ $# -ge 2 ] || die "$flag 后面缺少值。"
        value=$2
        shift 2
        ;;
      *) die "看不懂：$1" "运行 bash start.sh --help 可以看到用法。" ;;
    esac
    case $flag in
      --port) export PORT=$value ;;
      --host) export HOST=$value ;;
      --device) export GLMV_DEVICE=$value ;;
      --quantize) export GLMV_QUANTIZE=$value ;;
      --max_new_tokens | --max-new-tokens) export GLMV_MAX_NEW_TOKENS=$value ;;
      *) die "没有这个选项：$flag" "运行 bash start.sh --help 可以看到用法。" ;;
    esac
  done
}

# Which way the site is running now: sets WAY, or fails.
find_running() {
  if process_id >/dev/null; then
    WAY=process
  elif docker_answers && [[ $(container_state) =~ ^(running|restarting|paused)$ ]]; then
    WAY=container
  else
    return 1
  fi
}

# Where the site that runs is to be asked: it keeps the port that it was started with, whatever the settings say now.
go_where_it_runs() {
  local port host
  read -r port host <<<"$("${WAY}_place")" || true
  PORT=${port:-$PORT}
  HOST=${host:-$HOST}
  settle_probe
}

start() {
  take_flags "$@"
  settle_places
  say "GLMV 图像编目 $VERSION"
  make_data_folder
  take_turn
  if find_running; then
    adopt_running
    return
  fi
  require_free_port
  choose_way
  put_back_models
  choose_model
  "start_as_$WAY"
  # From here on, a stop from another terminal need not wait for the model.
  end_turn
  wait_until_ready
  announce
}

# Sets WAY to how the site is to run.
choose_way() {
  if docker_answers && has_image_for_offline; then
    WAY=container
    require_own_container
    say "运行方式：Docker 容器。"
  else
    WAY=process
    say "运行方式：Python 虚拟环境（${WHY_NO_DOCKER}）。"
  fi
}

# What runs goes on running; where the project is no longer that of its image, that is said.
adopt_running() {
  local image own
  end_turn
  if [ "$WAY" = container ]; then
    require_own_container
    image=$(container_image)
    own=$(image_of_program)
    case $image in "$own-cpu" | "$own-cuda") ;; *) warn "正在运行的是另一个版本（$image）。要换成现在的程序（${own}），请运行：bash start.sh restart" ;; esac
  fi
  go_where_it_runs
  say "已经在运行，不重复启动。改了设置的话，请运行：bash start.sh restart"
  wait_until_ready
  announce
}

start_as_container() {
  require_gpu_toolkit
  require_reachable_addresses
  build_image
  if [ "$MODEL_KIND" = hub ]; then
    fetch_weights
    [ "$MODEL_KIND" != demo ] || build_image
  fi
  start_container
}

start_as_process() {
  prepare_environment
  [ "$MODEL_KIND" != hub ] || fetch_weights
  start_process
}

stop() {
  settle_places
  take_turn
  if ! find_running; then
    say "没有在运行。"
    return
  fi
  say "停止……"
  if [ "$WAY" = container ]; then
    require_own_container
    docker stop "$CONTAINER" >/dev/null
  else
    stop_process "$(process_id)"
  fi
  say "已停止。"
}

# What would keep the new one from starting is said while the old one still runs.
restart() {
  take_flags "$@"
  settle_places
  take_turn
  if find_running; then require_startable; fi
  stop
  start "$@"
}

status() {
  local answer state reason what
  settle_places
  if ! find_running; then
    say "没有在运行。启动：bash start.sh"
    return 3
  fi
  what="进程 $(process_id || true)"
  [ "$WAY" = process ] || what="容器 $CONTAINER"
  go_where_it_runs
  answer=$(http_get /ready || true)
  state=$(json_text state "$answer")
  reason=$(json_text reason "$answer")
  say "正在运行（${what}）：$(address)"
  if [ -z "$state" ]; then
    say "端口 $PORT 上没有应答：网站还在启动，或者已经卡住。日志：$(log_command)"
    return 4
  fi
  say "模型：$(state_in_words "$state")${reason:+：$reason}"
}

logs() {
  settle_places
  if find_running && [ "$WAY" = container ]; then exec docker logs --tail 200 --follow "$CONTAINER"; fi
  [ -e "$LOG_FILE" ] || die "还没有日志。"
  exec tail -n 200 -F "$LOG_FILE"
}

doctor() {
  settle_places
  if find_running && [ "$WAY" = container ]; then
    # A container that an older version started does not know how commands are run here.
    exec docker exec --env GLMV_MANAGE --env GLMV_HOST_DATA "$CONTAINER" python manage.py doctor
  fi
  [ -x "$VENV/bin/python" ] || die "网站没有在运行。" "先启动：bash start.sh"
  exec "$VENV/bin/python" manage.py doctor
}

# A command of manage.py with the site's settings and folders, whether it runs or not.
manage() {
  settle_places
  make_data_folder
  if docker_answers && [ "$(container_state)" != absent ] && ! process_id >/dev/null; then
    require_own_container
    if find_image; then WAY=container; fi
  fi
  [ -n "${WAY:-}" ] || prepare_to_manage
  "manage_in_$WAY" "$@"
}

# Sets WAY. Where nothing has been made ready, that is done here as a start does it: a restore comes before the first
# start, which would make the very tables that must not be there. What is said of it is no output of the command.
prepare_to_manage() {
  if has_environment; then
    WAY=process
  elif docker_answers && find_image; then
    WAY=container
  else
    take_turn
    {
      choose_way
      choose_model
      if [ "$WAY" = container ]; then build_image; else prepare_environment; fi
    } >&2
    end_turn
  fi
}

build() {
  settle_places
  make_data_folder
  docker_answers || die "不能建立映像：${WHY_NO_DOCKER}。"
  choose_model
  build_image again
  say "映像已建好。换上它：bash start.sh restart"
}

load_settings
tell_offline
command=start
case ${1:-} in
  start | stop | restart | status | logs | doctor | build | manage)
    command=$1
    shift
    ;;
  help)
    usage
    exit
    ;;
esac
"$command" "$@"
