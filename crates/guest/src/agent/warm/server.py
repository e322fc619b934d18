"""The warm Python: loads the libraries of preload.txt once, then becomes each script that is asked for.

Each request comes from the agent as one message with five descriptors: process 1 of the command's namespace, standard
input, output and error, and the connection on which the exit code is awaited. Two forks per script: the first enters
the command's namespaces, the second is in them, gives up every right, and is the script. Before the script begins the
connection says so: one that ends without having said it is no reason not to run the script in another way.
"""

import array
import atexit
import builtins
import ctypes
import gc
import io
import json
import os
import resource
import select
import signal
import site
import socket
import sys
import threading
import traceback
import types

libc = ctypes.CDLL(None, use_errno=True)

# linux/sched.h: mounts, IPC, host name, processes, network, control groups.
NAMESPACES = 0x00020000 | 0x08000000 | 0x04000000 | 0x20000000 | 0x40000000 | 0x02000000
# linux/prctl.h
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 24, 38
SECCOMP_MODE_FILTER = 2
REAL = "/usr/bin/python3"
BEGUN = b"B"


class Fprog(ctypes.Structure):
    """linux/filter.h: struct sock_fprog."""

    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def check(result):
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def preload(path):
    """Imports the modules listed; one that is missing is no reason not to start."""
    with open(path, encoding="utf-8") as names:
        for name in names.read().split():
            try:
                __import__(name)
            except ImportError as error:
                print(f"warm python: {name}: {error}", file=sys.stderr)


def receive(channel):
    message, ancillary, _, _ = channel.recvmsg(1 << 20, socket.CMSG_SPACE(8 * 4))
    fds = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    return message, list(fds)


def serve(channel, filters):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, fds = receive(channel)
        if not message:
            return
        if len(fds) == 5 and fork() == 0:
            channel.close()
            try:
                enter(json.loads(message), fds, filters)
            finally:
                os._exit(125)
        for fd in fds:
            os.close(fd)


def fork():
    """As `os.fork`; None where the system has no room for another process just now: the server goes on."""
    try:
        return os.fork()
    except OSError as error:
        print(f"warm python: {error}", file=sys.stderr)
        return None


