//! The one door to the network for tools: an allow-list proxy with a ledger.
