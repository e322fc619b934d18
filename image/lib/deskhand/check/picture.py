"""Pictures: charts and the like."""
from .report import clean

SMALL, LARGE = 300, 12_000
# How far a channel may be from the background's and still be it: compression leaves noise.
NOISE = 40
_SUFFIXES = {"PNG": (".png",), "JPEG": (".jpg", ".jpeg"), "GIF": (".gif",), "BMP": (".bmp",), "WEBP": (".webp",),
             "TIFF": (".tif", ".tiff")}


def check(report, suffix):
    from PIL import Image
    report.kind = "picture"
    Image.MAX_IMAGE_PIXELS = 60_000_000  # Pillow warns from there and refuses from twice as many.
    with Image.open(report.path) as image:
        report.kind = f"{image.format} picture"
        width, height = image.size
        report.facts.append(f"{width} × {height} pixels")
        if suffix not in _SUFFIXES.get(image.format, (suffix,)):
            report.warning("wrong-name", "", f"is a {image.format} file, but is called {clean(suffix)}")
        if width < SMALL and height < SMALL:
            report.warning("small", "", f"has only {width} × {height} pixels: coarse when printed or shown large")
        if max(width, height) > LARGE:
            report.warning("large", "", "is larger than programs can show well")
        if width * height > 40_000_000:
            report.notes.append("too large to be looked at")
            return
        image.load()
        plain = _plain(image)
    colours = plain.getcolors(4)
    if colours is not None and len(colours) == 1:
        report.error("blank", "", "is blank: every pixel has the same colour")
        return
    if all(high - low <= 8 for low, high in plain.getextrema()):
        report.error("blank", "", "is nearly blank: there is hardly any contrast")
        return
    _check_edges(report, plain)


def _plain(image):
    """As on a white page."""
    from PIL import Image
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        page = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(page, image).convert("RGB")
    return image.convert("RGB")


def _check_edges(report, image):
    """A chart has an even margin; where that is broken by something at the very edge, a label was cut off."""
    width, height = image.size
    edges = {"top": (0, 0, width, 1), "bottom": (0, height - 1, width, height), "left": (0, 0, 1, height),
             "right": (width - 1, 0, width, height)}
    pixels = {side: list(image.crop(box).convert("RGB").getcolors(width + height) or []) for side, box in edges.items()}
    everything = {}
    for found in pixels.values():
        for number, colour in found:
            everything[colour] = everything.get(colour, 0) + number
    ground = max(everything, key=everything.get)
    near = {side: sum(n for n, c in found if _close(c, ground)) / max(sum(n for n, _ in found), 1)
            for side, found in pixels.items()}
    if sum(near.values()) / 4 < 0.9:
        return  # No even margin: a photo, or a picture without one.
    cut = [side for side, part in near.items() if part < 0.999 and part > 0.5]
    if cut:
        report.warning("cut-off", "", f"something reaches the {' and the '.join(cut)} edge: a label may be cut off")


def _close(a, b):
    return all(abs(x - y) <= NOISE for x, y in zip(a, b))
