#!/usr/bin/env bash
# start.sh 的另一个名字；用法见 start.sh --help。
exec bash "$(dirname -- "${BASH_SOURCE[0]}")/start.sh" "$@"
