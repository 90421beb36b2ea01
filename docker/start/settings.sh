# shellcheck shell=bash
# Where this installation keeps its things, and its settings: the environment, and .env for what that leaves out.
# Sourced by start.sh, which has set ROOT.

ENV_FILE=${ENV_FILE:-$ROOT/.env}
CONTAINER=glm-vision-web
CONTAINER_PORT=8080
LAST_PORT=65535
# The user of the image, see the Dockerfile.
IMAGE_USER=10001:10001
NAMES_FROM_FILE=" "

# Reads .env exactly as the site does (django-environ), so that both see the same values; the environment comes first.
load_settings() {
  local line name value
  [ -r "$ENV_FILE" ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    line=${line%$'\r'}
    line=${line#$'\xef\xbb\xbf'} # Windows puts it before the first line
    [[ $line =~ ^(export )?([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]] || continue
    name=${BASH_REMATCH[2]}
    value=${BASH_REMATCH[3]}
    if [[ $value =~ ^\'(.*)\'$ ]]; then
      value=${BASH_REMATCH[1]}
    elif [[ $value =~ ^\"(.*)\"$ ]]; then
      value=$(printf '%s' "${BASH_REMATCH[1]}" | sed 's/\\\([^rnt]\)/\1/g')
    fi
    if [[ -z ${!name+set} || $NAMES_FROM_FILE == *" $name "* ]]; then
      export "$name=$value"
      [[ $NAMES_FROM_FILE == *" $name "* ]] || NAMES_FROM_FILE+="$name "
    fi
  done <"$ENV_FILE"
}

# What follows from the settings.
settle_places() {
  DATA=${DATA_DIR:-$ROOT/data}
  case $DATA in /*) ;; *) DATA=$ROOT/$DATA ;; esac
  PORT=${PORT:-8080}
  [[ $PORT =~ ^[1-9][0-9]{0,4}$ ]] && [ "$PORT" -le "$LAST_PORT" ] ||
    die "端口 PORT=$PORT 不可用，要写 1–$LAST_PORT 之间的整数。" "例如：PORT=8081 bash start.sh"
  HOST=${HOST:-0.0.0.0}
  HOST=${HOST#[}
  HOST=${HOST%]}
  settle_probe
  PID_FILE=$DATA/serve.pid
  PLACE_FILE=$DATA/serve.place
  LOG_FILE=$DATA/serve.log
  LOCK_FILE=$DATA/start.lock
  # For the commands that the site prints: how to run them, and where this machine has the data of the container.
  export GLMV_MANAGE="${USE_DOCKER:+USE_DOCKER=$USE_DOCKER }bash start.sh manage" GLMV_HOST_DATA=$DATA
  VERSION=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' "$ROOT/glmv_site/__init__.py")
}

# Where the site is asked from this machine.
settle_probe() {
  case $HOST in 0.0.0.0 | :: | '') PROBE_HOST=127.0.0.1 ;; *) PROBE_HOST=$HOST ;; esac
}

# To propose where PORT is taken.
another_port() { if [ "$PORT" -lt "$LAST_PORT" ]; then say $((PORT + 1)); else say $((PORT - 1)); fi; }

make_data_folder() {
  mkdir -p "$DATA/models" 2>/dev/null && [ -w "$DATA" ] ||
    die "数据文件夹 $DATA 建不了或写不进去。" "请检查它属于谁：ls -ld \"$DATA\"" \
      "它若属于别的用户，可运行：sudo chown -R \"\$(id -u):\$(id -g)\" \"$DATA\""
}
