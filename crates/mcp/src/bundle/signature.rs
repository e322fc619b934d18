//! The signature block behind a bundle's archive.

use serde::{Deserialize, Serialize};

use crate::diagnostic::{Diagnostic, Findings};

const BEGIN: &[u8] = b"MCPB_SIG_V1";
const END: &[u8] = b"MCPB_SIG_END";

/// Whether a bundle is signed. A chain of certificates is not verified here, and nothing may be concluded from one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signature {
    /// It carries none.
    Unsigned,
    /// It carries one, which was not verified: it says nothing about who made the bundle.
    Unverified {
        /// Bytes of the signature (DER, PKCS #7).
        size: usize,
    },
    /// It carries something that begins or ends like a signature and is none.
    Invalid(String),
}

impl Signature {
    pub(super) fn tell(&self, diagnostics: &mut Vec<Diagnostic>) {
        let mut findings = Findings::about(None, diagnostics);
        match self {
            Self::Unsigned => findings.note(
                "mcp.bundle.signature",
                "The bundle is not signed: nothing proves who made it.",
            ),
            Self::Unverified { .. } => findings.warn(
                "mcp.bundle.signature",
                "The bundle has a signature, which was not verified: nothing proves who made it.",
            ),
            Self::Invalid(reason) => findings.warn(
                "mcp.bundle.signature",
                format!("The bundle's signature is damaged ({reason}): nothing proves who made it."),
            ),
        }
    }
}

/// The archive without its signature block, and what the block is.
pub(super) fn strip(mut bytes: Vec<u8>) -> (Vec<u8>, Signature) {
    if !bytes.ends_with(END) {
        return (bytes, Signature::Unsigned);
    }
    let body = bytes.len() - END.len();
    // The length stands at the block's beginning: the last beginning whose length leads exactly to the end is it.
    let block = bytes
        .get(..body)
        .and_then(|before| (0..before.len()).rev().find_map(|place| whole_block(before, place)));
    let Some((begin, size, is_der)) = block else {
        bytes.truncate(body);
        return (bytes, Signature::Invalid("its length does not fit".to_owned()));
    };
    bytes.truncate(begin);
    forget_comment(&mut bytes);
    let signature = if is_der {
        Signature::Unverified { size }
    } else {
        Signature::Invalid("it is not in the format of signatures".to_owned())
    };
    (bytes, signature)
}

fn whole_block(before: &[u8], place: usize) -> Option<(usize, usize, bool)> {
    let rest = before.get(place..)?.strip_prefix(BEGIN)?;
    let (length, der) = rest.split_first_chunk::<4>()?;
    let fits = usize::try_from(u32::from_le_bytes(*length)).is_ok_and(|length| length == der.len());
    // An ASN.1 SEQUENCE, which PKCS #7 is.
    fits.then(|| (place, der.len(), der.first() == Some(&0x30) && der.len() > 16))
}

/// Newer signers declare the block as the archive's comment, so that strict readers accept it. Without the block the
/// declared length must go, too.
fn forget_comment(zip: &mut [u8]) {
    const RECORD: &[u8] = b"PK\x05\x06";
    const LENGTH_AT: usize = 20;
    let Some(place) = zip.windows(RECORD.len()).rposition(|window| window == RECORD) else {
        return;
    };
    let behind = zip.len().saturating_sub(place + LENGTH_AT + 2);
    let Ok(behind) = u16::try_from(behind) else { return };
    if let Some(length) = zip.get_mut(place + LENGTH_AT..place + LENGTH_AT + 2) {
        length.copy_from_slice(&behind.to_le_bytes());
    }
}
