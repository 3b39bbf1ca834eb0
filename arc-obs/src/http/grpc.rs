//! What gRPC says at the end of an answer, whose HTTP status is always 200.

use http::HeaderMap;

/// The HTTP status for a `grpc-status` (as google.rpc.Code has them); `None` where there is none,
/// or it is none that gRPC knows.
pub(super) fn http_status(headers: &HeaderMap) -> Option<u16> {
    let code: u8 = headers.get("grpc-status")?.to_str().ok()?.parse().ok()?;
    let status = match code {
        0 => 200,
        1 => 499,
        3 | 9 | 11 => 400,
        4 => 504,
        5 => 404,
        6 | 10 => 409,
        7 => 403,
        8 => 429,
        12 => 501,
        14 => 503,
        16 => 401,
        2 | 13 | 15 => 500,
        _ => return None,
    };
    Some(status)
}
