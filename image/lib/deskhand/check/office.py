"""LibreOffice, where the image has it."""
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from . import limits
from .package import Package

ABSENT = "LibreOffice is not in this image (deskhand sandbox build --office)"
# Macros never run, linked documents and pictures are not fetched.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution"
 oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel"
 oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks"
 oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableActiveContent"
 oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode"
 oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def program():
    return shutil.which("soffice", path="/usr/bin:/bin")


def convert(path, to, folder):
    """Makes `folder`/out.`to` of a file. Returns (its path or None, why not)."""
    soffice = program()
    if soffice is None:
        return None, ABSENT
    folder = Path(folder)
    profile = folder / "profile" / "user"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "registrymodifications.xcu").write_text(_SETTINGS)
    source = folder / ("source" + Path(path).suffix.lower())
    shutil.copyfile(path, source)
    result = folder / "converted"
    code, _, errors = limits.run(
        [soffice, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore", "--nologo",
         "--nodefault", "--convert-to", to, "--outdir", str(result), str(source)], folder, seconds=90)
    made = result / f"source.{to}"
    if not made.is_file():
        return None, "LibreOffice could not convert it: " + (errors.strip() or f"ended with {code}")
    return made, ""


def recalculated(path):
    """A context manager with the Package of a copy with fresh results; or None, and why not."""
    if program() is None:
        return None, ABSENT
    folder = tempfile.mkdtemp(prefix="deskhand-check-")
    try:
        made, why = convert(path, "xlsx", folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if made is None:
        shutil.rmtree(folder, ignore_errors=True)
        return None, why

    @contextmanager
    def opened():
        try:
            yield Package(os.fspath(made))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    return opened(), ""
