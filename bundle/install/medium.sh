# shellcheck shell=bash
# The medium that the bundle lies on: what it says about itself, whether it is whole, and how its split files are read.
# Sourced by install.sh, which has set MEDIUM.

FORMAT=1

fact() { sed -n "s/^$1=//p" "$MEDIUM/bundle.txt" | tr -d '\r' | head -n 1; }

# Sets what bundle.txt says.
read_facts() {
  [ -s "$MEDIUM/bundle.txt" ] && [ -s "$MEDIUM/manifest.sha256" ] ||
    die "安装盘不完整：缺少 bundle.txt 或 manifest.sha256。" "多半是没有拷完，或者制作时没有做到最后；请重新拷贝整个文件夹。"
  [ "$(fact format)" = "$FORMAT" ] || die "这张安装盘的格式是 $(fact format)，不是这个安装程序的。" "请用安装盘自己的 install.sh。"
  VERSION=$(fact version) COMMIT=$(fact commit) VARIANT=$(fact variant)
  ID=$VERSION-${COMMIT:0:12}
  [[ $ID =~ ^[0-9A-Za-z.+-]+$ ]] || die "bundle.txt 损坏：看不懂版本 ${ID}。" "请重新拷贝整个文件夹。"
}

# Everything is read once before anything is changed.
check_medium() {
  local manifest=$MEDIUM/manifest.sha256 said listed damaged
  say "核对安装盘：$(du -shL "$MEDIUM" 2>/dev/null | cut -f1)，每个文件读一遍（U 盘上可能要几分钟）……"
  said=$(sed -n '$s/^# \([0-9]*\) files$/\1/p' "$manifest")
  listed=$(grep -vc '^#' "$manifest") || true
  [ -n "$said" ] && [ "$said" = "$listed" ] || die "安装盘的清单 manifest.sha256 不完整。" "请重新拷贝整个文件夹。"
  if ! damaged=$(cd "$MEDIUM" && LC_ALL=C sha256sum --check --quiet --strict manifest.sha256 2>/dev/null); then
    die "安装盘损坏：$(printf '%s\n' "$damaged" | grep -c . || true) 个文件缺失或与清单不符，什么也没有改动。" \
      "$(printf '%s\n' "$damaged" | head -n 5 | sed 's/: FAILED open or read$/（读不出来）/; s/: FAILED$/（内容不对）/')" \
      "请从制作的机器重新拷贝；再出错就换一个 U 盘。"
  fi
}

# A file of the bundle on standard output, from its parts where it is split.
read_file() {
  local file=$1
  if [ -e "$file" ]; then cat -- "$file"; else cat -- "$file".part-*; fi
}

# Files below a folder of the bundle, by the names that they have when they are whole.
list_files() { (cd "$1" && find . -type f ! -name '*.part-[0-9][0-9]' -printf '%P\n' | sed 's/\.whole$//' | LC_ALL=C sort); }

# What the whole file is to have as its digest.
digest_of() {
  local file=$1 name
  if [ -e "$file.whole" ]; then
    cat -- "$file.whole"
  else
    name=${file#"$MEDIUM/"}
    awk -v name="$name" 'substr($0, 67) == name { print $1 }' "$MEDIUM/manifest.sha256"
  fi
}
