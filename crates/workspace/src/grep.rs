//! Finding text in files, with ripgrep's search engine.

use std::io;

use deskhand_types::GuestPath;
use globset::GlobMatcher;
use grep_matcher::LineTerminator;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, Sink, SinkContext, SinkFinish, SinkMatch};
use ignore::types::{Types, TypesBuilder};

use crate::cloud::{Hydration, Marks as _, SystemMarks};
use crate::error::WorkspaceError;
use crate::folder::{Kind, open_listed};
use crate::glob::matcher;
use crate::resolve::{Links, Place, io_error};
use crate::walk::{At, Cut, Plan, Skipped, Visitor, Walked};
use crate::workspace::Workspace;

/// Longest line kept of a match, in bytes; the rest is cut off and marked.
const LONGEST_LINE: usize = 2000;

/// Most bytes of matching lines kept by one thread.
const MOST_TEXT: usize = 16 << 20;

/// What a content search returns.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum GrepOutput {
    /// The files that match, newest first.
    #[default]
    FilesWithMatches,
    /// The matching lines, with context, by path and line.
    Content,
    /// How many lines match in each file, by path.
    Count,
}

/// A search in content. Which files are looked at follows the same policy as [`crate::GlobQuery`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GrepQuery {
    /// A regular expression (Rust's syntax, as in ripgrep: no look-around, no back-references).
    pub pattern: String,
    /// The file or folder to look in; `None` is every granted folder.
    pub path: Option<GuestPath>,
    /// Only files whose path matches.
    pub glob: Option<String>,
    /// Only files of a type ripgrep knows (`csv`, `md`, `py`, …).
    pub file_type: Option<String>,
    /// Whether case does not matter.
    pub case_insensitive: bool,
    /// Whether matches may span lines; `.` then matches a line end.
    pub multiline: bool,
    /// Lines shown before a match.
    pub before: usize,
    /// Lines shown after a match.
    pub after: usize,
    /// What to return.
    pub output: GrepOutput,
    /// Most files, or with [`GrepOutput::Content`] most lines, in the result.
    pub head_limit: usize,
    /// Whether names beginning with a dot are looked at.
    pub hidden: bool,
    /// Whether `.gitignore` files are honoured.
    pub gitignore: bool,
}

impl GrepQuery {
    /// A search for `pattern` in every granted folder: the files that match.
    pub fn new(pattern: impl Into<String>) -> Self {
        Self {
            pattern: pattern.into(),
            path: None,
            glob: None,
            file_type: None,
            case_insensitive: false,
            multiline: false,
            before: 0,
            after: 0,
            output: GrepOutput::default(),
            head_limit: 250,
            hidden: false,
            gitignore: false,
        }
    }
}

/// What people read in files whose bytes are not what they see: pages, mails.
pub trait Rendering: Sync {
    /// Whether a file of this name is such a one.
    fn renders(&self, name: &str) -> bool;

    /// What a person sees of it; `None` where that is not known, and then it is not searched.
    fn render(&self, name: &str, bytes: &[u8]) -> Option<String>;
}

/// A line of a result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GrepLine {
    /// Its number, from 1.
    pub number: u64,
    /// Its text, without the line end; bytes that are no text are replaced.
    pub text: String,
    /// Whether it matches; otherwise it is context.
    pub matches: bool,
    /// Whether the end was cut off.
    pub shortened: bool,
}

/// A file that matches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileMatches {
    /// Where.
    pub path: GuestPath,
    /// Its modification time in nanoseconds since 1970.
    pub mtime_ns: Option<i128>,
    /// Matches (lines; with `multiline`, spans of lines). At least 1; with [`GrepOutput::FilesWithMatches`] always 1.
    pub count: u64,
    /// With [`GrepOutput::Content`]: the lines, in order.
    pub lines: Vec<GrepLine>,
}

/// What a content search found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GrepResult {
    /// The files, in the order of the output.
    pub files: Vec<FileMatches>,
    /// How many files match, with those left out by `head_limit`.
    pub total_files: usize,
    /// Whether `head_limit` left something out.
    pub truncated: bool,
    /// Why not everything was looked at, if so.
    pub cut: Option<Cut>,
    /// What was passed over.
    pub skipped: Skipped,
}

impl Workspace {
    /// Finds text in files.
    ///
    /// # Errors
    /// The pattern, glob or file type is not valid, or the path is none.
    pub fn grep(&self, query: &GrepQuery) -> Result<GrepResult, WorkspaceError> {
        self.search(query, None)
    }

    /// The same, where some files are searched as people see them. Their lines are those of the rendered text.
    ///
    /// # Errors
    /// As [`Workspace::grep`].
    pub fn grep_as_seen(&self, query: &GrepQuery, rendering: &dyn Rendering) -> Result<GrepResult, WorkspaceError> {
        self.search(query, Some(rendering))
    }

