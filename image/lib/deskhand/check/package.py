"""An office file as what it is: a zip of XML parts with relationships (ECMA-376 part 2)."""
import posixpath
import zipfile
from urllib.parse import unquote

from lxml import etree

from . import limits

RELATIONSHIPS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def local(element):
    """The name of an element without its namespace; strict and transitional files differ only in that."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


class Package:
    def __init__(self, path):
        """Raises Refused, zipfile.BadZipFile or OSError."""
        self.zip = zipfile.ZipFile(path)
        limits.check_zip(self.zip)
        self.names = set(self.zip.namelist())
        self._trees = {}

    def xml(self, name):
        """The tree of a part, or None when it is not there. Raises etree.XMLSyntaxError, Refused."""
        if name not in self.names:
            return None
        if name not in self._trees:
            data = self.zip.read(name)
            # Office files never have one; with it come entities that grow and files that are fetched.
            if b"<!DOCTYPE" in data[:2000] or b"<!ENTITY" in data[:4000]:
                raise limits.Refused(f"part {name} has a document type declaration")
            parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
            self._trees[name] = etree.fromstring(data, parser)
        return self._trees[name]

    def relationships(self, name):
        """Of a part: id → (type's last word, target as a part's name or an address, whether it is outside)."""
        folder, file = posixpath.split(name)
        rels = self.xml(posixpath.join(folder, "_rels", file + ".rels"))
        found = {}
        for rel in [] if rels is None else rels.iter(RELATIONSHIPS):
            target = rel.get("Target", "")
            outside = rel.get("TargetMode") == "External"
            if not outside:
                target = unquote(target.split("#")[0])
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found[rel.get("Id")] = (rel.get("Type", "").rsplit("/", 1)[-1], target, outside)
        return found

    def check(self, report):
        """What is wrong with the package itself, whatever is in it."""
        for name in sorted(self.names):
            if not name.endswith((".xml", ".rels")):
                continue
            if name.endswith(".xml") and self.zip.getinfo(name).file_size > 50 * limits.MIB:
                continue
            try:
                self.xml(name)
            except etree.XMLSyntaxError as error:
                report.error("broken-part", name, f"is not well-formed XML: {error}")
        self._check_relationships(report)
        if any(name.lower().endswith("vbaproject.bin") for name in self.names):
            report.warning("macros", "", "contains macros")

    def _check_relationships(self, report):
        for rels in sorted(name for name in self.names if name.endswith(".rels")):
            folder, file = posixpath.split(rels)
            part = posixpath.join(posixpath.dirname(folder), file[: -len(".rels")])
            try:
                found = self.relationships(part)
                tree = self.xml(part) if part.endswith(".xml") and part in self.names else None
            except etree.XMLSyntaxError:
                continue
            for rel_id, (kind, target, outside) in found.items():
                if not outside and target and target not in self.names and target != "NULL":
                    what = "picture" if kind == "image" else f"part ({kind})"
                    report.error("missing-part", part or "package", f"the {what} {target} is not in the file")
                if outside and kind == "image":
                    report.warning("linked-picture", part, f"a picture is only linked, not in the file: {target}")
            for element in [] if tree is None else tree.iter():
                for name, value in element.attrib.items():
                    if name.startswith(R) and name[len(R):] in ("id", "embed", "link", "pict") \
                            and value and value not in found:
                        report.error("broken-link", part, f"{local(element)} refers to {value}, which is not there")

    def related(self, name, kind):
        """The parts that `name` refers to with relationships of a kind."""
        return [target for k, target, outside in self.relationships(name).values()
                if k == kind and not outside and target in self.names]

    def main_part(self):
        parts = self.related("", "officeDocument")
        return parts[0] if parts else None
