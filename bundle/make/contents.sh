# shellcheck shell=bash
# What a bundle holds: the program of one commit, its wheels, the image, a model. Sourced by make.sh.

put_program() {
  local wanted=$COMMIT
  COMMIT=$(git -C "$ROOT" rev-parse --verify --quiet "$wanted^{commit}") || die "没有这个版本：$wanted" "可用的版本：git log --oneline"
  [ -z "$(git -C "$ROOT" status --porcelain --untracked-files=no)" ] || warn "有还没有提交的改动，它们不在安装盘里。"
  say "程序：提交 ${COMMIT:0:12}"
  git -C "$ROOT" archive --format=tar.gz -o "$OUT/program.tar.gz" "$COMMIT"
  mkdir "$WORK/program"
  tar -xzf "$OUT/program.tar.gz" -C "$WORK/program"
  [ -e "$WORK/program/bundle/install.sh" ] || die "这个版本还没有离线安装的程序：${COMMIT:0:12}"
  # The scripts of that commit, so that program and installer know each other.
  cp "$WORK/program/bundle/install.sh" "$OUT/"
  cp -R "$WORK/program/bundle/install" "$OUT/install"
  cp "$WORK/program/docker/start/words.sh" "$OUT/install/"
  VERSION=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' "$WORK/program/glmv_site/__init__.py")
}

# What pip complains of on the way (an index of several that has not everything) matters only where it fails.
pip() {
  "$WORK/venv/bin/python" -m pip "$@" --quiet --disable-pip-version-check >"$WORK/pip.log" 2>&1 && return
  grep -vE '^WARNING: Location' "$WORK/pip.log" | tail -n 15 >&2
  return 1
}

put_wheels() {
  local requirements=requirements.txt pin
  [ "$VARIANT" = cpu ] || requirements=requirements-gpu.txt
  say "Python 软件包：下载（几分钟，看网速）……"
  "$PYTHON" -m venv "$WORK/venv"
  mkdir "$OUT/wheels"
  if [ "$VARIANT" = cpu ]; then
    # Where that index cannot be reached, pip says so and takes what the ordinary one has; bundle/wheels.py looks at it.
    pin=$(grep -E '^torch==' "$WORK/program/requirements.txt")
    pip download --no-deps --dest "$OUT/wheels" --retries 1 --timeout 20 \
      --extra-index-url "${TORCH_CPU_INDEX:-https://download.pytorch.org/whl/cpu}" "$pin" ||
      die "下载不到 CPU 版的 PyTorch。" "换一个来源：TORCH_CPU_INDEX=…… bash bundle/make.sh ……"
  fi
  # `pip wheel` and not `pip download`: what comes as source only is built here, the other machine has no setuptools.
  pip wheel --wheel-dir "$OUT/wheels" --find-links "$OUT/wheels" pip setuptools -r "$WORK/program/$requirements" ||
    die "Python 软件包没有下载完。" "网速慢时可换镜像：PIP_INDEX_URL=https://mirrors.aliyun.com/pypi/simple bash bundle/make.sh ……"
  set -- "$OUT/wheels"
  [ "$VARIANT" = cpu ] || set -- "$@" --gpu
  "$PYTHON" "$ROOT/bundle/wheels.py" "$@" >"$WORK/wheels.txt" || die "Python 软件包不能用于离线的机器，原因见上一行。"
  say "Python 软件包：$(find "$OUT/wheels" -name '*.whl' | wc -l) 个，$(du -sh "$OUT/wheels" | cut -f1)"
}

# Named as start.sh looks for it: by the commit, so that it is no other version's.
put_image() {
  local variant=cpu
  [ "$VARIANT" = cpu ] || variant=cuda
  IMAGE=''
  if ! docker version --format '{{.Server.Version}}' >/dev/null 2>&1; then
    say "Docker 映像：不带（这台机器上没有 Docker 在运行）；安装后用 Python 虚拟环境运行。"
    return
  fi
  IMAGE=glm-vision-web:$VERSION-${COMMIT:0:12}-$variant
  say "Docker 映像：建立 ${IMAGE}……"
  set -- build --build-arg "VARIANT=$variant" --tag "$IMAGE"
  local name
  for name in BASE_IMAGE PIP_INDEX_URL TORCH_CPU_INDEX PG_CLIENT PG_APT EXIFTOOL http_proxy https_proxy no_proxy; do
    [ -z "${!name:-}" ] || set -- "$@" --build-arg "$name=${!name}"
  done
  docker "$@" "$WORK/program" || die "映像没有建成。" "不带映像也可以：--without image（安装后用 Python 虚拟环境运行）"
  mkdir "$OUT/image"
  docker save --output "$OUT/image/image.tar" "$IMAGE" || die "映像没有存成文件，多半是磁盘满了。"
}

put_model() {
  local name
  if [ -z "$MODEL" ]; then
    say "模型：只有演示模型。要带上真正的模型：--model 模型文件夹"
    return
  fi
  [ -s "$MODEL/config.json" ] || die "$MODEL 不是完整的模型文件夹（没有 config.json）。" "先下载模型，见 docs/zh/administrator.md。"
  name=$(basename "$(cd "$MODEL" && pwd)")
  say "模型：${name}（$(du -shL "$MODEL" | cut -f1)），复制……"
  mkdir -p "$OUT/model/$name"
  # A hub's cache holds links; exFAT and FAT32 know none. Its other hidden files are of no use elsewhere.
  (cd "$MODEL" && find -L . -type f ! -path '*/.*/*' ! -name '.*' -print0 | sort -z) |
    while IFS= read -r -d '' file; do
      mkdir -p "$OUT/model/$name/$(dirname "$file")"
      cp --dereference "$MODEL/$file" "$OUT/model/$name/$file"
    done
}

# For whoever opens the medium, in Windows too: its old editor takes a file without this mark for GBK.
put_readme() {
  {
    printf '\xef\xbb\xbf'
    sed -e "s/@VERSION@/$VERSION/; s/@COMMIT@/${COMMIT:0:12}/; s/@MADE@/$(date -u +%F)/" "$WORK/program/bundle/README.txt"
  } | sed 's/$/\r/' >"$OUT/README.txt"
}

# What install.sh has to know before it opens anything else.
write_facts() {
  local program_kib
  program_kib=$(du -sk "$WORK/program" | cut -f1)
  {
    printf 'format=1\nversion=%s\ncommit=%s\nmade=%s\n' "$VERSION" "$COMMIT" "$(date -u +%F)"
    printf 'variant=%s\narchitecture=x86_64\npython=3.11\ndebian=12\nimage=%s\n' "$VARIANT" "${IMAGE:-}"
    cat "$WORK/wheels.txt"
    printf 'program_kib=%s\n' "$program_kib"
  } >"$OUT/bundle.txt"
}
