//! The agent inside the virtual machine.

fn main() {}
