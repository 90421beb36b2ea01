# shellcheck shell=bash
# Finds the GPU, chooses the model that fits it, and downloads the weights. Sourced by start.sh.

# What has to be free on the GPU, in MiB: the weights, one request, and what CUDA takes for itself.
# inference/engine/memory.py computes the first two; a test compares.
BF16_FREE_MIB=21000 # 22 GB
INT8_FREE_MIB=13000 # 13.6 GB
INT4_FREE_MIB=9600  # 10 GB
# The weights as they are downloaded, in KiB: 20.6 GB and some air.
WEIGHTS_KIB=21000000
HF_MODEL=zai-org/GLM-4.6V-Flash
MODELSCOPE_MODEL=ZhipuAI/GLM-4.6V-Flash

# Sets GPU_NAME (empty where there is none), GPU_TOTAL_MIB, GPU_FREE_MIB (empty where the driver does not say), GPU_UUID,
# GPU_COUNT, NO_GPU_REASON.
find_gpu() {
  local rows best
  GPU_NAME='' GPU_TOTAL_MIB=0 GPU_FREE_MIB=0 GPU_UUID='' GPU_COUNT=0 NO_GPU_REASON=''
  if [ "${GLMV_DEVICE:-auto}" = cpu ]; then
    NO_GPU_REASON='设置了 GLMV_DEVICE=cpu'
    return
  fi
  if [ -n "${CUDA_VISIBLE_DEVICES+set}" ] && [[ ${CUDA_VISIBLE_DEVICES} =~ ^(-1)?$ ]]; then
    NO_GPU_REASON='CUDA_VISIBLE_DEVICES 没有留下任何显卡'
    return
  fi
  if ! command -v nvidia-smi >/dev/null 2>&1; then
    NO_GPU_REASON='没有找到 NVIDIA 显卡（没有 nvidia-smi 命令）'
    return
  fi
  set -- --query-gpu=name,memory.total,memory.free,uuid --format=csv,noheader,nounits
  [ -z "${CUDA_VISIBLE_DEVICES:-}" ] || set -- -i "$CUDA_VISIBLE_DEVICES" "$@"
  # Whatever is no row of four is a complaint.
  if ! rows=$(nvidia-smi "$@" 2>&1) || [[ $rows != *,*,*,* ]]; then
    NO_GPU_REASON="显卡驱动没有应答（nvidia-smi：$(printf '%s' "$rows" | head -n 1)）"
    return
  fi
  rows=$(printf '%s\n' "$rows" | grep ',.*,.*,')
  # The card with the most free memory. Where none says how much it has (those that share the computer's, as NVIDIA GB10),
  # the first.
  best=$(printf '%s\n' "$rows" | awk -F', *' '
    NR == 1 { row = $0 }
    $3 ~ /^[0-9]+$/ && (!found || $3 > most) { most = $3 + 0; row = $0; found = 1 } END { print row }')
  GPU_COUNT=$(printf '%s\n' "$rows" | wc -l | tr -d ' ')
  IFS=, read -r GPU_NAME GPU_TOTAL_MIB GPU_FREE_MIB GPU_UUID <<<"${best//, /,}"
  [[ $GPU_FREE_MIB =~ ^[0-9]+$ ]] || GPU_FREE_MIB=''
}

# The installer of a bundle exchanges a model for a new one. Where that takes two moves and the power went between them,
# the old one is still beside its place, on whatever disk that is.
put_back_models() {
  local path place before
  for path in "$DATA"/models/.*.before "$DATA"/models/*; do
    case ${path##*/} in
      .*.before)
        path=${path%.before}
        place=$DATA/models/${path##*/.}
        ;;
      *)
        [ -L "$path" ] || continue
        place=$path
        ;;
    esac
    place=$(readlink -m "$place")
    before=$(dirname "$place")/.$(basename "$place").before
    if [ -e "$place" ] || [ ! -d "$before" ]; then continue; fi
    if mv -T "$before" "$place"; then
      warn "模型 $place 更新到一半断了，已经放回原来的。要换成新的，再运行一次安装盘里的 bash install.sh。"
    fi
  done
}

