//! Functions that others have published, with attributes and no other change, against a
//! server that gives recorded and written answers.
//!
//! Each file has the functions as they stand in the crate that it names, but for their
//! place; the tests below them are ours.

#[rustfmt::skip]
mod async_openai;
#[rustfmt::skip]
#[allow(clippy::all, clippy::pedantic)]
mod genai;
#[rustfmt::skip]
#[allow(clippy::all, clippy::pedantic)]
mod rig;
