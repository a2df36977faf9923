#!/bin/sh
# Runs the llama.cpp program of its own name inside forky's folder, for Ollama, which looks for its engine under
# ../lib/ollama. Paths below that folder are named from there.
forky=$(cd "$(dirname "$0")/../../../forky" && pwd)
for argument in "$@"; do
  shift
  set -- "$@" "${argument#"$forky"}"
done
exec chroot "$forky" "/usr/bin/$(basename "$0")" "$@"
