//! Tells cargo to look again when the interface was built anew. Builds nothing itself: that is `make ui`.

fn main() {
    println!("cargo:rerun-if-changed=../../ui/dist");
    println!("cargo:rerun-if-changed=build.rs");
}
