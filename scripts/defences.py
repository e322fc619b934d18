#!/usr/bin/env python3
"""Switches each defence off in the source and demands that the test which stands for it fails.

What is switched off, how, and by which test it is noticed stands in defences.toml beside this file. The source is put back
each time, also when this is interrupted. Names as arguments choose some: `scripts/defences.py canaries links`.
"""
import pathlib
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(package, test):
    """Runs one test. Gives its exit code and what it said."""
    command = ["cargo", "test", "--locked", "--quiet", "--package", package, "--test", "it", "--", "--exact", test]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def main():
    defences = tomllib.loads((ROOT / "scripts/defences.toml").read_text())["defence"]
    chosen = [one for one in defences if not sys.argv[1:] or any(word in one["name"] for word in sys.argv[1:])]
    if not chosen:
        sys.exit("no defence has such a name")
    # Only what is committed is edited: then nobody's work is lost, however this ends.
    files = sorted({one["file"] for one in chosen})
    command = ["git", "status", "--porcelain", "--", *files]
    changed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    if changed:
        sys.exit(f"these files have changes that are not committed; nothing was done:\n{changed}")
    unnoticed = []
    for one in chosen:
        package, test = one["test"].split()
        file = ROOT / one["file"]
        source = file.read_text()
        if source.count(one["old"]) != 1:
            sys.exit(f"{one['name']}: its line is not in {one['file']} once; nothing was changed")
        try:
            file.write_text(source.replace(one["old"], one["new"]))
            code, said = run(package, test)
        finally:
            file.write_text(source)
        # A test that did not run, or source that does not compile, proves nothing.
        noticed = code != 0 and f"test {test} ... FAILED" in said or code != 0 and "1 failed" in said
        print(f"{'noticed' if noticed else 'NOT NOTICED'}: {one['name']} ({test})", flush=True)
        if not noticed:
            unnoticed.append(one["name"])
            print(said[-3000:], flush=True)
    if unnoticed:
        sys.exit(f"{len(unnoticed)} of {len(chosen)} defences can be switched off without their test failing")
    print(f"{len(chosen)} defences: each is missed by its test when it is switched off")


if __name__ == "__main__":
    main()
