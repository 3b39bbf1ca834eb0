//! `#[metrics(prefix = "shop")] mod shop { … }`: metrics of the user's own, a function each.

mod buckets;
mod module;
#[cfg(test)]
mod tests;

pub(crate) use module::expand;
