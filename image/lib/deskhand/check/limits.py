"""Limits on size and time, and the only way this program starts another one."""
import os
import signal
import subprocess
from contextlib import contextmanager

MIB = 1024 * 1024
FILE_BYTES = 200 * MIB
# Of an office file, which is a zip: unpacked altogether, one part, and how many parts.
UNPACKED_BYTES = 600 * MIB
PART_BYTES = 250 * MIB
PARTS = 20_000
# More than this from less than it, per part, is a bomb and no document.
RATIO = 400
CELLS = 400_000
PAGES = 200
SECONDS = 120
OUTPUT_BYTES = 32 * MIB


class Refused(Exception):
    """The file goes beyond a limit. The message is for the person."""


@contextmanager
def time_limit(seconds=None):
    seconds = seconds or SECONDS

    def ring(_signal, _frame):
        raise Refused(f"checking took longer than {seconds} seconds and was stopped")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def check_zip(archive):
    """Refuses an archive (a zipfile.ZipFile) that unpacks to more than a document can be."""
    entries = archive.infolist()
    if len(entries) > PARTS:
        raise Refused(f"it has {len(entries)} parts, more than {PARTS}")
    total = 0
    for entry in entries:
        total += entry.file_size
        ratio = entry.file_size / max(entry.compress_size, 1)
        if entry.file_size > PART_BYTES or total > UNPACKED_BYTES:
            raise Refused("it unpacks to more than a document can be")
        if entry.file_size > 20 * MIB and ratio > RATIO:
            raise Refused(f"part {entry.filename} unpacks to {ratio:.0f} times its size")


def run(command, folder, seconds=60):
    """Runs a program of the image: no input, its own session, `folder` as home. Returns (code, output, errors).

    Code None: it is not there, or it took too long and was ended.
    """
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "TMPDIR": str(folder), "LC_ALL": "C.UTF-8"}
    out, err = os.path.join(folder, ".out"), os.path.join(folder, ".err")
    # Into files, not pipes: what is read back is cut, whatever the program writes.
    with open(out, "wb") as out_file, open(err, "wb") as err_file:
        try:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out_file, stderr=err_file,
                                     cwd=folder, env=env, start_new_session=True)
        except OSError as error:
            return None, "", str(error)
        try:
            code = child.wait(seconds)
        except BaseException as error:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            return None, "", f"took longer than {seconds} seconds"
    texts = []
    for path in (out, err):
        with open(path, "rb") as file:
            texts.append(file.read(OUTPUT_BYTES).decode("utf-8", "replace"))
        os.unlink(path)
    return code, texts[0], texts[1]
