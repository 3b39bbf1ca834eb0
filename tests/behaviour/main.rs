//! What annotated functions do, seen from outside: through the public API and the
//! metrics page.
//!
//! All tests share one process and its one registry, so each names its agents,
//! models and tools as nobody else does.
#![allow(missing_docs)]

mod active;
mod blocks;
mod cache;
mod capture;
mod concurrency;
mod cost;
mod fields;
mod functions;
mod hostile_responses;
mod names;
mod prices;
mod prices_table;
mod providers;
mod records;
mod requests;
mod run_time_names;
mod runtimes;
mod spans;
mod stated_price;
mod statuses;
mod streams;
mod usage;
mod workflow;
