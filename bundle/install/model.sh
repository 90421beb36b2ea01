# shellcheck shell=bash
# The model of a bundle, brought into the data folder. Sourced by install.sh.

# The models of the bundle, one folder each.
models() { [ ! -d "$MEDIUM/model" ] || (cd "$MEDIUM/model" && find . -mindepth 1 -maxdepth 1 -type d -printf '%P\n'); }

# As settings name it.
installed_model() { say "$BASE/data/models/$1"; }

# Where its files are. The folder may be a link to another disk: it is the link's target that changes, not the link.
place_of_model() { readlink -m "$BASE/data/models/$1"; }

# What is copied is collected in a folder beside it: start.sh takes a folder in which all files are there for complete.
unfinished_model() { beside_model "$1" incomplete; }
beside_model() {
  local place
  place=$(place_of_model "$1")
  say "$(dirname "$place")/.$(basename "$place").$2"
}

# Ends the script where a link leads nowhere: what was copied there would fill the disk below the mount point.
require_linked_models() {
  local name folder place
  while IFS= read -r name; do
    folder=$(installed_model "$name") place=$(place_of_model "$name")
    if [ ! -L "$folder" ] || [ -d "$place" ] || [ -d "$(beside_model "$name" before)" ]; then continue; fi
    die "模型的文件夹 $folder 是一个链接，指向 ${place}，那里没有文件夹，多半是硬盘没有接好。" \
      "接好硬盘再运行一次；不用那里了就删去链接：rm \"$folder\""
  done < <(models)
}

# Ends the script where a model cannot be exchanged as a whole.
require_exchangeable_models() {
  local name place
  while IFS= read -r name; do
    place=$(place_of_model "$name")
    if ! mountpoint -q "$place" 2>/dev/null || ! model_differs "$name"; then continue; fi
    die "模型的文件夹 $place 是一个挂载点，不能整个换成新的模型。" \
      "把模型移到那块盘里的一个文件夹，再用链接指向它：ln -s 那个文件夹 \"$(installed_model "$name")\""
  done < <(models)
}

# In KiB, what has to be copied of a model. What is there in another size has to be; whether what has the same size is
# the same only its digest says, which takes minutes: it counts as copied until SAME_FILES says what has been compared.
missing_model_kib() {
  local name=$1 file bytes total=0
  while IFS= read -r file; do
    bytes=$(bytes_of "$MEDIUM/model/$name/$file")
    if is_in_place "$name" "$file" "$bytes" || has_bytes "$(unfinished_model "$name")/$file" "$bytes"; then continue; fi
    total=$((total + bytes / 1024 + 1))
  done < <(list_files "$MEDIUM/model/$name")
  say "$total"
}

is_in_place() {
  local name=$1 file=$2 bytes=$3
  if [ -n "${COMPARED:-}" ]; then
    [ -n "${SAME_FILES[$name/$file]:-}" ]
  else
    has_bytes "$(place_of_model "$name")/$file" "$bytes"
  fi
}

# What is missing on the medium is found, and told, when the medium is checked.
bytes_of() {
  if [ -e "$1" ]; then
    stat -c %s -- "$1"
  else
    { stat -c %s -- "$1".part-* 2>/dev/null || true; } | awk '{ sum += $1 } END { print sum + 0 }'
  fi
}

has_bytes() { [ -f "$1" ] && [ "$(stat -c %s -- "$1")" = "$2" ]; }

# Sets SAME_FILES: those of the installed models that are those of the medium, byte by byte.
compare_models() {
  local name file
  declare -gA SAME_FILES=()
  while IFS= read -r name; do
    [ -d "$(place_of_model "$name")" ] || continue
    say "模型：${name}，与已有的核对（几分钟）……"
    while IFS= read -r file; do
      if is_copied "$MEDIUM/model/$name/$file" "$(place_of_model "$name")/$file"; then SAME_FILES[$name/$file]=1; fi
    done < <(list_files "$MEDIUM/model/$name")
  done < <(models)
  COMPARED=1
}

