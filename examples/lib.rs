//! Programs that are observed by arc-obs: run one with `cargo run --example NAME`.
