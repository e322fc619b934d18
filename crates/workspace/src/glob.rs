//! Finding files by name.

use deskhand_types::GuestPath;
use globset::{GlobBuilder, GlobMatcher};

use crate::error::WorkspaceError;
use crate::folder::{Folder, Kind};
use crate::read::Entry;
use crate::resolve::{Links, Place};
use crate::walk::{At, Cut, Plan, Skipped, Visitor};
use crate::workspace::Workspace;

/// A search by name.
///
/// `*` and `?` stay within one name, `**` spans folders, `{a,b}` and `[…]` work as in ripgrep. A pattern without a slash
/// matches at any depth, as in Claude's Glob; one that ends in a slash finds folders, all others find files and links.
/// An absolute pattern (`/mnt/work/**/*.csv`) says itself where to look.
///
/// Policy: this is a folder of somebody's documents, so `.gitignore` does not hide anything unless asked; names that
/// begin with a dot are left out unless asked, or unless the pattern names one; version-control stores and masked places
/// are never looked into; links are listed, not followed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GlobQuery {
    /// The pattern.
    pub pattern: String,
    /// Where to look; `None` is every granted folder.
    pub path: Option<GuestPath>,
    /// Whether case matters. Off by default: `*.csv` finds `SALES.CSV`.
    pub case_sensitive: bool,
    /// Whether names beginning with a dot are looked at.
    pub hidden: bool,
    /// Whether `.gitignore` files are honoured.
    pub gitignore: bool,
    /// Most entries in the result.
    pub max_results: usize,
}

impl GlobQuery {
    /// A search for `pattern` in every granted folder, by the policy above.
    pub fn new(pattern: impl Into<String>) -> Self {
        Self {
            pattern: pattern.into(),
            path: None,
            case_sensitive: false,
            hidden: false,
            gitignore: false,
            max_results: 1000,
        }
    }
}

/// What a search by name found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GlobResult {
    /// The entries, newest first, then by path.
    pub entries: Vec<Entry>,
    /// How many there are, with those left out by `max_results`.
    pub total: usize,
    /// Why not everything was looked at, if so.
    pub cut: Option<Cut>,
    /// What was passed over.
    pub skipped: Skipped,
}

/// A pattern, and the folder its literal beginning leads to.
struct Start {
    bases: Vec<Folder>,
    matcher: GlobMatcher,
    folders: bool,
    depth: Option<usize>,
    hidden: bool,
}

impl Workspace {
    /// Finds entries by name, newest first.
    ///
    /// # Errors
    /// The pattern is not valid, or the path is none.
    pub fn glob(&self, query: &GlobQuery) -> Result<GlobResult, WorkspaceError> {
        let Some(start) = self.start(query)? else {
            return Ok(GlobResult {
                entries: Vec::new(),
                total: 0,
                cut: None,
                skipped: Skipped::default(),
            });
        };
        let plan = Plan {
            hidden: query.hidden || start.hidden,
            gitignore: query.gitignore,
            max_depth: start.depth.unwrap_or(usize::MAX).min(self.options.limits.max_depth),
        };
        let (visitors, walked) = self.walk(start.bases, &plan, || Finder {
            matcher: start.matcher.clone(),
            folders: start.folders,
            found: Vec::new(),
        })?;
        let mut entries: Vec<Entry> = visitors.into_iter().flat_map(|visitor| visitor.found).collect();
        entries.sort_unstable_by(|a, b| b.mtime_ns.cmp(&a.mtime_ns).then_with(|| a.path.cmp(&b.path)));
        let total = entries.len();
        entries.truncate(query.max_results);
        Ok(GlobResult {
            entries,
            total,
            cut: walked.cut,
            skipped: walked.skipped,
        })
    }

