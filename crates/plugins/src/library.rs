//! Where plugins come from and where they stay: marketplaces, installing, updating, removing.
//!
//! Begin at [`Library`]. What a marketplace says is [`marketplace`]; where content is fetched from is [`source`]; what a
//! plugin will run is told by a [`Review`] before anything of it is enabled. The network, the keychain and other programs
//! than `git` are reached only through [`Ports`], which the caller fills.
//!
//! One file, `state.json`, says what holds. Folders it does not name are left from an interrupted step and are swept when
//! the library is next opened, so that a step that was cut short either happened or did not.

pub mod config;
pub mod customise;
pub mod error;
pub mod id;
pub mod marketplace;
pub mod ports;
pub mod review;
pub mod settings;
pub mod source;
pub mod state;
pub mod tree;
pub mod unpack;

mod depend;
mod disk;
mod export;
mod fetch;
mod home;
mod install;
mod markets;
mod placing;
mod remove;

pub use disk::Fault;
pub use error::LibraryError;
pub use home::{Held, Library};
pub use id::{PluginId, Scope};
pub use install::{Active, Prepared, Staged, Verdict};
pub use marketplace::Marketplace;
pub use markets::{MarketplaceUpdate, Offer};
pub use ports::{Download, Git, Packages, Ports, Programs, Registry, Secrets};
pub use remove::Removed;
pub use review::{Review, ReviewedAgent};
pub use state::{Installed, KnownMarketplace};
