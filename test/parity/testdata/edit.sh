#!/bin/sh
# An editor: keeps what it is shown in $HOME/seen, then does with sed what its arguments say, one each time it
# is opened. `-` leaves the text alone, `!` fails, `=file` puts another text in its place.
PATH=/usr/bin:/bin
for file in "$@"; do :; done
{ echo "--- ${file##*.}"; cat "$file"; } >> "$HOME/seen"
opened=$(grep -c '^--- ' "$HOME/seen")
[ "$opened" -lt "$#" ] || exit 0
eval "change=\${$opened}"
case $change in
  -) ;;
  !) exit 3 ;;
  =*) cat "${change#=}" > "$file" ;;
  *) sed -i -E "$change" "$file" ;;
esac