    fn search(&self, query: &GrepQuery, rendering: Option<&dyn Rendering>) -> Result<GrepResult, WorkspaceError> {
        let regex = regex(query)?;
        let glob = query
            .glob
            .as_ref()
            .map(|glob| {
                let full = if glob.contains('/') {
                    glob.trim_start_matches("./").to_owned()
                } else {
                    format!("**/{glob}")
                };
                matcher(&full, false, glob)
            })
            .transpose()?;
        let types = query.file_type.as_deref().map(types).transpose()?;
        let make = || Searching {
            rendering,
            regex: regex.clone(),
            glob: glob.clone(),
            types: types.clone(),
            searcher: searcher(query, self.options.limits.max_search_bytes),
            output: query.output,
            largest: self.options.limits.max_search_bytes,
            hydration: self.options.hydration,
            kept: 0,
            most_lines: query.head_limit.saturating_add(1),
            found: Vec::new(),
        };
        let mut one_file = None;
        let bases = match &query.path {
            None => self
                .all_mounted()
                .into_iter()
                .filter(|mounted| !mounted.is_hidden())
                .map(|mounted| mounted.root)
                .collect(),
            Some(path) => match self.resolve(path, Links::Follow)? {
                Place::Root(root) => vec![root],
                Place::Entry(spot) => match spot.inspect()? {
                    None => return Err(crate::read::missing(path, &spot)),
                    Some(meta) if meta.kind == Kind::Folder => vec![self.open_folder(&spot.path(), Links::Refuse)?],
                    Some(meta) if meta.kind == Kind::File => {
                        one_file = Some(spot);
                        Vec::new()
                    }
                    Some(meta) => {
                        return Err(WorkspaceError::NotAFile {
                            path: path.clone(),
                            found: meta.kind.described(),
                        });
                    }
                },
            },
        };
        let (found, walked) = if let Some(spot) = one_file {
            // Asked for by name: glob and type do not count.
            let mut visitor = make();
            let mut walked = Walked::default();
            let at = At {
                dir: spot.folder.dir(),
                name: &spot.name,
                below: &spot.name,
                base: spot.folder.path(),
            };
            walked.cut = visitor.visit(&at, &mut walked.skipped).err();
            if walked.skipped.unreadable > 0 {
                return Err(io_error(&spot.path(), "read", io::ErrorKind::PermissionDenied.into()));
            }
            (visitor.found, walked)
        } else {
            let plan = Plan {
                hidden: query.hidden
                    || query
                        .glob
                        .as_ref()
                        .is_some_and(|glob| glob.split('/').any(|part| part.starts_with('.'))),
                gitignore: query.gitignore,
                max_depth: self.options.limits.max_depth,
            };
            let (visitors, walked) = self.walk(bases, &plan, make)?;
            (visitors.into_iter().flat_map(|visitor| visitor.found).collect(), walked)
        };
        Ok(arranged(found, query, walked))
    }
}

/// Orders the files and keeps the limit.
fn arranged(mut files: Vec<FileMatches>, query: &GrepQuery, walked: Walked) -> GrepResult {
    let total_files = files.len();
    match query.output {
        GrepOutput::FilesWithMatches => {
            files.sort_unstable_by(|a, b| b.mtime_ns.cmp(&a.mtime_ns).then_with(|| a.path.cmp(&b.path)));
        }
        GrepOutput::Content | GrepOutput::Count => files.sort_unstable_by(|a, b| a.path.cmp(&b.path)),
    }
    let mut truncated = false;
    if query.output == GrepOutput::Content {
        let mut left = query.head_limit;
        for file in &mut files {
            truncated |= file.lines.len() > left;
            file.lines.truncate(left);
            left -= file.lines.len();
        }
        files.retain(|file| !file.lines.is_empty());
    } else {
        truncated = files.len() > query.head_limit;
        files.truncate(query.head_limit);
    }
    GrepResult {
        files,
        total_files,
        truncated,
        cut: walked.cut,
        skipped: walked.skipped,
    }
}

fn regex(query: &GrepQuery) -> Result<RegexMatcher, WorkspaceError> {
    let mut builder = RegexMatcherBuilder::new();
    builder
        .case_insensitive(query.case_insensitive)
        .multi_line(true)
        .size_limit(16 << 20)
        .dfa_size_limit(64 << 20);
    if query.multiline {
        builder.dot_matches_new_line(true);
    } else {
        // Lines may end in CR LF: `$` then matches before the CR.
        builder.line_terminator(Some(b'\n')).crlf(true);
    }
    builder
        .build(&query.pattern)
        .map_err(|error| WorkspaceError::BadPattern {
            pattern: query.pattern.clone(),
            why: error.to_string(),
        })
}

fn types(name: &str) -> Result<Types, WorkspaceError> {
    let mut builder = TypesBuilder::new();
    builder.add_defaults().select(name);
    builder.build().map_err(|error| WorkspaceError::BadPattern {
        pattern: name.to_owned(),
        why: error.to_string(),
    })
}

