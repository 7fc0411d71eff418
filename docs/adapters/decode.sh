#!/bin/sh
# A decoder for ringproof fuzz --exec 'sh decode.sh jq -c .': the arguments are a command
# that reads a body from standard input and writes what it has made of it, or fails. It is
# started anew for each body, which costs milliseconds: an adapter in your language stays.
while read -r line; do
  if made=$(printf %s "$line" | base64 -d | "$@" 2>/dev/null); then
    printf '+%s\n' "$(printf %s "$made" | base64 | tr -d '\n')"
  else
    echo "-refused"
  fi
done
