# shellcheck shell=bash
# The model of a bundle, brought into the data folder. Sourced by install.sh.

# The models of the bundle, one folder each.
models() { [ ! -d "$MEDIUM/model" ] || (cd "$MEDIUM/model" && find . -mindepth 1 -maxdepth 1 -type d -printf '%P\n'); }

installed_model() { say "$BASE/data/models/$1"; }

# What is copied is collected in a folder beside it: start.sh takes a folder in which all files are there for complete.
unfinished_model() { say "$BASE/data/models/.$1.incomplete"; }

# What an installed model differs in has to be copied; told by the sizes, for digests take minutes.
missing_model_kib() {
  local name file bytes total=0
  while IFS= read -r name; do
    while IFS= read -r file; do
      bytes=$(bytes_of "$MEDIUM/model/$name/$file")
      if has_bytes "$(installed_model "$name")/$file" "$bytes" || has_bytes "$(unfinished_model "$name")/$file" "$bytes"; then
        continue
      fi
      total=$((total + bytes / 1024 + 1))
    done < <(list_files "$MEDIUM/model/$name")
  done < <(models)
  say "$total"
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

install_model() {
  local name
  while IFS= read -r name; do
    if model_differs "$name"; then
      say "模型：${name}，复制到 $BASE/data/models（几分钟到几十分钟）……"
      collect_model "$name"
      exchange_model "$name"
    fi
    INSTALLED_MODEL=$(installed_model "$name")
  done < <(models)
}

model_differs() {
  local name=$1 file
  while IFS= read -r file; do
    is_copied "$MEDIUM/model/$name/$file" "$(installed_model "$name")/$file" || return 0
  done < <(list_files "$MEDIUM/model/$name")
  return 1
}

is_copied() { [ -f "$2" ] && [ "$(sha256sum <"$2" | cut -c1-64)" = "$(digest_of "$1")" ]; }

# Files that the installed model has as they are need not be copied: they get a second name.
collect_model() {
  local name=$1 folder ready file from
  folder=$(installed_model "$name") ready=$(unfinished_model "$name")
  keep_only_listed "$name"
  while IFS= read -r file; do
    from=$MEDIUM/model/$name/$file
    ! is_copied "$from" "$ready/$file" || continue
    mkdir -p "$(dirname "$ready/$file")" || stop_here "模型没有复制完"
    if is_copied "$from" "$folder/$file" && ln -f "$folder/$file" "$ready/$file" 2>/dev/null; then continue; fi
    copy_model_file "$from" "$ready/$file"
  done < <(list_files "$MEDIUM/model/$name")
  chown -R --reference="$BASE/data" "$BASE/data/models" 2>/dev/null || true
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
  find "$ready" -mindepth 1 -depth -type d -empty -delete || stop_here "模型没有复制完"
}

copy_model_file() {
  local from=$1 to=$2 expected actual
  expected=$(digest_of "$from")
  rm -f "$to"
  actual=$(read_file "$from" | tee "$to" | sha256sum | cut -c1-64) || stop_here "模型没有复制完"
  if [ "$actual" != "$expected" ] || ! is_copied "$from" "$to"; then
    rm -f "$to"
    stop_here "模型的文件 $(basename "$to") 复制后与清单不符"
  fi
}

# The site may be reading the old one, and files of two models are no model: the folder changes as a whole.
exchange_model() {
  local folder ready before
  folder=$(installed_model "$1") ready=$(unfinished_model "$1") before=$BASE/data/models/.$1.before
  rm -rf "$before"
  if [ -e "$folder" ]; then mv -T "$folder" "$before" || stop_here "模型没有换好"; fi
  mv -T "$ready" "$folder" || stop_here "模型没有换好"
  rm -rf "$before"
}
