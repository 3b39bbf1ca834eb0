//! The names of traces and spans: bytes, as W3C Trace Context writes them.

use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal, $number:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// The id of these bytes; `None` for zeros only, which name nothing.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $bytes]) -> Option<Self> {
                if <$number>::from_be_bytes(bytes) == 0 { None } else { Some(Self(bytes)) }
            }

            /// Its bytes, the most significant first.
            #[must_use]
            pub const fn to_bytes(self) -> [u8; $bytes] {
                self.0
            }
        }

        impl fmt::Display for $name {
            /// Lower-case hexadecimal digits, as headers and back ends have it.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:0width$x}", <$number>::from_be_bytes(self.0), width = 2 * $bytes)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

id! {
    /// What all spans of one trace have in common: 16 bytes, not all zero.
    ///
    /// ```
    /// use arc_obs::export::TraceId;
    ///
    /// let id = TraceId::from_bytes(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes()).unwrap();
    /// assert_eq!(id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    /// assert_eq!(TraceId::from_bytes([0; 16]), None);
    /// ```
    TraceId, 16, u128
}

id! {
    /// What names a span within its trace: 8 bytes, not all zero.
    ///
    /// ```
    /// use arc_obs::export::SpanId;
    ///
    /// let id = SpanId::from_bytes(0x00f0_67aa_0ba9_02b7_u64.to_be_bytes()).unwrap();
    /// assert_eq!(id.to_string(), "00f067aa0ba902b7");
    /// ```
    SpanId, 8, u64
}
