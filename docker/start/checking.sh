# shellcheck shell=bash
# Whether the site can start with the settings as they are: asked before a running one is stopped, and before the
# database is touched. Sourced by start.sh.

# Ends the script where the site that runs, in WAY, would not start again.
require_startable() {
  local running=$WAY port
  read -r port _ <<<"$("${WAY}_place")" || true
  if [ "${port:-$PORT}" != "$PORT" ]; then require_free_port; fi
  STILL_RUNS=1
  require_model_of_settings
  choose_way >/dev/null
  if [ "$WAY" = container ]; then
    require_reachable_addresses
    # What there is to be built is built while the old one runs; a process has no image to tell which.
    if [ "$running" = container ]; then
      case $(container_image) in *-cuda) build_variant cuda ;; *) build_variant cpu ;; esac
    elif ! find_own_image; then
      WAY=process
    fi
  fi
  "require_settings_of_$WAY"
  STILL_RUNS=''
}

require_model_of_settings() {
  if [ "${GLMV_BACKEND:-local}" = remote ] || [ -z "${GLMV_MODEL:-}" ]; then return; fi
  settle_model_kind
  [ "$MODEL_KIND" != folder ] || [ -d "${GLMV_MODEL/#\~/$HOME}" ] || die "没有这个模型文件夹：$GLMV_MODEL" "$(where_to_mend)"
}

# Once: a restart has asked already.
require_settings_of_process() {
  local said
  if [ -n "${SETTINGS_CHECKED:-}" ] || [ ! -x "$VENV/bin/python" ]; then return; fi
  if ! said=$(manage_in_process check 2>&1); then
    # Packages that the new program wants come with the start.
    if lacks_packages && [[ $said == *Traceback* ]]; then return; fi
    refuse_settings "$said"
  fi
  SETTINGS_CHECKED=1
}

require_settings_of_container() {
  local said
  settle_volumes
  said=$(in_container manage.py check 2>&1) || refuse_settings "$said"
}

refuse_settings() {
  local faults=()
  mapfile -t faults < <(setting_faults <<<"$1")
  if [ "${#faults[@]}" = 0 ]; then
    die "检查设置时出错：$(in_plain_words "$(last_error <<<"$1")")" "$(where_to_mend)"
  fi
  die "设置有误。${faults[0]}" "${faults[@]:1}" "$(where_to_mend)"
}

where_to_mend() {
  say "写在 $ENV_FILE 里，或者写在命令前面、环境变量里。改好以后再运行一次。${STILL_RUNS:+网站没有停下，照原来的设置运行。}"
}

# The sentences with which `manage.py check`, on standard input, refuses the settings; an older version gives codes.
setting_faults() { awk 'sub(/^.*: \([a-z_]+\.E[0-9]+\) /, "") || sub(/^错误：/, "") || /^设置/'; }
