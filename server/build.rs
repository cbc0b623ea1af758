//! Compiles again when the browser's files have changed: their names carry hashes.

fn main() {
    println!("cargo:rerun-if-changed=../target/site/pkg");
}
