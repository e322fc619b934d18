#!/usr/bin/python3
"""Plays what a desktop offers on the session's bus: the tray's icons and notifications. For scripts/desktop-stay.sh.

    desktop-host.py serve LOG           until it is ended; each line of LOG is something that happened
    desktop-host.py serve LOG bare      the same on a desktop that shows no icons
    desktop-host.py menu                the tray's menu, a line each: [x] or [ ] where there is a mark
    desktop-host.py choose LABEL        chooses an entry of the menu, as a click does
    desktop-host.py click TITLE TEXT    clicks the notification that says so

The icon and its menu are read as a real tray reads them (StatusNotifierItem, com.canonical.dbusmenu).
"""

import sys

from gi.repository import Gio, GLib

OWN = "org.deskhand.PlayedDesktop"
WATCHER = "org.kde.StatusNotifierWatcher"
NOTIFICATIONS = "org.freedesktop.Notifications"
INTERFACES = f"""<node>
<interface name="{WATCHER}">
  <method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
  <method name="RegisterStatusNotifierHost"><arg type="s" direction="in"/></method>
  <property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
  <property name="RegisteredStatusNotifierItems" type="as" access="read"/>
  <property name="ProtocolVersion" type="i" access="read"/>
</interface>
<interface name="{NOTIFICATIONS}">
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
  <method name="GetServerInformation">
    <arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/>
  </method>
  <method name="Notify">
    <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{{sv}}" direction="in"/><arg type="i" direction="in"/>
    <arg type="u" direction="out"/>
  </method>
  <method name="CloseNotification"><arg type="u" direction="in"/></method>
  <signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
  <signal name="NotificationClosed"><arg type="u"/><arg type="u"/></signal>
</interface>
<interface name="{OWN}">
  <method name="Click"><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="b" direction="out"/></method>
</interface>
</node>"""


class Desktop:
    """The services a desktop keeps on the bus, as far as an application sees them."""

    def __init__(self, bus, log):
        self.bus, self.log = bus, log
        self.items, self.shown = [], []

    def note(self, line):
        with open(self.log, "a", encoding="utf-8") as log:
            log.write(line.replace("\n", " ") + "\n")

    def called(self, bus, sender, _path, _interface, method, parameters, invocation):
        arguments = parameters.unpack()
        answer = None
        if method == "RegisterStatusNotifierItem":
            # An application names the path of its icon, or the name it is at.
            item = sender + arguments[0] if arguments[0].startswith("/") else arguments[0] + "/StatusNotifierItem"
            self.items.append(item)
            self.note(f"tray: icon {item}")
        elif method == "GetCapabilities":
            answer = GLib.Variant("(as)", (["actions", "body", "body-markup"],))
        elif method == "GetServerInformation":
            answer = GLib.Variant("(ssss)", ("played", "deskhand", "1", "1.2"))
        elif method == "Notify":
            title, text = arguments[3], arguments[4]
            self.shown.append((title, text))
            self.note(f"notification: {title} | {text}")
            answer = GLib.Variant("(u)", (len(self.shown),))
        elif method == "Click":
            found = tuple(arguments) in self.shown
            if found:
                number = len(self.shown) - self.shown[::-1].index(tuple(arguments))
                path = "/org/freedesktop/Notifications"
                for signal, values in [("ActionInvoked", "default"), ("NotificationClosed", 2)]:
                    kind = "(us)" if isinstance(values, str) else "(uu)"
                    bus.emit_signal(None, path, NOTIFICATIONS, signal, GLib.Variant(kind, (number, values)))
            answer = GLib.Variant("(b)", (found,))
        invocation.return_value(answer)

    def asked(self, _bus, _sender, _path, _interface, name):
        return {
            "IsStatusNotifierHostRegistered": GLib.Variant("b", True),
            "RegisteredStatusNotifierItems": GLib.Variant("as", self.items),
            "ProtocolVersion": GLib.Variant("i", 0),
        }[name]

    def serve(self, names):
        for interface in Gio.DBusNodeInfo.new_for_xml(INTERFACES).interfaces:
            path = "/" + ("StatusNotifierWatcher" if interface.name == WATCHER else interface.name.replace(".", "/"))
            self.bus.register_object(path, interface, self.called, self.asked, None)
        for name in names:
            Gio.bus_own_name_on_connection(self.bus, name, Gio.BusNameOwnerFlags.NONE, None, None)
        self.note("ready")
        GLib.MainLoop().run()


def call(bus, name, path, interface, method, parameters):
    return bus.call_sync(name, path, interface, method, parameters, None, Gio.DBusCallFlags.NONE, 5000, None).unpack()


def read(bus, name, path, interface, what):
    parameters = GLib.Variant("(ss)", (interface, what))
    return call(bus, name, path, "org.freedesktop.DBus.Properties", "Get", parameters)[0]


class Menu:
    """The menu of the icon that came last."""

    def __init__(self, bus):
        self.bus = bus
        item = read(bus, WATCHER, "/StatusNotifierWatcher", WATCHER, "RegisteredStatusNotifierItems")[-1]
        self.name, path = item.split("/", 1)
        self.path = read(bus, self.name, "/" + path, "org.kde.StatusNotifierItem", "Menu")

    def call(self, method, parameters):
        return call(self.bus, self.name, self.path, "com.canonical.dbusmenu", method, parameters)

    def entries(self):
        self.call("AboutToShow", GLib.Variant("(i)", (0,)))
        _, (_, _, children) = self.call("GetLayout", GLib.Variant("(iias)", (0, -1, [])))
        for number, about, _ in children:
            if about.get("visible", True) and about.get("type") != "separator":
                yield number, about.get("label", "").replace("_", ""), about

    def choose(self, label):
        for number, found, _ in self.entries():
            if found == label:
                self.call("Event", GLib.Variant("(isvu)", (number, "clicked", GLib.Variant("s", ""), 0)))
                return
        raise SystemExit(f"the tray's menu has no “{label}”")


def main():
    bus = Gio.bus_get_sync(Gio.BusType.SESSION)
    match sys.argv[1:]:
        case ["serve", log]:
            Desktop(bus, log).serve([NOTIFICATIONS, OWN, WATCHER])
        case ["serve", log, "bare"]:
            Desktop(bus, log).serve([NOTIFICATIONS, OWN])
        case ["menu"]:
            for _, label, about in Menu(bus).entries():
                mark = f"[{'x' if about.get('toggle-state') == 1 else ' '}] " if about.get("toggle-type") else ""
                print(mark + label)
        case ["choose", label]:
            Menu(bus).choose(label)
        case ["click", title, text]:
            (found,) = call(bus, OWN, "/" + OWN.replace(".", "/"), OWN, "Click", GLib.Variant("(ss)", (title, text)))
            if not found:
                raise SystemExit(f"no notification says “{title} | {text}”")
        case _:
            raise SystemExit(__doc__)


main()
