# What the drives of the window share: a person's home, what is on the screen, and the service's API. Read by
# scripts/desktop-drive.sh and scripts/desktop-stay.sh, which set `window` and `screenshot`.
home=$(mktemp -d)
export HOME=$home DESKHAND_HOME=$home/data DESKHAND_CACHE=$home/cache XDG_RUNTIME_DIR=$home/run
# Everything that the window keeps of its own, too.
export XDG_DATA_HOME=$home/share XDG_CONFIG_HOME=$home/config XDG_CACHE_HOME=$home/cache2
mkdir -m 700 "$XDG_RUNTIME_DIR"
mkdir "$home/Notes"

started=()
finish() {
    [ -z "${KEEP_LOGS:-}" ] || cp "$home"/*.log "$KEEP_LOGS"
    for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
    [ -z "${service:-}" ] || kill "$service" 2>/dev/null || true
    rm -rf "$home"
}
trap finish EXIT

ok() { printf 'desktop: %s\n' "$*"; }
fail() {
    printf 'desktop: FAILED: %s\n' "$*" >&2
    import -window root "${screenshot%.png}-failed.png" || true
    sed 's/^/  /' "$home/window.log" >&2
    exit 1
}
# Waits up to 20 seconds until the command succeeds.
until_true() {
    for _ in $(seq 100); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.2
    done
    return 1
}
titled() { xdotool search --onlyvisible --name "$1"; }
untitled() { ! titled "$1"; }
gone() { ! kill -0 "$1" 2>/dev/null; }
field() { python3 -c 'import json,sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
# A second `serve` prints the link of the one that runs.
link() { "$DESKHAND_BIN" serve --json | head -n 1; }
api() {
    local method=$1 path=$2
    shift 2
    curl --silent --show-error --fail --max-time 20 --request "$method" --header "Authorization: Bearer $token" \
        --header 'X-Deskhand: 1' --header 'Content-Type: application/json' "$@" "http://127.0.0.1:$port/api/v1/$path"
}
read_link() {
    local line
    line=$(link)
    port=$(field port <<<"$line")
    service=$(field pid <<<"$line")
    token=$(field url <<<"$line" | sed 's/.*#token=//')
}
new_task() {
    api POST tasks --data "{\"prompt\":\"$1\",\"folders\":[{\"path\":\"$home/Notes\",\"mode\":\"rw\"}]}" | field id
}
