//! What the tests share: reading metrics, asking a server, finding programs.

pub mod asm;
pub mod clients;
pub mod http;
pub mod page;
pub mod prices;
pub mod programs;
pub mod responses;
