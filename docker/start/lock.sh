# shellcheck shell=bash
# One start.sh at a time starts or stops the site: two would each start one, and remember the last one only.
# Sourced by start.sh.

# Ends the script where another one has its turn. A second call in the same script, as in a restart, changes nothing.
take_turn() {
  local other
  if [ -n "${HAS_TURN:-}" ] || [ ! -d "$DATA" ]; then return 0; fi
  if command -v flock >/dev/null 2>&1; then
    take_turn_by_flock
  else
    take_turn_by_link
  fi || {
    other=$(turn_holder)
    die "另一个 start.sh 正在运行${other:+（进程 $other）}。" "等它做完，再运行一次；也可以在它的终端按 Ctrl-C 停下它。"
  }
  HAS_TURN=1
}

# Whoever has its turn ends with it, however it ends: the system takes the lock away. A file of another user's can be
# locked all the same, it need only be read.
take_turn_by_flock() {
  { : >>"$LOCK_FILE"; } 2>/dev/null || true
  [ -r "$LOCK_FILE" ] || return 0
  exec {LOCK}<"$LOCK_FILE"
  # Where the disk knows no locks, as some on the network, the status is another one.
  flock -n "$LOCK" || [ $? -ne 1 ] || return 1
  { printf '%s\n' "$$" >"$LOCK_FILE"; } 2>/dev/null || true
}

# A link is made in one step, and says whose it is. One whose owner is gone is in nobody's way.
take_turn_by_link() {
  if ! ln -s "$$" "$LOCK_FILE.link" 2>/dev/null; then
    # A folder that cannot be written to gives no turns; what then has to be written there says so.
    [ -w "$DATA" ] || return 0
    ! is_start_script "$(readlink "$LOCK_FILE.link")" || return 1
    rm -f "$LOCK_FILE.link"
    ln -s "$$" "$LOCK_FILE.link" 2>/dev/null || return 1
  fi
  trap remove_own_link EXIT
}

# After a restart of the machine the number may be another program's.
is_start_script() { case $(ps -p "$1" -o args= 2>/dev/null) in *start.sh*) ;; *) return 1 ;; esac; }

turn_holder() { readlink "$LOCK_FILE.link" 2>/dev/null || cat "$LOCK_FILE" 2>/dev/null || true; }

# For what is started and stays when this script has ended.
leave_turn_to_script() { [ -z "${LOCK:-}" ] || exec {LOCK}<&-; }

end_turn() {
  [ -n "${HAS_TURN:-}" ] || return 0
  HAS_TURN=''
  if [ -n "${LOCK:-}" ]; then
    # Said, not only closed: what docker left running may have it open too.
    flock -u "$LOCK" || true
    exec {LOCK}<&-
    LOCK=''
  else
    remove_own_link
    trap - EXIT
  fi
}

remove_own_link() { [ "$(readlink "$LOCK_FILE.link" 2>/dev/null)" != "$$" ] || rm -f "$LOCK_FILE.link"; }