install_model() {
  local name
  while IFS= read -r name; do
    if model_differs "$name"; then
      say "模型：${name}，复制到 $(place_of_model "$name")（几分钟到几十分钟）……"
      collect_model "$name"
      exchange_model "$name"
    fi
    # Also what an interruption left when the new one was in its place already.
    rm -rf "$(unfinished_model "$name")" "$(beside_model "$name" before)"
    INSTALLED_MODEL=$(installed_model "$name")
  done < <(models)
}

model_differs() {
  local name=$1 file
  while IFS= read -r file; do
    [ -n "${SAME_FILES[$name/$file]:-}" ] || return 0
  done < <(list_files "$MEDIUM/model/$name")
  return 1
}

is_copied() { [ -f "$2" ] && [ "$(sha256sum <"$2" | cut -c1-64)" = "$(digest_of "$1")" ]; }

# Files that the installed model has as they are need not be copied: they get a second name.
collect_model() {
  local name=$1 folder ready file from
  folder=$(place_of_model "$name") ready=$(unfinished_model "$name")
  keep_only_listed "$name"
  while IFS= read -r file; do
    from=$MEDIUM/model/$name/$file
    ! is_copied "$from" "$ready/$file" || continue
    mkdir -p "$(dirname "$ready/$file")" || stop_here "模型没有复制完" "$ready"
    if [ -n "${SAME_FILES[$name/$file]:-}" ] && ln -f "$folder/$file" "$ready/$file" 2>/dev/null; then continue; fi
    copy_model_file "$from" "$ready/$file"
  done < <(list_files "$MEDIUM/model/$name")
  chown -R --reference="$BASE/data" "$BASE/data/models" "$ready" 2>/dev/null || true
  flush "$ready"
}

# What another medium left there, half copied, would be taken for a part of this model.
keep_only_listed() {
  local ready file
  local -A listed=()
  ready=$(unfinished_model "$1")
  [ -d "$ready" ] || return 0
  while IFS= read -r file; do listed[$file]=1; done < <(list_files "$MEDIUM/model/$1")
  while IFS= read -r -d '' file; do
    [ -f "$ready/$file" ] && [ ! -L "$ready/$file" ] && [ -n "${listed[$file]:-}" ] || rm -f "$ready/$file"
  done < <(find "$ready" -mindepth 1 ! -type d -printf '%P\0')
  find "$ready" -mindepth 1 -depth -type d -empty -delete || stop_here "模型没有复制完" "$ready"
}

copy_model_file() {
  local from=$1 to=$2 expected actual
  expected=$(digest_of "$from")
  rm -f "$to"
  actual=$(read_file "$from" | tee "$to" | sha256sum | cut -c1-64) || stop_here "模型没有复制完" "$(dirname "$to")"
  if [ "$actual" != "$expected" ] || ! is_copied "$from" "$to"; then
    rm -f "$to"
    stop_here "模型的文件 $(basename "$to") 复制后与清单不符" "$(dirname "$to")"
  fi
}

# The site may be reading the old one, and files of two models are no model: the folder changes as a whole, in one step
# where the system has it. Elsewhere (some network disks) there is none between the two moves; start.sh puts the old one
# back where that was cut off.
exchange_model() {
  local folder ready before
  folder=$(place_of_model "$1") ready=$(unfinished_model "$1") before=$(beside_model "$1" before)
  rm -rf "$before"
  if [ -d "$folder" ] && exchange_folders "$ready" "$folder"; then
    flush "$folder"
    return
  fi
  if [ -e "$folder" ]; then mv -T "$folder" "$before" || stop_here "模型没有换好"; fi
  mv -T "$ready" "$folder" || stop_here "模型没有换好"
  flush "$folder"
}

# Neither coreutils of Debian 12 nor Python has a name for it: renameat2 with RENAME_EXCHANGE.
exchange_folders() {
  find_python && "$PYTHON" -I - "$@" 2>/dev/null <<'END'
import ctypes, os, sys

AT_FDCWD, RENAME_EXCHANGE = -100, 2
one, other = map(os.fsencode, sys.argv[1:])
sys.exit(ctypes.CDLL(None).renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) != 0)
END
}
