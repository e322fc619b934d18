//! The one door to the network for tools: an allow-list proxy with a ledger.
//!
//! Programs in the sandbox have no network card. What they have is a proxy port (HTTP proxy protocol: absolute-form
//! requests and CONNECT), and every connection to it is given to [`Egress::serve`]. There each request is
//!
//! 1. **judged** by the [`Rules`]: host × port × scheme × method × path × credential. Nothing is allowed by default; the
//!    hosts of model providers never are. TLS is ended here, with a certificate authority that lives in this process
//!    alone, so that the rules hold inside it;
//! 2. **resolved** by the host, once: if any address is not public, it is refused, and the connection goes to exactly
//!    the address that was judged;
//! 3. **logged** in the [`Ledger`], allowed or refused, before anything is connected;
//! 4. **made** without what the program had no business sending, and with our [`Secret`] where a rule names one;
//! 5. **answered** as a stream within limits, without cookies, and cut if the credential comes back in it.
//!
//! Redirects are the program's to follow: its next request is judged like the first. Connectors, which the person chose, have
//! their own way out without an allow-list: `connector.rs`. Begin reading at `egress.rs`; what
//! is decided is in `judge.rs`, `address.rs`, `host.rs`, `path.rs`, `header.rs` and `query.rs`, which are pure.
#![allow(
    clippy::disallowed_methods,
    reason = "I2: this crate is the door to the network for tools; it connects in `dial` alone"
)]

mod address;
mod answer;
mod authority;
mod body;
mod budget;
mod connector;
mod credential;
mod dial;
mod echo;
mod egress;
mod entry;
mod error;
mod exchange;
mod front;
mod header;
mod host;
mod idle;
mod judge;
mod ledger;
mod limits;
mod path;
mod query;
mod refusal;
mod reply;
mod resolve;
mod rules;
mod secret;
mod tunnel;
mod upstream;
mod watch;

pub use connector::{Connector, Door, DoorConfig, Loopback};
pub use dial::{Dial, Network};
pub use egress::{Config, Egress};
pub use error::{EgressError, Result};
pub use judge::Explanation;
pub use ledger::Ledger;
pub use limits::Limits;
pub use resolve::{Resolver, SystemResolver};
pub use rules::Rules;
pub use secret::{Credentials, NoCredentials, Secret};
pub use upstream::Roots;
pub use watch::WATCHED;