# Sets MODEL_KIND (remote, demo, folder, hub) and exports GLMV_MODEL and GLMV_QUANTIZE as they are to be used.
choose_model() {
  local shown
  if [ "${GLMV_BACKEND:-local}" = remote ]; then
    MODEL_KIND=remote
    # The address may hold a password.
    shown=$(printf '%s' "${GLMV_REMOTE_URL:-未设置}" | sed -E 's#//[^/@]*@#//#')
    say "模型：由别的服务提供（GLMV_REMOTE_URL=$shown）。"
    return
  fi
  find_gpu
  if [ -n "$GPU_NAME" ] && [ -z "$GPU_FREE_MIB" ]; then
    say "显卡：${GPU_NAME}，显存未知（驱动不报告）。"
  elif [ -n "$GPU_NAME" ]; then
    say "显卡：$GPU_NAME，显存 $GPU_TOTAL_MIB MiB，空闲 $GPU_FREE_MIB MiB。"
  else
    say "显卡：不使用。原因：$NO_GPU_REASON。"
  fi
  if [ -n "${GLMV_MODEL:-}" ]; then
    say "模型：$GLMV_MODEL（按设置 GLMV_MODEL）$(quantise_in_words)。"
  else
    choose_by_memory
  fi
  export GLMV_MODEL
  settle_model_kind
  warn_of_slow_model
}

# Sets MODEL_KIND from GLMV_MODEL; ends the script where it can be neither.
settle_model_kind() {
  case $GLMV_MODEL in
    demo) MODEL_KIND=demo ;;
    modelscope:*/*) MODEL_KIND=hub ;;
    /* | ./* | ../* | '~'*) MODEL_KIND=folder ;;
    */*) if [ -d "$ROOT/$GLMV_MODEL" ]; then MODEL_KIND=folder; else MODEL_KIND=hub; fi ;;
    *) die "看不懂的模型：GLMV_MODEL=$GLMV_MODEL" \
      "可以是 demo、Hugging Face 编号（如 $HF_MODEL）、modelscope: 加编号，或本机文件夹的完整路径。" ;;
  esac
}

# Other makers' cards are named by GLMV_DEVICE; whether PyTorch knows them is not to be seen from here.
warn_of_slow_model() {
  [ "$MODEL_KIND" != demo ] && [ -z "$GPU_NAME" ] || return 0
  case ${GLMV_DEVICE:-auto} in auto | cpu | cuda*) ;; *) return 0 ;; esac
  warn "$GLMV_MODEL 将在 CPU 上运行。GLM-4.6V-Flash 不量化要约 42 GB 内存，一张图要等几分钟，只适合试一试。"
}

quantise_in_words() {
  case ${GLMV_QUANTIZE:-none} in none) ;; *) printf '，%s 量化' "$GLMV_QUANTIZE" ;; esac
}

choose_by_memory() {
  local needed
  if [ -n "$GPU_NAME" ] && [ -z "$GPU_FREE_MIB" ]; then
    choose_demo
    say "模型：演示模型。原因：显存未知，无法判断 GLM-4.6V-Flash 放不放得下。"
    say "  放得下的话（不量化需要 22 GB，int4 需要 10 GB），请写明 GLMV_MODEL=$HF_MODEL，再运行一次。"
    explain_demo
    return
  fi
  if [ -z "${GLMV_QUANTIZE:-}" ]; then
    if [ "$GPU_FREE_MIB" -ge "$BF16_FREE_MIB" ]; then GLMV_QUANTIZE=none; else GLMV_QUANTIZE=int4; fi
    export GLMV_QUANTIZE
  fi
  case $GLMV_QUANTIZE in
    none) needed=$BF16_FREE_MIB ;;
    int8) needed=$INT8_FREE_MIB ;;
    int4) needed=$INT4_FREE_MIB ;;
    *) die "设置 GLMV_QUANTIZE 的值 $GLMV_QUANTIZE 不可用。" "可用的值：none、int8、int4。" ;;
  esac
  if [ "$GPU_FREE_MIB" -ge "$needed" ]; then
    GLMV_MODEL=$HF_MODEL
    CHOSEN_BY_MEMORY=1
    case $GLMV_QUANTIZE in
      none) say "模型：GLM-4.6V-Flash，不量化（bf16）。空闲显存 $GPU_FREE_MIB MiB，够用（需要 $needed MiB）。" ;;
      *) say "模型：GLM-4.6V-Flash，$GLMV_QUANTIZE 量化。空闲显存 $GPU_FREE_MIB MiB；不量化需要 $BF16_FREE_MIB MiB，$GLMV_QUANTIZE 需要 $needed MiB。" ;;
    esac
    return
  fi
  choose_demo
  if [ -n "$GPU_NAME" ]; then
    say "模型：演示模型。原因：空闲显存只有 $GPU_FREE_MIB MiB，GLM-4.6V-Flash 至少需要 $needed MiB（24 GB 显卡不量化，12 GB 显卡用 int4）。"
    [ "$GPU_TOTAL_MIB" -lt "$needed" ] || say "  别的程序占用了显存。关掉它们（nvidia-smi 可以看到）后重新运行，就能用真正的模型。"
  else
    say "模型：演示模型。原因：$NO_GPU_REASON；GLM-4.6V-Flash 需要 12 GB 以上显存的显卡。"
    say "  别的品牌的加速卡请在 .env 里写明 GLMV_MODEL=$HF_MODEL，并装好 PyTorch 的插件。"
  fi
  explain_demo
}

