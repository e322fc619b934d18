//! What leaves through the proxy: requests of commands, judged one by one by the label of what the command could read,
//! after the rules of the network have allowed them (`injection.md` 4.2, "shell in VM, egress: decided at the proxy").

use deskhand_types::{Confidentiality, NetworkRequest};

use crate::session::Session;

/// The request, refused where the flow does not allow it.
pub(crate) fn gate(session: &Session<'_>, request: NetworkRequest) -> NetworkRequest {
    if !request.allowed {
        return request;
    }
    if session.command_label().confidentiality < Confidentiality::Secret {
        return request;
    }
    NetworkRequest {
        allowed: false,
        address: None,
        credential: None,
        reason: "secret data was read, or lies where commands can read it, so nothing leaves".to_owned(),
        ..request
    }
}
