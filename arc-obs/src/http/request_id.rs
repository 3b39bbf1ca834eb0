//! What a request is called, from one service to the next.

use http::{HeaderMap, HeaderName, HeaderValue, Request};

use crate::self_telemetry::{RefusedHeader, header_refused};

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The longest that is taken over.
const LONGEST: usize = 128;

/// What a request is called: in the extensions of a request that [`ObsLayer`](super::ObsLayer) has
/// seen.
///
/// It is the `X-Request-ID` of the request, if that can be shown and used without harm (up to 128
/// letters, digits and `-_.:=+`, of which the first is a letter or a digit), and else a new UUID
/// (version 4). The request has it as its header, too, and so has the answer.
///
/// ```
/// use arc_obs::http::RequestId;
///
/// fn answer<B>(request: &http::Request<B>) -> String {
///     match request.extensions().get::<RequestId>() {
///         Some(id) => format!("this went wrong; please tell us `{}`", id.as_str()),
///         None => "this went wrong".to_owned(),
///     }
/// }
/// # answer(&http::Request::new(()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// That of a request, which has it from now on.
    pub(super) fn of<B>(request: &mut Request<B>) -> Self {
        if let Some(known) = request.extensions().get::<Self>() {
            return known.clone();
        }
        let id = Self::taken_over(request.headers()).unwrap_or_else(Self::new);
        request.headers_mut().insert(HEADER, id.0.clone());
        request.extensions_mut().insert(id.clone());
        id
    }

    pub(super) fn write(&self, headers: &mut HeaderMap) {
        headers.insert(HEADER, self.0.clone());
    }

    fn taken_over(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(HEADER).iter();
        let first = values.next()?;
        let is_fine = values.next().is_none() && is_fine(first.as_bytes());
        if !is_fine {
            header_refused(RefusedHeader::RequestId);
        }
        is_fine.then(|| Self(first.clone()))
    }

    fn new() -> Self {
        // RFC 9562, section 5.4: the version, the variant, and the rest at random.
        let random = fastrand::u128(..);
        let bits = random & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
        let digits = format!("{bits:032x}");
        let (a, b, c, d, e) = (&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]);
        let value = HeaderValue::try_from(format!("{a}-{b}-{c}-{d}-{e}"));
        Self(value.unwrap_or_else(|_| HeaderValue::from_static("unknown")))
    }
}

fn is_fine(id: &[u8]) -> bool {
    let is_in_id = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:=+".contains(byte);
    (1..=LONGEST).contains(&id.len()) && id[0].is_ascii_alphanumeric() && id.iter().all(is_in_id)
}
