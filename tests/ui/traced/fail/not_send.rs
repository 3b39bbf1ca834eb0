use std::cell::RefCell;
use std::rc::Rc;

use arc_obs::traced;

#[traced]
async fn load() -> usize {
    let local = Rc::new(RefCell::new(1));
    std::future::ready(()).await;
    local.take()
}

fn needs_send<T: Send>(_: T) {}

fn main() {
    needs_send(load()); //~ load()
}
