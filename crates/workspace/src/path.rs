//! Guest paths taken apart and put together. Pure.

use deskhand_types::GuestPath;

use crate::error::WorkspaceError;

/// Where granted folders appear.
pub(crate) const MNT: &str = "/mnt/";

/// The name of the grant and the components below it.
///
/// # Errors
/// When the path is not in guest form (`/mnt/<grant>/<relative>`, no `.`, `..`, empty or NUL-bearing component).
pub(crate) fn split(path: &GuestPath) -> Result<(&str, Vec<&str>), WorkspaceError> {
    let bad = |why: &str| WorkspaceError::BadPath {
        given: path.as_str().to_owned(),
        why: why.to_owned(),
    };
    let rest = path
        .as_str()
        .strip_prefix(MNT)
        .ok_or_else(|| bad("paths begin with /mnt/"))?;
    let mut parts = rest.split('/');
    let grant = parts
        .next()
        .filter(|name| !name.is_empty())
        .ok_or_else(|| bad("no folder is named"))?;
    check_component(grant).map_err(bad)?;
    let parts: Vec<&str> = parts.collect();
    for part in &parts {
        check_component(part).map_err(bad)?;
    }
    Ok((grant, parts))
}

/// Refuses what is never one name in a folder, on any platform, and on Windows what would open something else.
pub(crate) fn check_component(part: &str) -> Result<(), &'static str> {
    if part.is_empty() {
        return Err("a name in it is empty");
    }
    if part == "." || part == ".." {
        return Err("it is not normalised");
    }
    if part.contains('\0') {
        return Err("it holds a NUL");
    }
    if part.contains('/') {
        return Err("a name holds a slash");
    }
    if cfg!(windows) {
        // A colon opens an alternate stream, a device name opens a device, a trailing dot or space another file.
        if let Some(why) = crate::portable::problem(part) {
            return Err(why);
        }
    }
    Ok(())
}

/// `path` with `name` below it.
pub(crate) fn child(path: &GuestPath, name: &str) -> GuestPath {
    GuestPath::new(format!("{path}/{name}"))
}

/// The folder `path` is in, or `None` for the root of a grant.
pub(crate) fn parent(path: &GuestPath) -> Option<GuestPath> {
    let (head, _) = path.as_str().rsplit_once('/')?;
    (head.len() > MNT.len() && head.starts_with(MNT)).then(|| GuestPath::new(head))
}

/// Whether `path` is `folder` or lies below it.
pub fn within(path: &GuestPath, folder: &GuestPath) -> bool {
    path.as_str()
        .strip_prefix(folder.as_str())
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `path`, which lies within `from`, as it is called once `from` is called `to`.
pub(crate) fn rebase(path: &GuestPath, from: &GuestPath, to: &GuestPath) -> GuestPath {
    let rest = path.as_str().strip_prefix(from.as_str()).unwrap_or("");
    GuestPath::new(format!("{to}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_guest_form_only() {
        let path = GuestPath::new("/mnt/work/a/b.txt");
        assert_eq!(split(&path).unwrap(), ("work", vec!["a", "b.txt"]));
        assert_eq!(split(&GuestPath::new("/mnt/work")).unwrap(), ("work", vec![]));
        for bad in [
            "/etc/passwd",
            "/mnt/",
            "/mnt",
            "/mnt/work/../x",
            "/mnt/work//x",
            "/mnt/work/./x",
            "/mnt/work/",
            "/mnt/work/a\0b",
        ] {
            assert!(split(&GuestPath::new(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn parents_end_at_the_grant() {
        let path = GuestPath::new("/mnt/work/a/b.txt");
        assert_eq!(parent(&path), Some(GuestPath::new("/mnt/work/a")));
        assert_eq!(
            parent(&GuestPath::new("/mnt/work/a")),
            Some(GuestPath::new("/mnt/work"))
        );
        assert_eq!(parent(&GuestPath::new("/mnt/work")), None);
    }

    #[test]
    fn within_is_by_component() {
        let folder = GuestPath::new("/mnt/work/a");
        assert!(within(&GuestPath::new("/mnt/work/a/b"), &folder));
        assert!(within(&folder, &folder));
        assert!(!within(&GuestPath::new("/mnt/work/ab"), &folder));
        assert_eq!(
            rebase(&GuestPath::new("/mnt/work/a/b"), &folder, &GuestPath::new("/mnt/x/c")),
            GuestPath::new("/mnt/x/c/b")
        );
    }
}