fn searcher(query: &GrepQuery, largest: u64) -> Searcher {
    let mut builder = SearcherBuilder::new();
    builder
        .binary_detection(BinaryDetection::quit(0))
        .multi_line(query.multiline)
        .line_number(query.output == GrepOutput::Content)
        .heap_limit(Some(
            usize::try_from(largest).unwrap_or(usize::MAX).saturating_add(1 << 20),
        ));
    if !query.multiline {
        builder.line_terminator(LineTerminator::crlf());
    }
    match query.output {
        GrepOutput::Content => {
            builder.before_context(query.before).after_context(query.after);
        }
        GrepOutput::FilesWithMatches => {
            builder.max_matches(Some(1));
        }
        GrepOutput::Count => {}
    }
    builder.build()
}

struct Searching<'a> {
    rendering: Option<&'a dyn Rendering>,
    regex: RegexMatcher,
    glob: Option<GlobMatcher>,
    types: Option<Types>,
    searcher: Searcher,
    output: GrepOutput,
    largest: u64,
    hydration: Hydration,
    /// Bytes of text kept so far.
    kept: usize,
    most_lines: usize,
    found: Vec<FileMatches>,
}

impl Visitor for Searching<'_> {
    fn wants(&self, below: &str, kind: Kind) -> bool {
        kind == Kind::File
            && self.glob.as_ref().is_none_or(|glob| glob.is_match(below))
            && self
                .types
                .as_ref()
                .is_none_or(|types| types.matched(below, false).is_whitelist())
    }

    fn visit(&mut self, at: &At<'_>, skipped: &mut Skipped) -> Result<(), Cut> {
        let Ok((file, meta)) = open_listed(at.dir, at.name) else {
            skipped.unreadable += 1;
            return Ok(());
        };
        if meta.size > self.largest {
            skipped.too_large += 1;
            return Ok(());
        }
        if self.hydration == Hydration::Refuse && (meta.placeholder.is_some() || SystemMarks.opened(&file).is_some()) {
            skipped.placeholders += 1;
            return Ok(());
        }
        let mut sink = Lines {
            content: self.output == GrepOutput::Content,
            first_only: self.output == GrepOutput::FilesWithMatches,
            most: self.most_lines,
            count: 0,
            bytes: 0,
            binary: false,
            kept: Vec::new(),
        };
        let file = file.into_std();
        let rendering = self.rendering.filter(|rendering| rendering.renders(at.name));
        let searched = if let Some(rendering) = rendering {
            let mut bytes = Vec::new();
            // A file that grows meanwhile is read no further than it may be.
            if io::Read::read_to_end(&mut io::Read::take(&file, self.largest), &mut bytes).is_err() {
                skipped.unreadable += 1;
                return Ok(());
            }
            let Some(text) = rendering.render(at.name, &bytes) else {
                skipped.binary += 1;
                return Ok(());
            };
            self.searcher.search_slice(&self.regex, text.as_bytes(), &mut sink)
        } else {
            self.searcher.search_file(&self.regex, &file, &mut sink)
        };
        if searched.is_err() {
            skipped.unreadable += 1;
            return Ok(());
        }
        if sink.binary {
            skipped.binary += 1;
            return Ok(());
        }
        if sink.count > 0 {
            self.kept += sink.bytes;
            self.found.push(FileMatches {
                path: at.path(),
                mtime_ns: meta.mtime_ns,
                count: sink.count,
                lines: sink.kept,
            });
        }
        if self.kept > MOST_TEXT {
            Err(Cut::Memory)
        } else {
            Ok(())
        }
    }
}

/// Collects what one file gives.
struct Lines {
    content: bool,
    first_only: bool,
    most: usize,
    count: u64,
    bytes: usize,
    binary: bool,
    kept: Vec<GrepLine>,
}

impl Lines {
    fn keep(&mut self, number: Option<u64>, bytes: &[u8], matches: bool) {
        for (offset, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            if self.kept.len() >= self.most {
                return;
            }
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let kept = line.get(..LONGEST_LINE).unwrap_or(line);
            let text = String::from_utf8_lossy(kept);
            // A character cut in half at the end is not a replacement character of the file's.
            let text = if kept.len() < line.len() {
                text.trim_end_matches('\u{fffd}').to_owned()
            } else {
                text.into_owned()
            };
            self.bytes += text.len();
            self.kept.push(GrepLine {
                number: number.unwrap_or(0) + offset as u64,
                text,
                matches,
                shortened: kept.len() < line.len(),
            });
        }
    }
}

impl Sink for Lines {
    type Error = io::Error;

    fn matched(&mut self, _searcher: &Searcher, found: &SinkMatch<'_>) -> Result<bool, io::Error> {
        self.count += 1;
        if self.content {
            self.keep(found.line_number(), found.bytes(), true);
        }
        Ok(!self.first_only)
    }

    fn context(&mut self, _searcher: &Searcher, found: &SinkContext<'_>) -> Result<bool, io::Error> {
        if self.content {
            self.keep(found.line_number(), found.bytes(), false);
        }
        Ok(true)
    }

    fn finish(&mut self, _searcher: &Searcher, end: &SinkFinish) -> Result<(), io::Error> {
        // What came before the first NUL was no text either.
        self.binary = end.binary_byte_offset().is_some();
        Ok(())
    }
}
