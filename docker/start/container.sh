# shellcheck shell=bash
# The site as a container: image, container, its log. Sourced by start.sh.

# What the image is made of: what the Dockerfile copies, and what it is built by. A test compares.
IMAGE_SOURCES=(Dockerfile .dockerignore requirements.txt requirements-gpu.txt manage.py LICENSE docker ':!docker/start'
  static templates inference catalog glmv_site)

# Settings that the container decides itself, or that mean something on this machine only.
NOT_FOR_CONTAINER=" HOST PORT DATA_DIR ENV_FILE PATH HOME USER GLMV_MODEL GLMV_QUANTIZE USE_DOCKER BASE_IMAGE PYTHON "

# Sets WHY_NO_DOCKER where it fails.
docker_answers() {
  local answer
  WHY_NO_DOCKER=''
  case ${USE_DOCKER:-auto} in 0 | no | off)
    WHY_NO_DOCKER='设置了 USE_DOCKER=0'
    return 1
    ;;
  esac
  if ! command -v docker >/dev/null 2>&1; then
    WHY_NO_DOCKER='没有安装 Docker'
  elif ! answer=$(docker version --format '{{.Server.Version}}' 2>&1); then
    case $answer in
      *[Pp]ermission\ denied*) WHY_NO_DOCKER="当前用户无权使用 Docker（可运行 sudo usermod -aG docker $(id -un)，重新登录后生效）" ;;
      *) WHY_NO_DOCKER='Docker 没有在运行（可运行 sudo systemctl start docker）' ;;
    esac
  fi
  [ -z "$WHY_NO_DOCKER" ]
}

container_state() { docker container inspect --format '{{.State.Status}}' "$CONTAINER" 2>/dev/null || say absent; }
container_restarts() { docker container inspect --format '{{.RestartCount}}' "$CONTAINER" 2>/dev/null || say 0; }
container_image() { docker container inspect --format '{{.Config.Image}}' "$CONTAINER"; }
# Port and address of this machine at which it is published; nothing where it is not.
container_place() {
  local binding="(index (index .HostConfig.PortBindings \"$CONTAINER_PORT/tcp\") 0)" port host
  read -r port host < <(docker container inspect --format "{{$binding.HostPort}} {{$binding.HostIp}}" "$CONTAINER" 2>/dev/null) || true
  [ -z "${port:-}" ] || say "$port ${host:-0.0.0.0}"
}

# A container of that name which this script did not make is somebody's: it is not touched.
require_own_container() {
  local mark
  [ "$(container_state)" != absent ] || return 0
  mark=$(docker container inspect --format '{{index .Config.Labels "glmv.start"}}' "$CONTAINER")
  [ "$mark" = 1 ] || die "已经有一个名叫 $CONTAINER 的容器（映像 $(container_image)），不是本脚本建立的。" \
    "确认不再需要它以后，运行：docker rm -f $CONTAINER" "然后再运行：bash start.sh"
}

needs_gpu() { [ -n "${GPU_NAME:-}" ] && [ "$MODEL_KIND" != demo ] && [ "$MODEL_KIND" != remote ]; }

require_gpu_toolkit() {
  needs_gpu || return 0
  case $(docker info --format '{{json .Runtimes}}' 2>/dev/null) in *nvidia*) return ;; esac
  ! command -v nvidia-container-runtime-hook >/dev/null 2>&1 || return 0
  die "Docker 还不能使用显卡：缺少 NVIDIA Container Toolkit。" \
    "Debian、Ubuntu：sudo apt-get install -y nvidia-container-toolkit" \
    "RHEL、Rocky、openEuler：sudo dnf install -y nvidia-container-toolkit" \
    "（软件源的设置见 https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/）" \
    "装好后运行：sudo nvidia-ctk runtime configure --runtime=docker && sudo systemctl restart docker" \
    "也可以不用 Docker，直接在本机运行：USE_DOCKER=0 bash start.sh"
}

