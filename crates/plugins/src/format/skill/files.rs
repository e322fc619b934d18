//! Which files a skill is for: its `paths`.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// The globs of a skill, ready to be compared with paths.
#[derive(Clone, Debug)]
pub struct Files(GlobSet);

impl Files {
    /// From a skill's globs, which are relative to a granted folder. A folder's name means all that is in it; one that
    /// cannot be read is left out. Case does not matter: `*.csv` means `SALES.CSV` as well.
    pub fn of(globs: &[String]) -> Self {
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            let glob = glob.strip_prefix("./").unwrap_or(glob).trim_matches('/');
            for text in [glob.to_owned(), format!("{glob}/**")] {
                let built = GlobBuilder::new(&text)
                    .literal_separator(true)
                    .case_insensitive(true)
                    .build();
                if let Ok(built) = built {
                    set.add(built);
                }
            }
        }
        Self(set.build().unwrap_or_else(|_| GlobSet::empty()))
    }

    /// Whether they mean a path, given below its granted folder: `invoices/march.csv`.
    pub fn contains(&self, below: &str) -> bool {
        self.0.is_match(below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(globs: &[&str]) -> Files {
        let globs: Vec<String> = globs.iter().map(|&glob| glob.to_owned()).collect();
        Files::of(&globs)
    }

    #[test]
    fn globs_mean_paths_below_a_granted_folder() {
        for (glob, path, is_meant) in [
            ("*.csv", "SALES.CSV", true),
            ("*.csv", "a/sales.csv", false),
            ("**/*.csv", "sales.csv", true),
            ("**/*.csv", "a/b/sales.csv", true),
            ("invoices", "invoices/march.pdf", true),
            ("./invoices/", "invoices/2026/march.pdf", true),
            ("invoices", "old/invoices/march.pdf", false),
            ("a[", "a[", false),
        ] {
            assert_eq!(files(&[glob]).contains(path), is_meant, "{glob} {path}");
        }
        assert!(
            files(&["a[", "*.md"]).contains("x.md"),
            "one that cannot be read costs that one alone"
        );
    }
}
