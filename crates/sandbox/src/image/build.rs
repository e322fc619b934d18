//! Building the image: the recipe of `image/`, which this program carries along.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Image, Layer, Places};
use crate::{SandboxError, error::host};

/// Carries files of `image/` along: name, with `/` between folders, and text.
macro_rules! recipe {
    ($($name:literal,)*) => {
        &[$(($name, include_str!(concat!("../../../../image/", $name)))),*]
    };
}

/// The recipe, file by file. What is not here does not reach the image; a test compares it with the folder.
const RECIPE: &[(&str, &str)] = recipe![
    "build.sh",
    "packages.txt",
    "packages-office.txt",
    "wheels.txt",
    "modules.txt",
    "preload.txt",
    "bin/deskhand-check",
    "lib/deskhand/check/__init__.py",
    "lib/deskhand/check/formulas.py",
    "lib/deskhand/check/limits.py",
    "lib/deskhand/check/main.py",
    "lib/deskhand/check/office.py",
    "lib/deskhand/check/package.py",
    "lib/deskhand/check/pdf.py",
    "lib/deskhand/check/picture.py",
    "lib/deskhand/check/plain.py",
    "lib/deskhand/check/render.py",
    "lib/deskhand/check/report.py",
    "lib/deskhand/check/sheetdata.py",
    "lib/deskhand/check/shown.py",
    "lib/deskhand/check/slides.py",
    "lib/deskhand/check/textfit.py",
    "lib/deskhand/check/word.py",
    "lib/deskhand/check/words.py",
    "lib/deskhand/check/workbook.py",
    "skills/charts.md",
    "skills/docx.md",
    "skills/pdf.md",
    "skills/pptx.md",
    "skills/xlsx.md",
];
/// What the script ends with when something it needs is not installed.
const LACKING: i32 = 3;

/// How far a build is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Progress {
    /// The step, from 1.
    pub step: u32,
    /// How many there are.
    pub of: u32,
    /// What is being done, in words.
    pub what: String,
}

/// Builds an image and puts it in its place. One that was built by the same recipe is left as it is; a build that was
/// cut off goes on where it was; one at a time. The office layer holds all of the base: that is deleted then.
///
/// # Errors
/// [`SandboxError::Unavailable`] when this computer cannot build it, with what to install; otherwise what failed.
pub fn build(places: &Places, layer: Layer, progress: &mut dyn FnMut(Progress)) -> Result<Image, SandboxError> {
    crate::platform::has_sandbox()?;
    let work = places.work(layer);
    let recipe = work.join("recipe");
    let failed = |error: std::io::Error| host("building the image", error);
    crate::folder::create_private(&recipe).map_err(failed)?;
    let lock = std::fs::File::create(work.join("lock")).map_err(failed)?;
    lock.lock().map_err(failed)?;
    // One that is damaged is made again, as one that is not there.
    let found = places.image_of(layer).ok().flatten();
    let image = if let Some(image) = found.filter(|image| image.current && image.verify().is_ok()) {
        image
    } else {
        has_space(places, layer)?;
        write(&recipe).map_err(failed)?;
        run(&recipe, layer, &places.image(layer), &work, progress)?;
        let image = places.image_of(layer)?;
        let image = image.ok_or_else(|| host("building the image", "the result is not whole"))?;
        image.verify()?;
        image
    };
    if layer == Layer::Office {
        for folder in [places.image(Layer::Base), places.work(Layer::Base)] {
            crate::upkeep::remove(&folder)?;
        }
    }
    Ok(image)
}

/// What a build takes on the disk until it is done, in bytes: packages, the file system laid out, the result.
const fn takes(layer: Layer) -> u64 {
    match layer {
        Layer::Base => 2_000_000_000,
        Layer::Office => 5_000_000_000,
    }
}

/// Refuses a build for which there is no room, before anything is downloaded.
fn has_space(places: &Places, layer: Layer) -> Result<(), SandboxError> {
    let kept = crate::folder::disk_use(&places.work(layer));
    enough(crate::free_space(places), takes(layer).saturating_sub(kept), places)
}

