#!/usr/bin/env bash
# Drives what stays when the window is closed, on a desktop with a window manager, a tray and notifications:
# `desktop-stay.sh WINDOW SCREENSHOT`, inside `dbus-run-session` and `xvfb-run`, with the service's program in DESKHAND_BIN
# and the scripted model in SCRIPTED_MODEL. Fails at the first thing that is not as it should be. Called by scripts/desktop.sh.
set -euo pipefail
window=$(realpath "$1")
screenshot=$2
scripts=$(dirname "$(realpath "$0")")
. "$scripts/desktop-screen.sh"

desktop() { "$scripts/desktop-host.py" "$@"; }
# The desktop's services, with an empty memory: `played`, or `played bare` without a tray.
played() {
    : >"$home/desktop.log"
    "$scripts/desktop-host.py" serve "$home/desktop.log" "$@" &
    host=$!
    started+=("$host")
    until_true grep -qx ready "$home/desktop.log" || fail "the desktop's services do not run"
}
told() { grep -qxF "notification: $1" "$home/desktop.log"; }
in_front() { [[ $(xdotool getactivewindow getwindowname) == $1 ]]; }
working() { api GET "tasks/$1" | grep '"status":"working"' >/dev/null; }
begin() {
    "$window" "$@" >>"$home/window.log" 2>&1 &
    app=$!
    started+=("$app")
}
# As its frame does.
close_window() {
    wmctrl -c Deskhand
    until_true untitled 'Deskhand$' || fail "the window does not close"
}
all_gone() {
    until_true gone "$app" || fail "the window's program did not end"
    until_true gone "$service" || fail "the service did not end"
    service=
}

# One answer for each request: a question, then steps that take their time, the last of them longer than anybody waits.
cat >"$home/script.json" <<'END'
{"replies": [
  {"turn": {"content": [{"type": "tool_use", "name": "AskUserQuestion", "input": {"questions": [{
    "question": "Which week?", "header": "Week", "options": [{"label": "Week 27", "description": "The last of June"},
    {"label": "Week 28", "description": "The first of July"}]}]}}]}},
  {"turn": {"content": [{"type": "tool_use", "name": "Write", "input": {"file_path": "/mnt/Notes/first.md", "content": "1\n"}}]}},
  {"turn": {"content": [{"type": "tool_use", "name": "Write", "input": {"file_path": "/mnt/Notes/second.md", "content": "2\n"}}]},
   "delay_ms": 12000},
  {"turn": {"content": [{"type": "text", "text": "Never said."}]}, "delay_ms": 280000},
  {"turn": {"content": [{"type": "text", "text": "Both steps are written."}]}, "delay_ms": 3000},
  {"turn": {"content": [{"type": "text", "text": "Compared."}]}}
]}
END
"$SCRIPTED_MODEL" "$home/script.json" --idle-seconds 600 --until-idle >"$home/model.log" &
started+=($!)
until_true test -s "$home/model.log" || fail "no model"
export ANTHROPIC_API_KEY=sk-ant-drive ANTHROPIC_BASE_URL
ANTHROPIC_BASE_URL=$(head -n 1 "$home/model.log")
openbox --sm-disable >"$home/openbox.log" 2>&1 &
started+=($!)
until_true wmctrl -m || fail "no window manager"
played
begin
until_true titled '^New task · Deskhand$' || fail "no window"
read_link
until_true grep -q '^tray: icon' "$home/desktop.log" || fail "no icon in the tray"
menu=$'Open Deskhand\nNew task\n[ ] Start at login\nQuit'
[ "$(desktop menu)" = "$menu" ] || fail "the tray's menu is: $(desktop menu)"
ok "the tray has an icon and its menu"

# A task that waits for the person is told about when they look elsewhere; the click leads to it.
display -title Elsewhere -geometry 300x200+40+40 -size 300x200 xc:gray &
elsewhere=$!
started+=("$elsewhere")
until_true titled '^Elsewhere$' || fail "no other window"
wmctrl -a Elsewhere
until_true in_front Elsewhere || fail "the other window is not in front"
asking=$(new_task 'Plan the shifts of July')
until_true told 'Deskhand needs your answer | Plan the shifts of July' || fail "nobody is told that a task waits"
in_front Elsewhere || fail "the window came to the front unasked"
desktop click 'Deskhand needs your answer' 'Plan the shifts of July'
until_true in_front 'Plan the shifts of July*Deskhand' || fail "the click does not lead to the task"
ok "a notification tells that a task waits for an answer, and its click opens it"

