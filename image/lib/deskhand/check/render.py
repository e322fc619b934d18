"""Pictures of the first pages, to look at."""
import os
import tempfile
from pathlib import Path

from . import limits, office

OFFICE = (".docx", ".docm", ".xlsx", ".xlsm", ".pptx", ".pptm", ".odt", ".ods", ".odp", ".doc", ".xls", ".ppt", ".rtf",
          ".csv", ".html", ".htm")
FIRST = 4
PIXELS = 1100  # The longer side: enough to read body text, small enough for a model.


def render(report, path, suffix, folder):
    """Writes FOLDER/NAME-1.png and so on; adds them, or why there are none, to the report."""
    if suffix in (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff"):
        report.notes.append("is a picture already: look at it as it is")
        return
    if suffix not in OFFICE and suffix != ".pdf":
        report.notes.append("cannot be rendered: it is plain text")
        return
    with tempfile.TemporaryDirectory(prefix="deskhand-check-") as work:
        source = os.path.abspath(path)
        if suffix != ".pdf":
            if office.program() is None:
                report.notes.append(f"cannot be rendered here: {office.ABSENT}")
                return
            source, why = office.convert(path, "pdf", work)
            if source is None:
                report.notes.append(f"cannot be rendered here: {why}")
                return
        code, _, errors = limits.run(["pdftoppm", "-png", "-f", "1", "-l", str(FIRST), "-scale-to", str(PIXELS),
                                      str(source), os.path.join(work, "page")], work)
        pages = sorted(Path(work).glob("page-*.png"), key=lambda p: int(p.stem.split("-")[1]))
        if not pages:
            report.notes.append(f"cannot be rendered here: {errors.strip() or code}")
            return
        Path(folder).mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(pages, 1):
            # The whole name, so that report.docx and report.pdf do not overwrite each other.
            target = Path(folder) / f"{Path(path).name}-{number}.png"
            target.write_bytes(page.read_bytes())
            report.rendered.append(str(target))