fn enough(free: Option<u64>, needed: u64, places: &Places) -> Result<(), SandboxError> {
    match free {
        Some(free) if free < needed => Err(SandboxError::Unavailable {
            why: format!(
                "the image cannot be built here: {:.1} GB are free in {}, and building takes about {:.1} GB",
                free as f64 / 1e9,
                places.root().display(),
                needed as f64 / 1e9
            ),
            hint: "Free some room, or have the cache on another disk (DESKHAND_CACHE). Nothing was downloaded."
                .to_owned(),
        }),
        _ => Ok(()),
    }
}

/// What a build needs and this computer lacks, with how to get it; nothing where a build can begin.
pub fn lacking() -> Option<String> {
    crate::platform::has_sandbox().ok()?;
    let (_, script) = RECIPE.iter().find(|(name, _)| *name == "build.sh")?;
    // The script itself knows: it looks for the same things before it begins.
    let mut command = Command::new("bash");
    command.args(["-c", script, "build.sh", "check"]);
    match command.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(_) => Some("missing: bash".to_owned()),
    }
}

/// The file of an image that says which recipe it was made by.
const MADE_BY: &str = "recipe";

/// Whether the image in this folder was made by this program's recipe.
pub(super) fn made(folder: &Path) -> bool {
    std::fs::read_to_string(folder.join(MADE_BY)).is_ok_and(|found| found == fingerprint())
}

/// Hash of the whole recipe.
pub(super) fn fingerprint() -> String {
    let mut hasher = blake3::Hasher::new();
    for (name, text) in RECIPE {
        for part in [name, text] {
            hasher
                .update(&(part.len() as u64).to_le_bytes())
                .update(part.as_bytes());
        }
    }
    hasher.finalize().to_hex().to_string()
}

/// Writes the recipe to a folder, which holds nothing else afterwards: what an older version had is not installed.
fn write(recipe: &Path) -> std::io::Result<()> {
    std::fs::remove_dir_all(recipe)?;
    for (name, text) in RECIPE {
        let file = recipe.join(name);
        if let Some(folder) = file.parent() {
            crate::folder::create_private(folder)?;
        }
        std::fs::write(file, text)?;
    }
    Ok(())
}

fn run(
    recipe: &Path,
    layer: Layer,
    out: &Path,
    work: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), SandboxError> {
    let failed = |error: std::io::Error| host("building the image", error);
    let mut child = Command::new("bash")
        .arg(recipe.join("build.sh"))
        .args([layer.as_str().as_ref(), out.as_os_str(), work.as_os_str()])
        .arg(fingerprint())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => cannot("missing: bash"),
            _ => failed(error),
        })?;
    let mut said = Vec::new();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line.map_err(failed)?;
            match parse(&line) {
                Some(step) => progress(step),
                None => said.push(line),
            }
        }
    }
    let output = child.wait_with_output().map_err(failed)?;
    if output.status.success() {
        return Ok(());
    }
    said.extend(String::from_utf8_lossy(&output.stderr).lines().map(str::to_owned));
    let why = said.join("\n");
    if output.status.code() == Some(LACKING) {
        return Err(cannot(&why));
    }
    Err(host("building the image", why))
}

/// The script found something missing, in its words: what, and behind a full stop how to get it.
fn cannot(said: &str) -> SandboxError {
    let (why, hint) = match said.split_once(". On ") {
        Some((why, hint)) => (why, format!("On {hint}")),
        None => (said, "File tools work without it.".to_owned()),
    };
    SandboxError::Unavailable {
        why: format!("the image cannot be built here: {why}"),
        hint,
    }
}