    /// `None`: the literal beginning of the pattern leads to no folder, so nothing can match.
    fn start(&self, query: &GlobQuery) -> Result<Option<Start>, WorkspaceError> {
        let folders = query.pattern.ends_with('/');
        let pattern = query.pattern.trim_end_matches('/');
        let absolute = pattern.starts_with('/') || crate::resolve::is_absolute(pattern);
        let mut pattern = pattern.to_owned();
        while let Some(rest) = pattern.strip_prefix("./") {
            pattern = rest.to_owned();
        }
        let (literal, rest) = split_literal(&pattern);
        let bases = if absolute {
            vec![self.locate(literal)?]
        } else {
            let roots = match &query.path {
                Some(path) => vec![path.clone()],
                None => self
                    .all_mounted()
                    .iter()
                    .filter(|mounted| !mounted.is_hidden())
                    .map(|mounted| mounted.root.path().clone())
                    .collect(),
            };
            if literal.is_empty() {
                roots
            } else {
                roots
                    .iter()
                    .map(|root| self.locate(&format!("{root}/{literal}")))
                    .collect::<Result<_, _>>()?
            }
        };
        let mut open = Vec::new();
        for base in &bases {
            match self.base(base) {
                Ok(folder) => open.push(folder),
                Err(WorkspaceError::NotFound { .. } | WorkspaceError::NotAFolder { .. })
                    if !literal.is_empty() && Some(base) != query.path.as_ref() => {}
                Err(error) => return Err(error),
            }
        }
        if open.is_empty() {
            return Ok(None);
        }
        let anywhere = literal.is_empty() && !rest.contains('/');
        let full = if anywhere && rest != "**" {
            format!("**/{rest}")
        } else {
            rest.to_owned()
        };
        Ok(Some(Start {
            bases: open,
            matcher: matcher(&full, query.case_sensitive, &query.pattern)?,
            folders,
            depth: (!full.contains("**")).then(|| full.split('/').count()),
            hidden: full.split('/').any(|part| part.starts_with('.')),
        }))
    }

    /// Opens the folder a search starts in; a link to it is followed while it stays in the grant.
    pub(crate) fn base(&self, path: &GuestPath) -> Result<Folder, WorkspaceError> {
        match self.resolve(path, Links::Follow)? {
            Place::Root(root) => Ok(root),
            Place::Entry(spot) => self.open_folder(&spot.path(), Links::Refuse),
        }
    }
}

/// Compiles a pattern over paths below a base.
pub(crate) fn matcher(pattern: &str, case_sensitive: bool, shown: &str) -> Result<GlobMatcher, WorkspaceError> {
    GlobBuilder::new(pattern)
        .literal_separator(true)
        .case_insensitive(!case_sensitive)
        .build()
        .map(|glob| glob.compile_matcher())
        .map_err(|error| WorkspaceError::BadPattern {
            pattern: shown.to_owned(),
            why: error.kind().to_string(),
        })
}

/// The leading components without wildcards, and the rest, which is never empty.
fn split_literal(pattern: &str) -> (&str, &str) {
    let mut cut = 0;
    let mut at = 0;
    for part in pattern.split_inclusive('/') {
        if part.contains(['*', '?', '[', '{', '\\']) || !part.ends_with('/') {
            break;
        }
        at += part.len();
        cut = at;
    }
    let (literal, rest) = pattern.split_at_checked(cut).unwrap_or(("", pattern));
    (
        if literal == "/" {
            literal
        } else {
            literal.trim_end_matches('/')
        },
        rest,
    )
}

struct Finder {
    matcher: GlobMatcher,
    folders: bool,
    found: Vec<Entry>,
}

impl Visitor for Finder {
    fn wants(&self, below: &str, kind: Kind) -> bool {
        (kind == Kind::Folder) == self.folders && kind != Kind::Other && self.matcher.is_match(below)
    }

    fn visit(&mut self, at: &At<'_>, skipped: &mut Skipped) -> Result<(), Cut> {
        match at.inspect() {
            Ok(meta) => self.found.push(Entry {
                path: at.path(),
                kind: meta.kind,
                size: meta.size,
                mtime_ns: meta.mtime_ns,
            }),
            Err(_) => skipped.unreadable += 1,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_beginnings() {
        assert_eq!(split_literal("*.csv"), ("", "*.csv"));
        assert_eq!(split_literal("a/b/*.csv"), ("a/b", "*.csv"));
        assert_eq!(split_literal("a/**/b.csv"), ("a", "**/b.csv"));
        assert_eq!(split_literal("/mnt/work/*.csv"), ("/mnt/work", "*.csv"));
        assert_eq!(split_literal("a.csv"), ("", "a.csv"));
        assert_eq!(split_literal("a/b.csv"), ("a", "b.csv"));
    }
}