# A second start brings the first window to the front.
wmctrl -a Elsewhere
until_true in_front Elsewhere || fail "the other window is not in front"
timeout 20 "$window" >/dev/null 2>&1 || fail "the second window did not end"
until_true in_front '*Deskhand' || fail "the second start does not bring the window to the front"
[ "$(titled 'Deskhand$' | wc -l)" = 1 ] || fail "there are two windows"
ok "a second start brings the first window to the front"

# Closing the window leaves all of it running.
steps=$(new_task 'Write the two steps')
until_true test -e "$home/Notes/first.md" || fail "the task does not begin"
timeout 20 "$window" "deskhand://task/$steps" >/dev/null 2>&1 || fail "the window with a link did not end"
until_true titled '^Write the two steps' || fail "the link does not lead to the task"
close_window
[ ! -e "$home/Notes/second.md" ] || fail "the task was too quick for this drive"
until_true told 'Deskhand keeps working | Tasks go on while the window is closed. Its icon in the tray opens it again, or quits.' ||
    fail "nobody says that tasks go on"
until_true test -e "$home/Notes/second.md" || fail "the task did not go on while the window was closed"
untitled 'Deskhand$' || fail "the window opened by itself"
! gone "$app" && ! gone "$service" || fail "something ended with the window"
working "$steps" || fail "the task does not go on"
desktop choose 'Open Deskhand'
until_true titled '^Write the two steps' || fail "the tray does not open the window where it was"
sleep 1
import -window root "${screenshot%.png}-again.png"
close_window
timeout 20 "$window" >/dev/null 2>&1 || fail "the second window did not end"
until_true titled '^Write the two steps' || fail "a second start does not open the window where it was"
ok "closing the window leaves the service and a task going, and opening it shows the same"

# Quitting asks first while a task is being worked on.
asks() { titled '^Quit Deskhand\?$'; }
timeout 20 "$window" --quit >/dev/null 2>&1 || fail "the window that asks to quit did not end"
until_true asks || fail "quitting interrupts a task unasked"
xdotool windowactivate --sync "$(asks | head -n 1)" key Escape
until_true untitled '^Quit Deskhand\?$' || fail "the question stays"
! gone "$app" && working "$steps" || fail "something ended although the person keeps working"
timeout 20 "$window" --quit >/dev/null 2>&1 || fail "the window that asks to quit did not end"
until_true asks || fail "quitting asks only once"
xdotool windowactivate --sync "$(asks | head -n 1)" key Return
all_gone
wait "$app" || fail "the window ended with an error"
timeout 20 "$window" --quit >/dev/null 2>&1 || fail "there was something left to quit"
ok "--quit asks while a task is worked on, then ends the window and the service"

# A link starts it, and the task goes on from its log.
begin "deskhand://task/$steps"
until_true titled '^Write the two steps' || fail "a start with a link does not lead to the task"
read_link
settled() { ! working "$steps"; }
until_true settled || fail "the task does not go on after the start"
api GET "tasks/$steps" | grep 'Both steps are written' >/dev/null || fail "the task did not go on from its log"
ok "a link starts it, and a task that was interrupted goes on"
desktop choose Quit
all_gone
wait "$app" || fail "the window ended with an error"
ok "the tray quits"

