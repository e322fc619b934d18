//! Layers (optional content) that are switched off: a person does not see them, and the interpreter does not draw them.

use std::collections::{HashMap, HashSet};

use hayro_interpret::{
    InterpreterCache, InterpreterSettings,
    hayro_syntax::{
        Pdf,
        object::{Array, Dict, Name, ObjectIdentifier, dict::keys},
    },
};

use super::{
    device::{Found, Span},
    extract,
};
use crate::{DocumentError, guard::Clock};

/// The entry of the catalog that says which layers are on, and a name of the same length that says nothing.
const SAYS: &[u8] = b"/OCProperties";
const SAYS_NOTHING: &[u8] = b"/XCProperties";

/// The same file with every layer on. `None` where that cannot be made of it (it is encrypted, and its catalog compressed), so
/// that the layers stay as they are.
pub(super) fn all_on(pdf: &Pdf) -> Option<Pdf> {
    let bytes: &[u8] = pdf.data().as_ref();
    saying_nothing(bytes).or_else(|| with_a_bare_catalog(pdf, bytes))
}

/// The file with the entry that switches layers under another name, where it stands open.
fn saying_nothing(bytes: &[u8]) -> Option<Pdf> {
    let mut on = bytes.to_vec();
    let places: Vec<usize> = memchr::memmem::find_iter(bytes, SAYS).collect();
    for &at in &places {
        on.get_mut(at..at + SAYS.len())?.copy_from_slice(SAYS_NOTHING);
    }
    let pdf = Pdf::new(on).ok().filter(|_| !places.is_empty())?;
    (switched_off(&pdf) == 0).then_some(pdf)
}

/// The file with an update at its end (ISO 32000-2, 7.5.6), as programs that change a file leave it: a catalog that names the
/// pages and nothing else. So the one before may stand in a compressed stream. It adds a few hundred bytes.
fn with_a_bare_catalog(pdf: &Pdf, bytes: &[u8]) -> Option<Pdf> {
    // An update would have to repeat how the file is encrypted.
    if memchr::memmem::find(bytes, b"/Encrypt").is_some() {
        return None;
    }
    let root = pdf.xref().root_id();
    let pages = pdf.xref().get::<Dict<'_>>(root)?.get_ref(keys::PAGES)?;
    let (number, generation) = (root.obj_number, root.gen_number);
    let mut on = bytes.to_vec();
    on.extend_from_slice(b"\n");
    let object = on.len();
    let catalog = format!(
        "{number} {generation} obj\n<< /Type /Catalog /Pages {} {} R >>\nendobj\n",
        pages.obj_number, pages.gen_number
    );
    on.extend_from_slice(catalog.as_bytes());
    let table = on.len();
    let update = format!(
        "xref\n{number} 1\n{object:010} {generation:05} n \ntrailer\n<< /Size {} /Root {number} {generation} R /Prev {} >>\n\
         startxref\n{table}\n%%EOF\n",
        number.checked_add(1)?,
        last_table(bytes)?
    );
    on.extend_from_slice(update.as_bytes());
    let pdf = Pdf::new(on).ok()?;
    (switched_off(&pdf) == 0).then_some(pdf)
}

/// Where the file says that its last table of objects begins.
fn last_table(bytes: &[u8]) -> Option<u32> {
    const BEFORE: &[u8] = b"startxref";
    let after = bytes.get(memchr::memmem::rfind(bytes, BEFORE)? + BEFORE.len()..)?;
    let after = after.trim_ascii_start();
    let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(after.get(..digits)?).ok()?.parse().ok()
}

/// What a page has beyond what is drawn of it, marked as hidden.
pub(super) fn beyond(
    all_on: &Pdf,
    number: u64,
    drawn: &Found,
    settings: &InterpreterSettings,
    clock: &Clock,
) -> Result<Vec<Span>, DocumentError> {
    let index = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(page) = all_on.pages().get(index) else {
        return Ok(Vec::new());
    };
    let place = |span: &Span| (span.text.clone(), span.origin.x.to_bits(), span.origin.y.to_bits());
    let mut known: HashMap<_, usize> = HashMap::new();
    for span in &drawn.spans {
        *known.entry(place(span)).or_default() += 1;
    }
    let cache = InterpreterCache::new();
    let found = extract(page, &cache, settings, clock)?;
    let mut beyond = Vec::new();
    for mut span in found.spans {
        if let Some(count) = known.get_mut(&place(&span)).filter(|count| **count > 0) {
            *count -= 1;
        } else {
            span.hidden = true;
            beyond.push(span);
        }
    }
    Ok(beyond)
}

/// How many layers are not drawn (ISO 32000-2, 8.11.4.3): as the interpreter decides it, which keeps its count to itself.
pub(super) fn switched_off(pdf: &Pdf) -> u64 {
    let layers = || {
        let catalog = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id())?;
        let properties = catalog.get::<Dict<'_>>(keys::OCPROPERTIES)?;
        let config = properties.get::<Dict<'_>>(keys::D)?;
        let named = |dict: &Dict<'_>, key: &[u8]| -> HashSet<ObjectIdentifier> {
            let array = dict.get::<Array<'_>>(key);
            let items = array.iter().flat_map(Array::raw_iter);
            items.filter_map(|item| Some(item.as_obj_ref()?.into())).collect()
        };
        let mut off = HashSet::new();
        if config
            .get::<Name<'_>>(keys::BASE_STATE)
            .is_some_and(|state| state.as_ref() == b"OFF")
        {
            off = &named(&properties, keys::OCGS) - &named(&config, keys::ON);
        }
        off.extend(named(&config, keys::OFF));
        Some(off.len() as u64)
    };
    layers().unwrap_or_default()
}
