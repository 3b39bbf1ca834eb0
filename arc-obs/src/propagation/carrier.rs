//! What headers are read from and written into.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

/// Headers, or what has their place (the metadata of a message, say), to read from.
///
/// ```
/// use arc_obs::propagation::{Extractor, extract};
///
/// /// The headers of a message of some queue.
/// struct Message(Vec<(String, Vec<u8>)>);
///
/// impl Extractor for Message {
///     fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
///         self.0.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| &value[..])
///     }
/// }
///
/// let traceparent = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// let message = Message(vec![("traceparent".to_owned(), traceparent.to_vec())]);
/// # if cfg!(feature = "enabled") {
/// assert_eq!(extract(&message).trace_id().unwrap().to_string(), "0af7651916cd43dd8448eb211c80319c");
/// # }
/// ```
pub trait Extractor {
    /// All values of a header, in their order. The name is in lower case, and may be in any here.
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]>;
}

/// Headers, or what has their place, to write into.
///
/// ```
/// use arc_obs::propagation::{Injector, inject};
///
/// struct Message(Vec<(&'static str, String)>);
///
/// impl Injector for Message {
///     fn set(&mut self, name: &'static str, value: String) {
///         self.0.retain(|(known, _)| *known != name);
///         self.0.push((name, value));
///     }
///
///     fn remove(&mut self, name: &'static str) {
///         self.0.retain(|(known, _)| *known != name);
///     }
/// }
///
/// inject(&mut Message(Vec::new()));
/// ```
pub trait Injector {
    /// Sets a header to this value alone; visible ASCII characters, and spaces between them.
    fn set(&mut self, name: &'static str, value: String);

    /// Takes a header away, where it is: that of a request that is sent on must not contradict the
    /// others.
    fn remove(&mut self, name: &'static str);
}

#[cfg(feature = "http")]
#[cfg_attr(docsrs, doc(cfg(feature = "http")))]
impl Extractor for http::HeaderMap {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.get_all(name).into_iter().map(http::HeaderValue::as_bytes)
    }
}

#[cfg(feature = "http")]
#[cfg_attr(docsrs, doc(cfg(feature = "http")))]
impl Injector for http::HeaderMap {
    fn set(&mut self, name: &'static str, value: String) {
        if let Ok(value) = http::HeaderValue::try_from(value) {
            self.insert(http::HeaderName::from_static(name), value);
        }
    }

    fn remove(&mut self, name: &'static str) {
        http::HeaderMap::remove(self, name);
    }
}

/// Of a map with several keys that differ in their case only, there are several values.
impl<S: BuildHasher> Extractor for HashMap<String, String, S> {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        of_name(self.iter(), name)
    }
}

impl<S: BuildHasher> Injector for HashMap<String, String, S> {
    fn set(&mut self, name: &'static str, value: String) {
        Injector::remove(self, name);
        self.insert(name.to_owned(), value);
    }

    fn remove(&mut self, name: &'static str) {
        self.retain(|key, _| !key.eq_ignore_ascii_case(name));
    }
}

/// As of a `HashMap`.
impl Extractor for BTreeMap<String, String> {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        of_name(self.iter(), name)
    }
}

impl Injector for BTreeMap<String, String> {
    fn set(&mut self, name: &'static str, value: String) {
        Injector::remove(self, name);
        self.insert(name.to_owned(), value);
    }

    fn remove(&mut self, name: &'static str) {
        self.retain(|key, _| !key.eq_ignore_ascii_case(name));
    }
}

/// Pairs, as many clients have them.
impl Extractor for Vec<(String, String)> {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        of_name(self.iter().map(|(key, value)| (key, value)), name)
    }
}

impl Injector for Vec<(String, String)> {
    fn set(&mut self, name: &'static str, value: String) {
        Injector::remove(self, name);
        self.push((name.to_owned(), value));
    }

    fn remove(&mut self, name: &'static str) {
        self.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
    }
}

fn of_name<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    pairs.filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_bytes())
}
