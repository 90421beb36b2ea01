# shellcheck shell=bash
# Watches the site come up, tells where it is, and says in plain words what went wrong. Sourced by start.sh.

# Seconds; a model of 20 GB on a slow disk takes many minutes.
READY_TIMEOUT=${READY_TIMEOUT:-1800}
POLL_EVERY=${POLL_EVERY:-2}

# Asks the site itself, with the shell's own sockets: there may be neither curl nor wget.
http_get() {
  local path=$1 name=$PROBE_HOST
  case $name in *:*) name="[$name]" ;; esac
  {
    exec 3<>"/dev/tcp/$PROBE_HOST/$PORT" || return 1
    printf 'GET %s HTTP/1.0\r\nHost: %s\r\n\r\n' "$path" "$name" >&3
    timeout 10 cat <&3
    exec 3<&- 3>&-
  } 2>/dev/null
}

port_is_taken() { (exec 3<>"/dev/tcp/$PROBE_HOST/$PORT") 2>/dev/null; }

require_free_port() {
  ! port_is_taken || die "端口 $PORT 已被别的程序占用。" \
    "换一个端口：PORT=$(another_port) bash start.sh" "看是谁占用的：sudo ss -ltnp 'sport = :$PORT'"
}

# A text of a JSON object. The site writes everything beyond ASCII as \uXXXX, which printf understands.
json_text() {
  local found
  found=$(printf '%s' "$2" | sed -n 's/.*"'"$1"'": "\(\([^"\\]\|\\.\)*\)".*/\1/p' | head -n 1)
  printf '%b' "$found"
}

state_in_words() {
  case $1 in
    loading) printf '正在加载模型' ;;
    stopped) printf '模型没有在运行' ;;
    draining) printf '正在停止' ;;
    ready) printf '可以使用' ;;
    unavailable) printf '模型可以回答，但数据库或磁盘有问题' ;;
    *) printf '%s' "$1" ;;
  esac
}

# Returns once the model answers; ends the script where it never will.
wait_until_ready() {
  local answer state reason shown='' text death deadline=$((SECONDS + READY_TIMEOUT)) next=0
  say "等待：模型加载完成后即可使用（按 Ctrl-C 只是不再等，网站照常在后台启动）。"
  while [ "$SECONDS" -lt "$deadline" ]; do
    answer=$(http_get /ready || true)
    case $answer in
      'HTTP/'*' 200 '*)
        # Whoever answers may be another one, that was quicker to take the port.
        "${WAY}_lives" || fail_dead
        READY_MODEL=$(json_text model_version "$answer")
        say "  ${SECONDS} 秒：模型可以使用了。"
        return
        ;;
      'HTTP/'*' 503 '*)
        state=$(json_text state "$answer")
        reason=$(json_text reason "$answer")
        text=$(state_in_words "$state")${reason:+：$reason}
        [ "$state" != stopped ] || [ -z "$reason" ] || fail "网站已经打开，但模型加载不了：$reason"
        ;;
      'HTTP/'*) text="网站的回答出乎意料：$(printf '%s' "$answer" | head -n 1 | tr -d '\r')" ;;
      *)
        text='网站正在启动'
        death=$("${WAY}_death")
        [ -z "$death" ] || fail_dead
        ;;
    esac
    if [ "$text" != "$shown" ] || [ "$SECONDS" -ge "$next" ]; then
      say "  ${SECONDS} 秒：$text……"
      shown=$text
      next=$((SECONDS + 20))
    fi
    sleep "$POLL_EVERY"
  done
  fail "等了 $READY_TIMEOUT 秒，还没有就绪：$shown"
}

fail_dead() { fail "$("${WAY}_death")：$(in_plain_words "$("${WAY}_log" | last_error)")"; }

fail() { die "$1" "日志：$(log_command)" "停止：bash start.sh stop"; }

log_command() {
  case $WAY in container) printf 'docker logs %s' "$CONTAINER" ;; *) printf 'tail -f "%s"' "$LOG_FILE" ;; esac
}

# Of a log on standard input.
last_error() {
  awk '
    NF { last = $0 }
    /\[(ERROR|CRITICAL)\]|CommandError|\([a-z_]+\.E[0-9]+\) |[A-Za-z]+(Error|Exception): |ERROR: |Error response|错误/ { error = $0 }
    END {
      if (error == "") error = last
      sub(/^错误：/, "", error) # it is said once, by this script
      print error
    }'
}

# What administrators meet most often; anything else is shown as it is.
in_plain_words() {
  case $1 in
    *"No space left"* | *"no space left"*) printf '磁盘满了。清理磁盘后再运行一次。（%s）' "$1" ;;
    *"port is already allocated"* | *"ddress already in use"*)
      printf '端口 %s 已被占用。换一个：PORT=%s bash start.sh（%s）' "$PORT" "$(another_port)" "$1"
      ;;
    *"could not select device driver"* | *"nvidia-container-cli"*)
      printf 'Docker 使用不了显卡，请检查显卡驱动和 nvidia-container-toolkit。（%s）' "$1"
      ;;
    *"out of memory"*) printf '显存不够。关掉占用显存的程序，或设置 GLMV_QUANTIZE=int4。（%s）' "$1" ;;
    *"docker.sock"*) printf '当前用户无权使用 Docker。（%s）' "$1" ;;
    *"ermission denied"*) printf '没有权限读写某个文件，多半是数据文件夹 %s 属于别的用户。（%s）' "$DATA" "$1" ;;
    *"registry"* | *"TLS handshake timeout"* | *"i/o timeout"*) printf '下载不到基础映像，请检查网络。（%s）' "$1" ;;
    *"No matching distribution"* | *"ReadTimeout"* | *"ConnectTimeout"*) printf '下载不到 Python 软件包，请检查网络。（%s）' "$1" ;;
    '') printf '没有留下错误信息' ;;
    *) printf '%s' "$1" ;;
  esac
}

address() {
  local host=$PROBE_HOST
  case $HOST in 0.0.0.0 | :: | '') host=$(network_address) ;; esac
  case $host in *:*) host="[$host]" ;; esac
  printf 'http://%s:%s' "$host" "$PORT"
}

# The address by which the network knows this machine: the one that it would send from.
network_address() {
  local found=''
  found=$(ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p' | head -n 1) || true
  [ -n "$found" ] || found=$(hostname -I 2>/dev/null | awk '{ print $1 }') || true
  printf '%s' "${found:-127.0.0.1}"
}

announce() {
  say ''
  say "服务已就绪：$(address)${READY_MODEL:+（模型 $READY_MODEL）}"
  [ ! -f "$DATA/admin_password" ] ||
    say "  管理员：账号 admin，初始密码在 $DATA/admin_password（登录后请修改并删除该文件）"
  say "  日志：$(log_command)"
  say "  停止：bash start.sh stop"
  [ -n "${API_KEY:-}" ] || say "  同一网络里的人都可以使用；面向互联网之前，请先看 bash start.sh doctor 的提醒。"
}
