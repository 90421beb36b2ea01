# shellcheck shell=bash
# A machine without a network: what is not there cannot be fetched, and is said at once instead of waited for.
# Sourced by start.sh.

# An installation from a bundle is taken to have none; GLMV_OFFLINE in .env says otherwise, or says so elsewhere.
is_offline() {
  GLMV_OFFLINE=${GLMV_OFFLINE:-}
  case ${GLMV_OFFLINE,,} in
    '') [ -e "$ROOT/bundle.txt" ] ;;
    0 | no | off | false) return 1 ;;
    *) return 0 ;;
  esac
}

# For what is started from here, in a container too.
tell_offline() {
  is_offline || return 0
  export GLMV_OFFLINE=1
}

# Ends the script where something would have to come from the network.
require_network() {
  is_offline || return 0
  local what=$1
  shift
  die "$what，而这台机器按离线使用（GLMV_OFFLINE），不去网上下载。" "$@" \
    "其实能上网的话：GLMV_OFFLINE=0 bash start.sh（长期如此就写进 .env）"
}

# Where no image came with the bundle, Docker is of no use; that of another version runs another program.
has_image_for_offline() {
  if ! is_offline || find_own_image; then return 0; fi
  WHY_NO_DOCKER='离线，也没有这个版本的映像'
  return 1
}
