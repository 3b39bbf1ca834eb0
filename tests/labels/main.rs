//! A program with labels of its own: on the attributes, on the page, and how many samples
//! they make.
#![allow(missing_docs)]

mod attributes;
mod metrics;
mod page;

arc_obs::labels! {
    tier: attributes::Tier,
    region: attributes::Region,
    attempt: arc_obs::InRange<1, 3>,
    customer: arc_obs::Capped<5>,
    word: arc_obs::Capped<2>,
    cached: bool,
    by_hand: attributes::ByHand,
    slot: arc_obs::InRange<0, 2>,
}
