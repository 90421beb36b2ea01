# shellcheck shell=bash
# Debian packages: installed only where something is missing, from the bundle alone. Sourced by install.sh.

has_packages() { [ -s "$MEDIUM/debs/Packages" ]; }

# Sets MISSING (nothing runs without) and LACKING (something is of less use without).
find_missing_packages() {
  MISSING='' LACKING=''
  find_python || MISSING="python3 python3-venv"
  command -v ps >/dev/null || LACKING+=" procps"
  command -v make >/dev/null || LACKING+=" make"
  has_chinese_fonts || LACKING+=" fonts-noto-cjk"
  command -v pg_dump >/dev/null || ! uses_postgresql || LACKING+=" postgresql-client"
  case ,$WITH, in *,nginx,*) has_program nginx || LACKING+=" nginx-light" ;; esac
  case ,$WITH, in *,exiftool,*) has_program exiftool || LACKING+=" libimage-exiftool-perl" ;; esac
}

# Those of administrators are not on everybody's PATH.
has_program() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ]; }

has_chinese_fonts() {
  if command -v fc-list >/dev/null; then
    [ -n "$(fc-list :lang=zh family 2>/dev/null | head -n 1)" ]
  else
    [ -n "$(find /usr/share/fonts -iname '*cjk*' -print -quit 2>/dev/null)" ]
  fi
}

uses_postgresql() { grep -qsE '^(export )?DATABASE_URL=["'\'']?postgres' "$BASE/.env"; }

install_packages() {
  local why=''
  find_missing_packages
  if [ -z "$MISSING$LACKING" ]; then
    say "系统软件：都有，不用装。"
    return
  fi
  if ! has_packages; then
    why="安装盘里没有带"
  elif ! is_debian_of_bundle; then
    why="这台机器不是 Debian $(fact debian)"
  elif ! is_root; then
    why="不是 root"
  fi
  if [ -z "$why" ]; then
    say "系统软件：安装$MISSING$LACKING……"
    # shellcheck disable=SC2086 # one word for each package
    if apt_from_bundle install --yes --no-install-recommends $MISSING $LACKING; then return; fi
    why="没有装上，原因见上"
  fi
  find_python || die "缺少系统软件：$MISSING（$why）。" "请运行：sudo bash install.sh"
  warn "缺少系统软件：$LACKING（$why）。网站可以运行，但没有 procps 就用不了 start.sh，没有 make 就用不了 make run，没有中文字体时这台机器上的浏览器显示不了中文，" \
    "没有 postgresql-client 就备份不了 PostgreSQL。要装上：sudo bash install.sh"
}

# apt decides what of the bundle this machine needs; the sources of the network are left out. Its lists and cache are
# the system's no more than those sources: a folder of its own, with a plain name for a medium that may have none.
apt_from_bundle() {
  local folder status=0 options
  folder=$(mktemp -d /tmp/glmv-debs.XXXXXX)
  # Its user for downloads has to come in.
  chmod 755 "$folder"
  mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
  ln -s "$MEDIUM/debs" "$folder/debs"
  printf 'deb [trusted=yes] file:%s/debs ./\n' "$folder" >"$folder/sources.list"
  options=(-qq -o Dir::Etc::sourcelist="$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$folder/lists" \
    -o Dir::Cache="$folder/cache" -o APT::Sandbox::User=root -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0)
  {
    DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" update &&
      DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" "$@"
  } >"$folder/log" 2>&1 || status=$?
  [ "$status" = 0 ] || tail -n 15 "$folder/log" >&2
  rm -rf "$folder"
  return "$status"
}