# Loopback inside a container is the container.
require_reachable_addresses() {
  local name
  for name in DATABASE_URL REDIS_URL GLMV_REMOTE_URL; do
    if [[ ${!name:-} =~ (@|//)(127\.0\.0\.1|localhost|\[::1\])([:/]|$) ]]; then
      die "$name 指向 ${BASH_REMATCH[2]}，容器里的程序访问不到这台机器自己的 ${BASH_REMATCH[2]}。" \
        "把地址里的 ${BASH_REMATCH[2]} 改成 host.docker.internal（那个服务要监听 Docker 网桥，不能只监听 127.0.0.1），" \
        "或者不用 Docker：USE_DOCKER=0 bash start.sh"
    fi
  done
}

# The image of this program, but for its variant. Program and image belong together, and the version stays the same over
# many commits: the tag names the commit as well, and changes that are in none. Without git there is the version only.
image_of_program() {
  local commit=''
  if [ -e "$ROOT/bundle.txt" ]; then
    commit=$(sed -n 's/^commit=\([0-9a-f]\{12\}\).*/\1/p' "$ROOT/bundle.txt" | head -n 1)
  elif [ -e "$ROOT/.git" ] && command -v git >/dev/null 2>&1; then
    commit=$(own_git rev-parse --verify --quiet 'HEAD^{commit}' | cut -c1-12) || commit=''
    [ -z "$commit" ] || commit+=$(uncommitted_changes)
  fi
  say "$CONTAINER:$VERSION${commit:+-$commit}"
}

# With sudo the folder is another user's, which git would refuse.
own_git() { git -c safe.directory='*' -C "$ROOT" "$@"; }

# A mark for what would go into the image and is in no commit; nothing where there is nothing.
uncommitted_changes() {
  [ -n "$(own_git status --porcelain -- "${IMAGE_SOURCES[@]}")" ] || return 0
  {
    own_git diff --no-ext-diff --no-textconv --no-color --binary HEAD -- "${IMAGE_SOURCES[@]}"
    own_git ls-files --others --exclude-standard -z -- "${IMAGE_SOURCES[@]}" | xargs -0 -r sha256sum --
  } | sha256sum | sed 's/^\(.\{12\}\).*/-\1/'
}

build_image() {
  local variant=cpu
  ! needs_gpu || variant=cuda
  build_variant "$variant" "$@"
}

# Sets IMAGE.
build_variant() {
  local variant=$1 name
  IMAGE=$(image_of_program)-$variant
  if [ "${2:-}" != again ] && docker image inspect "$IMAGE" >/dev/null 2>&1; then
    return
  fi
  require_network "没有映像 $IMAGE" "请用带映像的安装盘更新；或者不用 Docker：USE_DOCKER=0 bash start.sh"
  say "映像：建立 ${IMAGE}（首次需要几分钟到几十分钟，看网速）……"
  set -- build --build-arg "VARIANT=$variant" --tag "$IMAGE"
  for name in BASE_IMAGE PIP_INDEX_URL TORCH_CPU_INDEX PG_CLIENT PG_APT EXIFTOOL http_proxy https_proxy no_proxy; do
    [ -z "${!name:-}" ] || set -- "$@" --build-arg "$name=${!name}"
  done
  mkdir -p "$DATA"
  if ! docker "$@" "$ROOT" 2>&1 | tee "$DATA/build.log"; then
    die "映像没有建成：$(in_plain_words "$(last_error <"$DATA/build.log")")" \
      "完整的记录：less \"$DATA/build.log\"" \
      "下载不到基础映像时，换一个镜像站：BASE_IMAGE=镜像站/library/python:3.11.15-slim-bookworm bash start.sh" \
      "下载不到 Python 软件包时：PIP_INDEX_URL=https://mirrors.aliyun.com/pypi/simple bash start.sh"
  fi
}

# Whoever owns the data folder runs the site, so that files made inside can be used outside.
container_user() {
  local owner
  case $(docker info --format '{{json .SecurityOptions}}' 2>/dev/null) in *rootless*)
    say 0:0 # which is this user, outside
    return
    ;;
  esac
  if [ "$(id -u)" != 0 ]; then
    say "$(id -u):$(id -g)"
    return
  fi
  owner=$(stat -c '%u:%g' "$DATA")
  case $owner in
    0:*)
      owner=${SUDO_UID:+$SUDO_UID:${SUDO_GID:-$SUDO_UID}}
      owner=${owner:-$IMAGE_USER}
      chown -R "$owner" "$DATA"
      ;;
    *) chown -R "$owner" "$DATA/models" ;;
  esac
  say "$owner"
}

# Names, not values: what is handed on appears in no list of processes.
handed_on() {
  local name
  for name in $(compgen -e); do
    [[ $NOT_FOR_CONTAINER != *" $name "* ]] || continue
    if [[ $NAMES_FROM_FILE == *" $name "* ]]; then
      say "$name"
      continue
    fi
    case $name in
      GLMV_* | HF_* | MODELSCOPE_* | API_KEY | METRICS_KEY | CORS_ORIGINS | DATABASE_URL | REDIS_URL | SECRET_KEY | \
        ALLOWED_HOSTS | CSRF_TRUSTED_ORIGINS | HTTPS | DEBUG | LOG_* | CUDA_VISIBLE_DEVICES | \
        http_proxy | https_proxy | no_proxy | HTTP_PROXY | HTTPS_PROXY | NO_PROXY) say "$name" ;;
    esac
  done
}

# A path under DATA as the container sees it.
place_in_container() { printf '/app/data%s' "${1#"$DATA"}"; }