def enter(request, fds, filters):
    """The first fork: joins what confines the command, starts the second, and tells how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    init, *standard, connection = fds
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
        score.write("0")
    if request["group"]:
        with open(request["group"] + "/cgroup.procs", "w", encoding="ascii") as group:
            group.write("0")
    check(libc.setns(init, NAMESPACES))
    os.close(init)
    script = os.fork()
    if script == 0:
        try:
            os.write(connection, BEGUN)
            os.close(connection)
            confine(request, filters)
            become(request, standard)
        except BaseException:  # whatever it is, nothing of this process may go on as the server
            traceback.print_exc()
        finally:
            os._exit(125)
    for fd in standard:
        os.close(fd)
    status = wait(script, connection)
    os.write(connection, status.to_bytes(4, "little", signed=True))
    os._exit(0)


def wait(script, connection):
    """Waits for the script; when whoever asked for it is gone, so is it."""
    handle = os.pidfd_open(script)
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    poll.register(connection, select.POLLRDHUP | select.POLLHUP)
    while True:
        ready = dict(poll.poll())
        if handle in ready:
            break
        os.kill(script, signal.SIGKILL)
        poll.unregister(connection)
    return os.waitstatus_to_exitcode(os.waitpid(script, 0)[1])


def confine(request, filters):
    """As the agent confines every command: no right, no way to one, behind the same filter."""
    limits = request["limits"]
    for kind, value in (
        (resource.RLIMIT_FSIZE, limits["file"]),
        (resource.RLIMIT_NOFILE, limits["open"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))
    check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    for capability in range(64):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    uid = request["uid"]
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    check(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
    # As any program of this user: what it says of itself in /proc is its own to read.
    check(libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
    for program in filters:
        prog = Fprog(len(program) // 8, program)
        check(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(prog), 0, 0))


def become(request, standard):
    """Becomes the script."""
    os.umask(0o022)
    for number, fd in enumerate(standard):
        os.dup2(fd, number)
    os.closerange(3, 4096)
    os.chdir(request["cwd"])
    environment = dict(request["env"])
    os.environ.clear()
    os.environ.update(environment)
    arguments = request["argv"][1:]
    unbuffered = False
    while arguments and arguments[0] in ("-u", "-B"):
        unbuffered |= arguments.pop(0) == "-u"
    streams(unbuffered or "PYTHONUNBUFFERED" in environment)
    # What the task installed for itself.
    own = os.path.expanduser("~/.local/lib/python%d.%d/site-packages" % sys.version_info[:2])
    if os.path.isdir(own):
        site.addsitedir(own)
    fresh_randomness()
    # What the server itself is made of is no rubbish to look through.
    gc.freeze()
    gc.enable()
    code = 0
    try:
        run(arguments)
    except SystemExit as error:
        code = exit_code(error.code)
    except BaseException as error:
        code = 130 if isinstance(error, KeyboardInterrupt) else 1
        show(error)
    code = finish(code)
    os._exit(code)


def run(arguments):
    """Does what `python3 ARGUMENTS` does."""
    main = types.ModuleType("__main__")
    main.__builtins__ = builtins
    sys.modules["__main__"] = main
    first = arguments[0] if arguments else "-"
    if first == "-m":
        import runpy

        sys.argv = arguments[1:]
        sys.path.insert(0, os.getcwd())
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        return
    if first == "-c":
        source, name = arguments[1], "<string>"
        sys.argv = ["-c", *arguments[2:]]
        sys.path.insert(0, "")
    elif first == "-":
        source, name = sys.stdin.buffer.read(), "<stdin>"
        sys.argv = ["-" if arguments else "", *arguments[1:]]
        sys.path.insert(0, "")
    else:
        if not os.path.isfile(first) or first.endswith((".zip", ".pyz", ".pyc")):
            os.execv(REAL, ["python3", *arguments])
        with open(first, "rb") as file:
            source, name = file.read(), first
        sys.argv = arguments
        sys.path.insert(0, os.path.dirname(os.path.realpath(first)))
        main.__file__ = first
    exec(compile(source, name, "exec"), main.__dict__)


def streams(unbuffered):
    def text(fd, mode, errors):
        raw = io.FileIO(fd, mode, closefd=False)
        buffer = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
        through = mode == "w" and (unbuffered or fd == 2)
        return io.TextIOWrapper(
            buffer, encoding="utf-8", errors=errors, line_buffering=fd == 2, write_through=through
        )

    sys.stdin = sys.__stdin__ = text(0, "r", "surrogateescape")
    sys.stdout = sys.__stdout__ = text(1, "w", "surrogateescape")
    sys.stderr = sys.__stderr__ = text(2, "w", "backslashreplace")


def fresh_randomness():
    """All scripts come from one process: each gets random numbers of its own."""
    import random

    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


def exit_code(code):
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def show(error):
    """The traceback from the script's own first line on."""
    ours = error.__traceback__
    while ours is not None and ours.tb_frame.f_code.co_filename == __file__:
        ours = ours.tb_next
    error.__traceback__ = ours
    sys.excepthook(type(error), error, ours)


def finish(code):
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
    except BaseException as error:
        show(error)
        code = code or 120
    try:
        sys.stderr.flush()
    except OSError:
        pass
    return code


if __name__ == "__main__":
    sys.path.pop(0)
    conversation = socket.socket(fileno=int(sys.argv[1]))
    programs = [bytes.fromhex(text) for text in sys.argv[2].split(",")]
    preload("/usr/lib/deskhand/preload.txt")
    # Nothing the libraries have registered so far is a script's to do at its end.
    atexit._clear()
    gc.disable()
    conversation.send(b"ready")
    serve(conversation, programs)
