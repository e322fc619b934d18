//! Where there is no machine: a second wall around files, by Landlock, beside the mounts.
//!
//! Source: the kernel's `Documentation/userspace-api/landlock.rst`.

use std::io;

use landlock::{
    ABI, Access as _, AccessFs, CompatLevel, Compatible as _, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetStatus, Scope,
};

/// The oldest Landlock that is enough: with it a file cannot be linked or moved out of its folder, nor cut off.
const NEEDED: ABI = ABI::V3;
/// What a command may change.
const WRITABLE: [&str; 4] = ["/mnt", "/tmp", "/home/task", "/dev"];

/// Whether this kernel can.
pub(crate) fn can_restrict() -> io::Result<()> {
    Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(NEEDED))
        .and_then(Ruleset::create)
        .map(drop)
        .map_err(|error| io::Error::other(format!("this kernel's Landlock cannot enforce what is needed: {error}")))
}

/// From here on this process reads what it sees and changes only the writable places.
pub(super) fn restrict() -> io::Result<()> {
    let broken = |error: landlock::RulesetError| io::Error::other(error);
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(NEEDED))
        .map_err(broken)?
        // Newer kernels also keep signals and abstract sockets apart.
        .set_compatibility(CompatLevel::BestEffort)
        .scope(Scope::from_all(ABI::V6))
        .map_err(broken)?
        .create()
        .map_err(broken)?
        .add_rule(beneath("/", AccessFs::from_read(NEEDED))?)
        .map_err(broken)?;
    for place in WRITABLE {
        ruleset = ruleset
            .add_rule(beneath(place, AccessFs::from_all(NEEDED))?)
            .map_err(broken)?;
    }
    let status = ruleset.restrict_self().map_err(broken)?;
    if status.ruleset == RulesetStatus::NotEnforced {
        return Err(io::Error::other("this kernel's Landlock enforces nothing"));
    }
    Ok(())
}

fn beneath(place: &str, access: landlock::BitFlags<AccessFs>) -> io::Result<PathBeneath<PathFd>> {
    let folder = PathFd::new(place).map_err(io::Error::other)?;
    Ok(PathBeneath::new(folder, access))
}
