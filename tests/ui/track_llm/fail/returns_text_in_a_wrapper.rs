use std::borrow::Cow;
use std::sync::Arc;

use arc_obs::track_llm;

#[track_llm(model = "gpt-4o")]
fn boxed() -> Box<str> { //~ Box<str>
    "".into()
}

#[track_llm(model = "gpt-4o")]
fn shared() -> Result<Arc<str>, ()> { //~ Result<Arc<str>, ()>
    Ok("".into())
}

#[track_llm(model = "gpt-4o")]
async fn perhaps() -> Option<Cow<'static, str>> { //~ Option<Cow<'static, str>>
    None
}

#[track_llm(model = "gpt-4o")]
fn yes() -> bool { //~ bool
    true
}

fn main() {}
