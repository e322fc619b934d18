//! What the sandbox and its guest agent say to each other.
//!
//! Three byte streams connect them (three virtio-serial ports, or three sockets where there is no machine between):
//!
//! | stream | who opens | what flows |
//! | --- | --- | --- |
//! | `ctl` | host | [`mux`] of requests: one multiplexed stream per [`Request`] |
//! | `net` | guest | [`mux`] of connections: one per connection a program made to the guest's proxy port |
//! | `fs` | guest | FUSE messages as the kernel makes them; both directions carry their length in the first four bytes |
//!
//! Each stream begins with a [`greet`]ing, so that a stream taken up after a snapshot starts clean. Whatever comes from
//! the guest is untrusted: every frame has a limit ([`frame::MAX`]), and nothing here allocates what a peer merely claims.

pub mod frame;
pub mod greet;
pub mod message;
pub mod mux;

pub use message::*;