# Runs Python in a container of its own, with what has been settled of folders.
in_container() {
  local name
  set -- "$IMAGE" python "$@"
  for name in $(handed_on); do set -- --env "$name" "$@"; done
  [ -z "${GLMV_QUANTIZE:-}" ] || set -- --env GLMV_QUANTIZE "$@"
  [ ! -t 1 ] || set -- --tty "$@"
  if [ -t 0 ] && [ -t 1 ]; then set -- --interactive "$@"; fi
  docker run --rm --init --user "$(container_user)" --add-host host.docker.internal:host-gateway \
    --volume "$DATA:/app/data" ${SCAN_VOLUMES[@]+"${SCAN_VOLUMES[@]}"} ${BACKUP_VOLUMES[@]+"${BACKUP_VOLUMES[@]}"} "$@"
}

# Sets IMAGE to one of this program, in either variant; fails where there is none.
find_own_image() {
  local own
  own=$(image_of_program)
  take_image "$own-cpu" "$own-cuda"
}

# Sets IMAGE to one of this version, the container's where that is one; fails where there is none.
find_image() {
  local used
  used=$(container_image 2>/dev/null) || true
  case $used in
    "$CONTAINER:$VERSION"-*) ;;
    *) used='' ;;
  esac
  if [ -n "$used" ] && take_image "$used"; then return; fi
  find_own_image || take_image "$CONTAINER:$VERSION-cpu" "$CONTAINER:$VERSION-cuda"
}

# Sets IMAGE to the first that is there.
take_image() {
  for IMAGE in "$@"; do
    if docker image inspect "$IMAGE" >/dev/null 2>&1; then return; fi
  done
  return 1
}

manage_in_container() {
  settle_volumes
  in_container manage.py "$@"
}

start_container() {
  local name folder answer user
  user=$(container_user)
  settle_volumes
  if [ "$(container_state)" != absent ]; then
    say "容器：换掉旧的 ${CONTAINER}（数据都在 $DATA，不受影响）。"
    docker rm --force "$CONTAINER" >/dev/null
  fi
  set -- "$IMAGE"
  for name in $(handed_on); do set -- --env "$name" "$@"; done
  if [ "$MODEL_KIND" != remote ]; then
    case $MODEL_KIND in
      hub) GLMV_MODEL=$(place_in_container "$GLMV_MODEL_FOLDER") ;;
      folder)
        folder=$(cd "${GLMV_MODEL/#\~/$HOME}" 2>/dev/null && pwd) || die "没有这个模型文件夹：$GLMV_MODEL"
        GLMV_MODEL=/models/$(basename "$folder")
        set -- --volume "$folder:$GLMV_MODEL:ro" "$@"
        ;;
    esac
    set -- --env "GLMV_MODEL=$GLMV_MODEL" --env "GLMV_QUANTIZE=${GLMV_QUANTIZE:-none}" "$@"
  fi
  ! needs_gpu || set -- --gpus all "$@"
  # The card that was chosen; the others stay free.
  if needs_gpu && [ "$GPU_COUNT" -gt 1 ] && [ -z "${CUDA_VISIBLE_DEVICES:-}" ]; then
    set -- --env "CUDA_VISIBLE_DEVICES=$GPU_UUID" "$@"
  fi
  case $HOST in
    0.0.0.0 | '') set -- --publish "$PORT:$CONTAINER_PORT" "$@" ;;
    *:*) set -- --publish "[$HOST]:$PORT:$CONTAINER_PORT" "$@" ;;
    *) set -- --publish "$HOST:$PORT:$CONTAINER_PORT" "$@" ;;
  esac
  # Other ways of logging have limits of their own, and refuse these.
  case $(docker info --format '{{.LoggingDriver}}' 2>/dev/null) in json-file | local)
    set -- --log-opt max-size=50m --log-opt max-file=5 "$@"
    ;;
  esac
  say "容器：启动 ${CONTAINER}……"
  if ! answer=$(docker run --detach --name "$CONTAINER" --restart unless-stopped --init --stop-timeout 60 \
    --label glmv.start=1 --add-host host.docker.internal:host-gateway --user "$user" \
    --volume "$DATA:/app/data" ${SCAN_VOLUMES[@]+"${SCAN_VOLUMES[@]}"} ${BACKUP_VOLUMES[@]+"${BACKUP_VOLUMES[@]}"} \
    "$@" 2>&1); then
    docker rm --force "$CONTAINER" >/dev/null 2>&1 || true
    die "容器没有启动：$(in_plain_words "$(printf '%s\n' "$answer" | last_error)")"
  fi
}

container_log() { docker logs --tail 200 "$CONTAINER" 2>&1; }

# Says why the site has died; nothing while it lives.
container_death() {
  case $(container_state) in
    exited | dead | absent) say '容器已退出' ;;
    restarting) say '容器反复重启' ;;
    *) [ "$(container_restarts)" -lt 2 ] || say '容器反复重启' ;;
  esac
}

container_lives() { [ "$(container_state)" = running ]; }
