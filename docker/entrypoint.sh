#!/bin/sh
# The image's way in: brings the database up to date, makes the first administrator, then becomes `manage.py serve`.
# `docker run IMAGE --quantize int4` passes flags on to it; any other command is run instead.
set -eu

case ${1:-serve} in
  serve) [ $# -eq 0 ] || shift ;;
  -*) ;;
  *) exec "$@" ;;
esac

cd "$(dirname -- "$0")/.."
# Until `serve` takes over, a stop waits for the step at work; as process 1, sh would pay it no attention at all.
trap 'exit 143' TERM INT

if ! mkdir -p "$HOME" 2>/dev/null || [ ! -w "$DATA_DIR" ]; then
  echo "错误：数据文件夹 $DATA_DIR 写不进去（本容器的用户是 $(id -u):$(id -g)）。" >&2
  echo "在主机上运行 chown -R $(id -u):$(id -g) data，或者用 --user 指定该文件夹的主人。" >&2
  exit 1
fi

# Its lines tell which backup there is to go back to.
python manage.py upgrade
# The password stays out of the container's log, which is kept.
python manage.py ensure_admin >/dev/null
if [ -f "$DATA_DIR/admin_password" ]; then
  echo "管理员账号 admin，初始密码在数据文件夹的 admin_password 里（登录后请修改并删除该文件）。"
fi
trap - TERM INT
exec python manage.py serve "$@"