/// `step 3/7 Installing Python libraries`
fn parse(line: &str) -> Option<Progress> {
    let (count, what) = line.strip_prefix("step ")?.split_once(' ')?;
    let (step, of) = count.split_once('/')?;
    Some(Progress {
        step: step.parse().ok()?,
        of: of.parse().ok()?,
        what: what.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn steps_are_read_as_the_script_writes_them() {
        let expected = Progress {
            step: 3,
            of: 7,
            what: "Installing Python libraries".to_owned(),
        };
        assert_eq!(parse("step 3/7 Installing Python libraries"), Some(expected));
        assert_eq!(parse("failed; the last lines"), None);
    }

    /// The wheels are pinned by hash, every one.
    #[test]
    fn every_wheel_is_pinned() {
        let (_, wheels) = RECIPE.iter().find(|(name, _)| *name == "wheels.txt").unwrap();
        let lines: Vec<&str> = wheels.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(lines.len() > 10);
        for line in lines {
            assert!(line.contains("==") && line.contains(" --hash=sha256:"), "{line}");
        }
    }

    /// Every file of `image/` is carried along, except the tests and what only a maintainer runs.
    #[test]
    fn the_recipe_is_whole() {
        fn walk(folder: &Path, inside: &str, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                let name = format!("{inside}{}", entry.file_name().to_str().unwrap());
                if entry.path().is_dir() {
                    walk(&entry.path(), &format!("{name}/"), found);
                } else if Path::new(&name).extension().is_none_or(|ending| ending != "pyc")
                    && !name.starts_with("tests/")
                    && name != "renew-wheels.sh"
                {
                    found.push(name);
                }
            }
        }
        let image = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../image");
        let mut there = Vec::new();
        walk(&image, "", &mut there);
        there.sort();
        let mut carried: Vec<&str> = RECIPE.iter().map(|(name, _)| *name).collect();
        carried.sort_unstable();
        assert_eq!(carried, there);
    }

    #[test]
    fn a_build_needs_room_and_says_how_much() {
        let places = Places::new(Path::new("cache"));
        assert_eq!(enough(None, 5, &places), Ok(()), "where nobody knows");
        assert_eq!(enough(Some(5), 5, &places), Ok(()));
        let error = enough(Some(1_200_000_000), 2_500_000_000, &places).unwrap_err();
        let shown = error.to_string();
        assert!(
            shown.contains("1.2 GB are free in") && shown.contains("about 2.5 GB"),
            "{shown}"
        );
        assert!(takes(Layer::Office) > takes(Layer::Base));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_image_of_another_recipe_is_not_taken_for_this_one() {
        let cache = tempfile::tempdir().unwrap();
        let places = Places::new(cache.path());
        super::super::put(&places, Layer::Base, false);
        assert!(!made(&places.image(Layer::Base)));
        super::super::put(&places, Layer::Base, true);
        assert!(made(&places.image(Layer::Base)));
        // Nothing is run for one that is there already, and the office layer takes the place of the base.
        super::super::put(&places, Layer::Office, true);
        std::fs::create_dir_all(places.work(Layer::Base)).unwrap();
        build(&places, Layer::Office, &mut |step| unreachable!("{step:?}")).unwrap();
        assert!(!places.image(Layer::Base).exists() && !places.work(Layer::Base).exists());
        assert_eq!(places.built().unwrap().layer, Layer::Office);
    }

    #[test]
    fn what_is_missing_is_told_apart_from_how_to_get_it() {
        let error = cannot("missing: mmdebstrap. On Debian: apt-get install mmdebstrap");
        let SandboxError::Unavailable { why, hint } = error else {
            unreachable!()
        };
        assert_eq!(why, "the image cannot be built here: missing: mmdebstrap");
        assert_eq!(hint, "On Debian: apt-get install mmdebstrap");
        let SandboxError::Unavailable { hint, .. } = cannot("x86_64 only") else {
            unreachable!()
        };
        assert_eq!(hint, "File tools work without it.");
    }

    #[test]
    fn what_an_older_recipe_had_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let recipe = folder.path().join("recipe");
        crate::folder::create_private(&recipe).unwrap();
        std::fs::write(recipe.join("old.sh"), "").unwrap();
        write(&recipe).unwrap();
        assert!(!recipe.join("old.sh").exists());
        assert!(recipe.join("lib/deskhand/check/main.py").exists());
    }
}
