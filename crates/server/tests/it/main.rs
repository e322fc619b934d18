//! The server, as its clients see it.

mod openapi;
mod view;
