# shellcheck shell=bash
# The last steps of a bundle: files that FAT32 cannot hold are split, and everything gets its digest. Sourced by make.sh.

# FAT32 holds files below 4 GiB; exFAT would not need it, and nobody knows yet what the bundle will be copied to.
LARGEST_BYTES=${LARGEST_BYTES:-4294967295}
PART_BYTES=${PART_BYTES:-4000000000}

# The manifest comes last: a bundle without one has not been made to its end.
seal_bundle() {
  local folder=$1
  split_large_files "$folder"
  say "清单：计算每个文件的 SHA-256……"
  (
    cd "$folder" || exit 1
    find . -type f ! -path ./manifest.sha256 ! -path ./manifest.partial -printf '%P\0' | LC_ALL=C sort -z |
      xargs -0 sha256sum -- >manifest.partial
    # A manifest that was cut off would have less to complain about.
    printf '# %s files\n' "$(wc -l <manifest.partial)" >>manifest.partial
    mv manifest.partial manifest.sha256
  )
}

# NAME becomes NAME.part-00, -01, …, and NAME.whole, which has the digest of all of them together.
split_large_files() {
  local folder=$1 file digest
  find "$folder" -type f -size +"$LARGEST_BYTES"c -print0 | while IFS= read -r -d '' file; do
    say "分卷：${file##*/} 超过 4 GB，FAT32 的 U 盘放不下，分成几份。"
    digest=$(sha256sum <"$file" | cut -c1-64)
    split --bytes="$PART_BYTES" --numeric-suffixes --suffix-length=2 -- "$file" "$file.part-"
    printf '%s\n' "$digest" >"$file.whole"
    rm "$file"
  done
}