# Starting at login, from a place whose name needs quoting.
entry=$XDG_CONFIG_HOME/autostart/Deskhand.desktop
odd="$home/My \"Apps\" for \$5"
mkdir "$odd"
odd=$odd/deskhand-desktop
cp "$window" "$odd"
said=$(DISPLAY='' "$odd" --start-at-login on)
[ "$said" = "Deskhand starts at login, in the tray." ] || fail "switching it on says: $said"
desktop-file-validate "$entry" || fail "the entry is not valid: $(cat "$entry")"
: >"$home/desktop.log"
gio launch "$entry" || fail "the entry cannot be started: $(cat "$entry")"
until_true grep -q '^tray: icon' "$home/desktop.log" || fail "nothing starts at login"
served() { pgrep -f 'serve --json' -u "$(id -u)" --parent "$(pgrep -f -- "--hidden$")"; }
until_true served || fail "no service starts at login"
read_link
app=$(ps -o ppid= -p "$service" | tr -d ' ')
started+=("$app")
[ "$(tr '\0' '|' <"/proc/$app/cmdline")" = "$odd|--hidden|" ] || fail "it starts as $(tr '\0' '|' <"/proc/$app/cmdline")"
sleep 2
untitled 'Deskhand$' || fail "the window shows at login"
marked() { desktop menu | grep -xF "[$1] Start at login" >/dev/null; }
marked x || fail "the tray does not say that it starts at login: $(desktop menu)"
desktop choose 'Start at login'
until_true test ! -e "$entry" || fail "the tray does not switch it off"
until_true marked ' ' || fail "the tray does not say that it is off"
desktop choose 'Start at login'
until_true test -e "$entry" || fail "the tray does not switch it on"
[ "$("$odd" --start-at-login off)" = "Deskhand no longer starts at login." ] || fail "switching it off says something else"
[ ! -e "$entry" ] || fail "the entry is still there"
! "$odd" --start-at-login maybe 2>/dev/null || fail "“maybe” is taken"
[ ! -e "$entry" ] || fail "“maybe” switches it on"
ok "it starts at login, hidden, from a place with spaces and quotes; the command line and the tray switch it"

# Files and links by the desktop's own registration.
mkdir -p "$XDG_DATA_HOME/applications" "$home/bin" "$home/Sales"
desktop-file-validate "$scripts/../crates/desktop/deskhand-desktop.desktop" || fail "the application's entry is not valid"
cp "$scripts/../crates/desktop/deskhand-desktop.desktop" "$XDG_DATA_HOME/applications"
update-desktop-database "$XDG_DATA_HOME/applications"
ln -s "$window" "$home/bin/deskhand-desktop"
export PATH=$home/bin:$PATH
gio open "deskhand://task/$asking" || fail "nothing takes the link"
until_true in_front 'Plan the shifts of July*Deskhand' || fail "the desktop does not lead a link to the task"
python3 - "$scripts/../crates/desktop/tauri.conf.json" >"$home/endings" <<'END'
import json, sys
for association in json.load(open(sys.argv[1]))["bundle"]["fileAssociations"]:
    print(*association["ext"], sep="\n")
END
while read -r ending; do
    echo x >"$home/Sales/a.$ending"
    kind=$(gio info -a standard::fast-content-type "$home/Sales/a.$ending" | sed -n 's/.*fast-content-type: //p')
    [[ $(gio mime "$kind") == *deskhand-desktop.desktop* ]] || fail "files that end in .$ending ($kind) do not open in it"
    rm "$home/Sales/a.$ending"
done <"$home/endings"
printf 'region,total\nNorth,3\n' >"$home/Sales/second half.csv"
gio mime text/csv deskhand-desktop.desktop >/dev/null
gio open "$home/Sales/second half.csv" || fail "nothing takes the file"
until_true titled '^New task · Deskhand$' || fail "a file does not open the composer"
sleep 2
import -window root "${screenshot%.png}-opened.png"
xdotool windowactivate --sync "$(titled '^New task · Deskhand$' | head -n 1)"
xdotool type --delay 30 'Compare it'
xdotool key Return
compared() { api GET tasks | grep -F '"title":"@\"Sales/second half.csv\" Compare it"' >/dev/null; }
until_true compared || fail "the composer did not name the file"
ok "the desktop's own registration opens links and files"

# A desktop that shows no icons: the way back is another start.
settled() { ! api GET tasks | grep '"status":"working"' >/dev/null; }
until_true settled || fail "a task is still being worked on"
timeout 20 "$window" --quit >/dev/null 2>&1 || fail "the window that asks to quit did not end"
all_gone
kill "$host"
until_true gone "$host" || fail "the desktop's services do not end"
played bare
begin
until_true titled '^New task · Deskhand$' || fail "no window without a tray"
read_link
close_window
until_true told 'Deskhand keeps working | Tasks go on while the window is closed. Start Deskhand again to see it; “deskhand-desktop --quit” ends it.' ||
    fail "nobody says the way back without a tray"
timeout 20 "$window" >/dev/null 2>&1 || fail "the second window did not end"
until_true titled 'Deskhand$' || fail "a second start does not open the window without a tray"
timeout 20 "$window" --quit >/dev/null 2>&1 || fail "the window that asks to quit did not end"
all_gone
ok "without a tray, closing, starting again and --quit work as well"
