//! Every way to take `self`, and what methods hand out of it.

use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;

use arc_obs::traced;
use futures::executor::block_on;

use crate::{Broken, is_send, once};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Shop<T = u32> {
    sold: T,
    names: Vec<String>,
}

impl<T> Shop<T> {
    #[traced]
    fn into_sold(self) -> T {
        self.sold
    }

    #[traced]
    fn typed(self: Self) -> Vec<String>
    where
        T: Sized,
    {
        self.names
    }

    #[traced]
    fn borrow(&self) -> &T {
        &self.sold
    }

    #[traced]
    fn names(&self) -> &[String] {
        &self.names
    }

    #[traced]
    fn borrow_mut(&mut self) -> &mut T {
        &mut self.sold
    }

    #[traced]
    fn borrowed_with_a_lifetime<'a>(&'a self, _other: &str) -> (&'a T, &'a str) {
        (&self.sold, self.names.first().map_or("", |name| name))
    }

    #[traced]
    fn typed_reference(self: &Self) -> usize {
        self.names.len()
    }

    #[traced]
    fn typed_mutable_reference(self: &mut Self, name: &str) -> &mut Self {
        self.names.push(name.to_owned());
        self
    }

    #[traced]
    fn mutable(mut self, name: &str) -> Self {
        self.names.push(name.to_owned());
        self
    }

    #[traced]
    fn boxed(self: Box<Self>) -> T {
        self.sold
    }

    #[traced]
    fn counted(self: Rc<Self>) -> usize {
        Rc::strong_count(&self)
    }

    #[traced]
    fn shared(self: Arc<Self>) -> usize {
        Arc::strong_count(&self)
    }

    #[traced]
    fn reference_to_shared(self: &Arc<Self>) -> Arc<Self> {
        Self::clone_of(self)
    }

    fn clone_of(this: &Arc<Self>) -> Arc<Self> {
        Arc::clone(this)
    }

    #[traced]
    fn pinned(self: Pin<&mut Self>) -> usize {
        self.names.len()
    }

    #[traced]
    fn pinned_and_mutable(mut self: Pin<&mut Self>, name: &str) -> usize
    where
        T: Unpin,
    {
        self.names.push(name.to_owned());
        self.names.len()
    }

    #[traced]
    fn pinned_box(self: Pin<Box<Self>>) -> usize {
        self.names.len()
    }

    #[traced]
    fn associated(sold: T) -> Self {
        Self { sold, names: Vec::new() }
    }
}

impl Shop {
    const SIZE: usize = 2;

    #[traced]
    fn sized_by_a_constant(&self) -> [usize; Self::SIZE] {
        [Self::SIZE, self.names.len()]
    }

    #[traced]
    async fn sell(&mut self, count: u32) -> Result<u32, Broken> {
        if count == 0 {
            return Err(Broken);
        }
        futures::future::ready(()).await;
        self.sold += count;
        Ok(self.sold)
    }

    #[traced]
    async fn with(&mut self, sold: u32) -> &mut Self {
        futures::future::ready(()).await;
        self.sold = sold;
        self
    }

    #[traced]
    async fn look(&self) -> &u32 {
        futures::future::ready(()).await;
        &self.sold
    }

    #[traced]
    async fn close(self) -> (u32, Vec<String>) {
        futures::future::ready(()).await;
        (self.sold, self.names)
    }

    #[traced]
    async fn close_shared(self: Arc<Self>) -> u32 {
        futures::future::ready(()).await;
        self.sold
    }

    #[traced]
    async fn poll_pinned(mut self: Pin<&mut Self>) -> u32 {
        futures::future::ready(()).await;
        self.sold += 1;
        self.sold
    }

    #[traced]
    fn iterate(&self) -> impl Iterator<Item = &String> + '_ {
        self.names.iter()
    }

    #[traced]
    fn find(&self, name: &str) -> Option<&String> {
        self.names.iter().find(|each| *each == name)
    }

    /// The two borrows of one loop are rustc's to tell apart, not ours.
    #[traced]
    fn find_or_add(&mut self, name: &str) -> &mut String {
        if let Some(place) = self.names.iter().position(|each| each == name) {
            return &mut self.names[place];
        }
        self.names.push(name.to_owned());
        self.names.last_mut().unwrap()
    }

    #[traced]
    fn split(&mut self) -> (&mut u32, &mut [String]) {
        (&mut self.sold, &mut self.names)
    }
}

fn shop() -> Shop {
    Shop { sold: 3, names: vec!["tea".to_owned()] }
}

#[test]
fn by_value() {
    assert_eq!(once!("into_sold", shop().into_sold()), 3);
    assert_eq!(once!("typed", shop().typed()), ["tea"]);
    assert_eq!(once!("mutable", shop().mutable("cup")).names, ["tea", "cup"]);
    assert_eq!(once!("boxed", Box::new(shop()).boxed()), 3);
    assert_eq!(once!("counted", Rc::new(shop()).counted()), 1);
    assert_eq!(once!("shared", Arc::new(shop()).shared()), 1);
    assert_eq!(once!("pinned_box", Box::pin(shop()).pinned_box()), 1);
    assert_eq!(once!("associated", Shop::associated('a')).sold, 'a');
}

#[test]
fn by_reference() {
    let mut shop = shop();
    assert_eq!(once!("sized_by_a_constant", shop.sized_by_a_constant()), [2, 1]);
    assert_eq!(once!("borrow", shop.borrow()), &3);
    assert_eq!(once!("names", shop.names()), ["tea"]);
    assert_eq!(once!("borrowed_with_a_lifetime", shop.borrowed_with_a_lifetime("x")), (&3, "tea"));
    *once!("borrow_mut", shop.borrow_mut()) += 1;
    assert_eq!(shop.sold, 4);
    assert_eq!(once!("typed_reference", shop.typed_reference()), 1);
    once!("typed_mutable_reference", shop.typed_mutable_reference("cup")).sold = 9;
    assert_eq!(once!("pinned", Pin::new(&mut shop).pinned()), 2);
    assert_eq!(once!("pinned_and_mutable", Pin::new(&mut shop).pinned_and_mutable("pot")), 3);
    assert_eq!(once!("iterate", shop.iterate()).count(), 3);
    assert_eq!(once!("find", shop.find("pot")).unwrap(), "pot");
    once!("find_or_add", shop.find_or_add("pot")).push('s');
    assert_eq!(once!("find_or_add", shop.find_or_add("jug")), "jug");
    let (sold, names) = once!("split", shop.split());
    assert_eq!((*sold, names.len()), (9, 4));
    let shared = Arc::new(shop);
    assert!(Arc::ptr_eq(&once!("reference_to_shared", shared.reference_to_shared()), &shared));
}

#[test]
fn asynchronous() {
    let mut shop = shop();
    assert_eq!(once!("sell", block_on(is_send(shop.sell(2)))), Ok(5));
    assert_eq!(once!("sell", Error, block_on(shop.sell(0))), Err(Broken));
    assert_eq!(once!("with", block_on(is_send(shop.with(7)))).sold, 7);
    assert_eq!(once!("look", block_on(shop.look())), &7);
    assert_eq!(once!("poll_pinned", block_on(pin!(shop.clone()).poll_pinned())), 8);
    assert_eq!(once!("close_shared", block_on(is_send(Arc::new(shop.clone()).close_shared()))), 7);
    assert_eq!(once!("close", block_on(is_send(shop.close()))), (7, vec!["tea".to_owned()]));
}
