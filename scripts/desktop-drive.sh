#!/usr/bin/env bash
# Drives the window: `desktop-drive.sh WINDOW SCREENSHOT`, inside `dbus-run-session` and `xvfb-run`, with the service's
# program in DESKHAND_BIN. Fails at the first thing that is not as it should be. Called by scripts/desktop.sh.
# What stays when the window is closed is in scripts/desktop-stay.sh.
set -euo pipefail
window=$(realpath "$1")
screenshot=$2
. "$(dirname "$0")/desktop-screen.sh"

dbus-monitor --session "interface='org.freedesktop.Notifications'" >"$home/notifications.log" 2>/dev/null &
started+=($!)

"$window" >"$home/window.log" 2>&1 &
app=$!
started+=("$app")
until_true titled 'Deskhand$' || fail "no window"
read_link
[ "$(ps -o ppid= -p "$service" | tr -d ' ')" = "$app" ] || fail "the service is not the window's own"
ok "the window is shown, with a service of its own"

# The interface is there when the page has its own title, which only its script sets, and more than a few colours.
until_true titled '^New task · Deskhand$' || fail "the interface does not run"
shows_interface() {
    import -window root "$screenshot"
    [ "$(identify -format %k "$screenshot")" -gt 40 ]
}
until_true shows_interface || fail "the window is empty"
ok "the interface is drawn"

# A task that ends is told about, unless the person is looking: then the window says it already.
told() { grep -q "string \"$1\"" "$home/notifications.log"; }
ended() { ! api GET "tasks/$1" | grep '"status":"working"' >/dev/null; }
xdotool windowfocus --sync "$(titled '^New task · Deskhand$' | head -n 1)"
# GTK hears of the focus a moment later than the X server.
sleep 1
task=$(new_task 'Sort the files while I look')
until_true ended "$task" || fail "the task does not end"
sleep 1
display -title Elsewhere -geometry 120x80-0-0 -size 120x80 xc:gray &
started+=($!)
elsewhere=$!
until_true titled '^Elsewhere$' || fail "no other window"
xdotool windowfocus --sync "$(titled '^Elsewhere$' | head -n 1)"
sleep 1
new_task 'Sort the files while I am away' >/dev/null
until_true told 'Sort the files while I am away' || fail "no notification about a task"
! told 'Sort the files while I look' || fail "a notification although the window has the focus"
kill "$elsewhere"
ok "a notification tells about a task that ended, when the person looks elsewhere"

# A second start leads the first window to the task, and ends.
timeout 20 "$window" "deskhand://task/$task" >/dev/null 2>&1 || fail "the second window did not end"
until_true titled '^Sort the files while I look' || fail "the link did not lead to the task"
sleep 1
import -window root "$screenshot"
ok "a link leads the first window to the task"

xdotool key ctrl+shift+space
until_true titled '^New task · Deskhand$' || fail "the shortcut did not lead to a new task"
ok "the shortcut leads to a new task"

# A file that is opened proposes its folder: the task that is typed after it may see that folder.
mkdir "$home/Sales"
printf 'region,total\nNorth,3\n' >"$home/Sales/first half.csv"
timeout 20 "$window" "$home/Sales/first half.csv" >/dev/null 2>&1 || fail "the window with a file did not end"
sleep 2
import -window root "${screenshot%.png}-file.png"
xdotool windowfocus --sync "$(titled '^New task · Deskhand$' | head -n 1)"
xdotool type --delay 30 'Compare it'
xdotool key Return
sees_sales() {
    api GET tasks | python3 -c '
import json, sys
head = json.load(sys.stdin)[0]
assert head["title"] == "@\"Sales/first half.csv\" Compare it", head
print(head["id"])' >"$home/task" && api GET "tasks/$(cat "$home/task")" | python3 -c '
import json, sys
folders = json.load(sys.stdin)["rail"]["context"]["folders"]
assert any(folder["name"] == "Sales" for folder in folders), folders'
}
until_true sees_sales || fail "the file's folder was not proposed: $(sees_sales 2>&1)"
ok "an opened file proposes its folder, and a task typed in the window gets it"

before=$service
kill -KILL "$service"
until_true titled '^Deskhand is not running$' || fail "nobody says that the service died"
xdotool windowfocus --sync "$(titled '^Deskhand is not running$' | head -n 1)" key Return
until_true gone "$before"
runs_again() { read_link && [ "$service" != "$before" ] && [ "$(ps -o ppid= -p "$service" | tr -d ' ')" = "$app" ]; }
sleep 2
until_true runs_again || fail "the service was not started again"
until_true titled ' · Deskhand$' || fail "the window did not find the new service"
ok "a service that died is said, and started again"

kill -KILL "$service"
until_true titled '^Deskhand is not running$' || fail "nobody says that the service died again"
xdotool windowfocus --sync "$(titled '^Deskhand is not running$' | head -n 1)" key Escape
until_true gone "$app" || fail "the window did not end"
wait "$app" || fail "the window ended with an error"
service=
ok "quitting ends the window"

# No service at all.
DESKHAND_BIN=$home/nowhere "$window" >>"$home/window.log" 2>&1 &
app=$!
started+=("$app")
until_true titled '^Deskhand is not running$' || fail "nobody says that there is no service"
xdotool windowfocus --sync "$(titled '^Deskhand is not running$' | head -n 1)" key Escape
until_true gone "$app" || fail "the window without a service did not end"
wait "$app" || fail "the window without a service ended with an error"
ok "a service that cannot be started is said"

# A page that tries to get out of the window.
mkdir "$home/bin"
printf '#!/bin/sh\necho "OPENED $*" >>"%s"\n' "$home/hostile.log" >"$home/bin/xdg-open"
chmod +x "$home/bin/xdg-open"
touch "$home/hostile.log"
HOSTILE_LOG=$home/hostile.log DESKHAND_BIN=$(dirname "$0")/desktop-hostile.py PATH=$home/bin:$PATH \
    "$window" >>"$home/window.log" 2>&1 &
app=$!
started+=("$app")
until_true grep -q 'still here Hostile' "$home/hostile.log" || fail "the hostile page was left: $(cat "$home/hostile.log")"
! grep -E 'ESCAPED|ANSWERED|OPENED' "$home/hostile.log" || fail "the hostile page got out of the window"
[ "$(grep -c refused "$home/hostile.log")" = 6 ] || fail "not every call was refused: $(cat "$home/hostile.log")"
ok "a hostile page neither leaves the window nor calls into it"
xdotool windowfocus --sync "$(titled '^Hostile' | head -n 1)" mousemove 300 200 click 1
until_true grep -qx 'OPENED http://127.0.0.1:[0-9]*/clicked' "$home/hostile.log" || fail "a clicked link did not open outside"
! grep -q 'ESCAPED' "$home/hostile.log" || fail "a clicked link opened in the window"
ok "a clicked link opens in the system's browser"
hostile=$(pgrep -P "$app" -f desktop-hostile.py)
kill "$app"
until_true gone "$app" || fail "the window did not end when asked to"
wait "$app" || fail "the window ended with an error when asked to"
until_true gone "$hostile" || fail "the window left its service behind"
ok "the window takes its service with it when the system ends it"
ok "all went well: $screenshot"
