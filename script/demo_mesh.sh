# Three sites on this machine, for `script/server --demo-mesh`: fra and ber with a mock backend each, and laptop without one, which nobody can
# dial. Runs until Ctrl-C, which ends all of it. Needs: $binary.
#
#   EDGEMESH_DEMO_PORT    the first of 32 ports that it uses; 8780 unless given
#   EDGEMESH_DEMO_FOLDER  where keys, stores and logs go; a folder under /tmp that is removed at the end unless given
demo_port=${EDGEMESH_DEMO_PORT:-8780}
demo_pids=()

demo_start() {  # NAME COMMAND...: its output goes to NAME.log
  local name=$1
  shift
  "$@" >"$demo_folder/$name.log" 2>&1 &
  demo_pids+=($!)
}

demo_end() {
  trap '' INT TERM
  kill -TERM "${demo_pids[@]}" 2>/dev/null || true
  wait || true
  if [ -z "${EDGEMESH_DEMO_FOLDER:-}" ]; then rm -rf "$demo_folder"; fi
}

demo_fail() {  # NAME MESSAGE
  echo "demo-mesh: $2; the end of $1's log:" >&2
  tail -n 5 "$demo_folder/$1.log" >&2 || true
  exit 1
}

# demo_until SECONDS COMMAND...: tries until it succeeds.
demo_until() {
  local tries=$(($1 * 10))
  shift
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.1
  done
}

demo_configure() {  # NAME SITE OFFSET ADVERTISE BACKENDS
  local first=$((demo_port + $3))
  cat >"$demo_folder/$1.yaml" <<YAML
node: {name: $1, site: $2$4}
listen: {api: "127.0.0.1:$first", admin: "127.0.0.1:$((first + 1))", mesh: "127.0.0.1:$((first + 2))", peer: "127.0.0.1:$((first + 2))"}
data_dir: $demo_folder/$1
discovery: {local: false}
backends: $5
YAML
}

demo_serve() {  # NAME OFFSET [TOKEN]
  local api=127.0.0.1:$((demo_port + $2))
  if [ -n "${3:-}" ]; then
    # Not on the command line, where every user of the machine could read it.
    (umask 077; printf '%s\n' "$3" >"$demo_folder/$1.token")
    demo_start "$1" "$binary" serve --config "$demo_folder/$1.yaml" --join "@$demo_folder/$1.token"
  else
    demo_start "$1" "$binary" serve --config "$demo_folder/$1.yaml"
  fi
  # Its own word, not /readyz: something else may listen there.
  demo_until 20 demo_is_ready "$1" "${demo_pids[-1]}" && kill -0 "${demo_pids[-1]}" 2>/dev/null || demo_fail "$1" "$1 did not get ready on $api"
}

demo_is_ready() { grep -q ' info ready ' "$demo_folder/$1.log" || ! kill -0 "$2"; }  # or will never be

demo_has_model() { curl -fsS "http://127.0.0.1:$((demo_port + 20))/v1/models" | grep -q '"demo"'; }

demo_row() {  # NAME OFFSET PID TEXT
  printf '  %-7s http://127.0.0.1:%s  admin 127.0.0.1:%s  pid %-7s %s\n' "$1" $((demo_port + $2)) $((demo_port + $2 + 1)) "$3" "$4"
}

demo_mesh() {
  demo_folder=${EDGEMESH_DEMO_FOLDER:-$(mktemp -d /tmp/edgemesh-demo.XXXXXX)}
  mkdir -p "$demo_folder"
  trap demo_end EXIT
  trap 'exit 0' INT TERM
  local mock=$((demo_port + 30)) fra ber laptop
  demo_start mock-fra "$binary" mock --kind llamacpp --listen "127.0.0.1:$mock" --models demo --itl 30ms --tokens 60
  demo_start mock-ber "$binary" mock --kind llamacpp --listen "127.0.0.1:$((mock + 1))" --models demo --itl 30ms --tokens 60
  demo_configure fra fra 0 '' "[{name: gpu, kind: llamacpp, url: \"http://127.0.0.1:$mock\"}]"
  demo_configure ber ber 10 '' "[{name: gpu, kind: llamacpp, url: \"http://127.0.0.1:$((mock + 1))\"}]"
  demo_configure laptop home 20 ', advertise: none' '[]'

  "$binary" mesh init --config "$demo_folder/fra.yaml" >/dev/null
  demo_serve fra 0
  fra=${demo_pids[-1]}
  demo_serve ber 10 "$("$binary" mesh invite --admin "127.0.0.1:$((demo_port + 1))" | tail -n 1)"
  ber=${demo_pids[-1]}
  demo_serve laptop 20 "$("$binary" mesh invite --admin "127.0.0.1:$((demo_port + 1))" | tail -n 1)"
  laptop=${demo_pids[-1]}
  demo_until 30 demo_has_model || demo_fail laptop "laptop hears of no model"

  echo "demo-mesh: three sites on this machine; the backends are MOCKS, their answers are made up"
  demo_row fra 0 "$fra" "a backend"
  demo_row ber 10 "$ber" "a backend"
  demo_row laptop 20 "$laptop" "none; nobody can dial it"
  cat <<TEXT
try:   curl -iN http://127.0.0.1:$((demo_port + 20))/v1/chat/completions -H 'Content-Type: application/json' \\
         -d '{"model":"demo","stream":true,"messages":[{"role":"user","content":"Hello"}]}'
then:  kill -9 the node that x-edgemesh-backend names, and ask again; $binary peers --admin 127.0.0.1:$((demo_port + 21))
demo-mesh: ready. Ctrl-C ends all. Logs: $demo_folder
TEXT
  while true; do wait -n || true; [ -n "$(jobs -pr)" ] || break; done
}
