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

/// The same file with every layer on. `None` where the entry that switches them does not stand open in the file (its catalog
/// may be compressed), so that the layers stay as they are.
pub(super) fn all_on(bytes: &[u8]) -> Option<Pdf> {
    let mut on = bytes.to_vec();
    let places: Vec<usize> = memchr::memmem::find_iter(bytes, SAYS).collect();
    for &at in &places {
        on.get_mut(at..at + SAYS.len())?.copy_from_slice(SAYS_NOTHING);
    }
    let pdf = Pdf::new(on).ok().filter(|_| !places.is_empty())?;
    (switched_off(&pdf) == 0).then_some(pdf)
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