choose_demo() { export GLMV_MODEL=demo GLMV_QUANTIZE=none; }
explain_demo() { say "  演示模型只认识项目自带的示例老照片，用来确认整套系统运转正常，不能用于实际工作。"; }

# Whether every part of a checkpoint is in its folder: files get their names when they are complete.
has_weights() {
  local folder=$1 shard shards
  [ -s "$folder/config.json" ] || return 1
  if [ -s "$folder/model.safetensors.index.json" ]; then
    shards=$(grep -o '"[^"]*\.safetensors"' "$folder/model.safetensors.index.json" | tr -d '"' | sort -u)
    for shard in $shards; do [ -s "$folder/$shard" ] || return 1; done
    [ -n "$shards" ]
  else
    [ -s "$folder/model.safetensors" ]
  fi
}

# Brings a hub's model into DATA/models, using the Python of the WAY it is run, and points GLMV_MODEL_FOLDER at it.
fetch_weights() {
  local id=${GLMV_MODEL#modelscope:}
  GLMV_MODEL_FOLDER=$DATA/models/${id##*/}
  if has_weights "$GLMV_MODEL_FOLDER"; then
    say "权重：已经在 ${GLMV_MODEL_FOLDER}。"
    return
  fi
  require_network "没有模型 ${id##*/} 的权重" "把整个模型文件夹拷到 $GLMV_MODEL_FOLDER，或用制作时带 --model 的安装盘更新" \
    "先用演示模型（不能用于实际工作）：GLMV_MODEL=demo bash start.sh"
  require_disk_space "$GLMV_MODEL_FOLDER"
  say "权重：下载到 ${GLMV_MODEL_FOLDER}，约 20 GB。中途可以按 Ctrl-C，再运行一次就接着下载。"
  local sources
  sources=$(weight_sources "$id")
  # shellcheck disable=SC2086 # one word for each source
  if "in_$WAY" docker/fetch_model.py "$("place_in_$WAY" "$GLMV_MODEL_FOLDER")" $sources && has_weights "$GLMV_MODEL_FOLDER"; then
    say "权重：下载完成。"
    return
  fi
  offer_demo "$id"
}

# hub=id, the first to be tried first.
weight_sources() {
  local id=$1
  case $GLMV_MODEL in modelscope:*)
    printf 'modelscope=%s' "$id"
    return
    ;;
  esac
  if [ -z "${CHOSEN_BY_MEMORY:-}" ]; then
    printf 'huggingface=%s' "$id"
    return
  fi
  case ${MODEL_SOURCE:-${HF_ENDPOINT:+huggingface}} in
    huggingface) printf 'huggingface=%s' "$HF_MODEL" ;;
    modelscope) printf 'modelscope=%s' "$MODELSCOPE_MODEL" ;;
    *) printf 'modelscope=%s huggingface=%s' "$MODELSCOPE_MODEL" "$HF_MODEL" ;;
  esac
}

require_disk_space() {
  local folder=$1 free have=0
  mkdir -p "$folder" || die "建不了文件夹 ${folder}。"
  free=$(df -Pk "$folder" | awk 'NR == 2 { print $4 }')
  have=$(du -sk "$folder" | awk '{ print $1 }')
  if [ $((free + have)) -lt "$WEIGHTS_KIB" ]; then
    die "磁盘空间不够：下载权重还需要约 $(((WEIGHTS_KIB - have) / 1000000)) GB，$folder 所在的磁盘只剩 $((free / 1000000)) GB。" \
      "清理磁盘，或把数据文件夹放到大的磁盘上：在 .env 里写 DATA_DIR=/大磁盘/glmv" \
      "先用演示模型：GLMV_MODEL=demo bash start.sh"
  fi
}

# Never by itself: the person decides whether the demo model will do for now.
offer_demo() {
  local answer='' name=${1##*/}
  say ''
  say "错误：模型没有下载完。已经下载的部分都留着，再运行一次 bash start.sh 就接着下载。"
  say "  换一个来源：MODEL_SOURCE=modelscope bash start.sh，或 HF_ENDPOINT=https://hf-mirror.com bash start.sh"
  say "  不能上网：在别的机器上下载整个模型文件夹，拷到 $DATA/models/$name"
  say "  先用演示模型（不能用于实际工作）：GLMV_MODEL=demo bash start.sh"
  [ -t 0 ] && [ -t 1 ] || exit 1
  read -r -p '现在先用演示模型启动吗？[y/N] ' answer || true
  case $answer in
    [Yy]*)
      GLMV_MODEL=demo GLMV_QUANTIZE=none MODEL_KIND=demo
      export GLMV_MODEL GLMV_QUANTIZE
      ;;
    *) exit 1 ;;
  esac
}
