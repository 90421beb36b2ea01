# shellcheck shell=bash
# What a bare Debian 12 lacks, with everything that it depends on, as a small repository for apt. Sourced by make.sh.

# Python and its venv; ps, by which start.sh knows its process; make for `make run`; what PostgreSQL's backups need; fonts, so that a browser on that machine shows
# Chinese.
DEBS="python3 python3-venv procps make postgresql-client fonts-noto-cjk"

put_debs() {
  local name apt=$WORK/apt
  if ! command -v apt-get >/dev/null; then
    say "Debian 软件包：不带（这台机器没有 apt）。"
    return
  fi
  for name in ${WITH//,/ }; do
    case $name in
      nginx) DEBS+=" nginx-light" ;;
      exiftool) DEBS+=" libimage-exiftool-perl" ;;
      *) die "--with 里看不懂的名字：$name" "可以写 nginx、exiftool，用逗号分开。" ;;
    esac
  done
  say "Debian 软件包：下载 $DEBS 和它们依赖的……"
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$OUT/debs"
  # As if nothing were installed: what comes is all that any Debian 12 may lack, the C library included. apt takes from
  # it, on the other machine, what that one needs.
  : >"$apt/status"
  write_sources >"$apt/sources.list"
  apt_of_bundle update || die "访问不到 Debian 的软件源。" "换一个镜像：DEBIAN_MIRROR=http://mirrors.ustc.edu.cn/debian DEBIAN_SECURITY_MIRROR=http://mirrors.ustc.edu.cn/debian-security" \
    "或者不带：--without debs"
  # shellcheck disable=SC2086 # one word for each package
  apt_of_bundle install --yes --download-only --no-install-recommends $DEBS || die "Debian 软件包没有下载完。" "再试一次，或者不带：--without debs"
  copy_debs "$apt/cache/archives"
  write_index >"$OUT/debs/Packages"
  say "Debian 软件包：$(find "$OUT/debs" -name '*.deb' | wc -l) 个，$(du -sh "$OUT/debs" | cut -f1)"
}

write_sources() {
  local keys=/usr/share/keyrings/debian-archive-keyring.gpg main=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
  local security=${DEBIAN_SECURITY_MIRROR:-http://deb.debian.org/debian-security}
  [ -r "$keys" ] || die "缺少 Debian 软件源的公钥。" "运行：sudo apt-get install -y debian-archive-keyring"
  printf 'deb [arch=amd64 signed-by=%s] %s\n' "$keys" "$main bookworm main" "$keys" "$main bookworm-updates main" \
    "$keys" "$security bookworm-security main"
}

# Everything in folders of its own: neither root nor this machine's own sources are needed. The user that apt downloads
# as could not write there.
apt_of_bundle() {
  local apt=$WORK/apt
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dir::State="$apt" -o Dir::State::status="$apt/status" -o Dir::State::lists="$apt/lists" \
    -o Dir::Cache="$apt/cache" -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o APT::Architecture=amd64 -o APT::Architectures::=amd64 -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=1 "$@" >/dev/null
}

# apt writes the colon of a version as %3a, and reads that as a colon.
copy_debs() {
  local deb name
  for deb in "$1"/*.deb; do
    name=${deb##*/}
    cp "$deb" "$OUT/debs/${name//%3a/-}"
  done
}

write_index() {
  local deb
  for deb in "$OUT/debs/"*.deb; do
    dpkg-deb --field "$deb"
    printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "${deb##*/}" "$(stat -c %s "$deb")" \
      "$(sha256sum <"$deb" | cut -c1-64)"
  done
}
