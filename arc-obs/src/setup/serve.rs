//! Where `/metrics` is served and who may ask: as called on the builder, else as
//! the environment says, else as preset.

use std::fs::File;
use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use crate::error::{InitError, InitErrorKind};
use crate::server::{self, Address, BearerToken, LocalAddr};
use crate::settings::{Listen, PRESET_ADDRESS, Settings, TokenSource};

use super::io::Task;
use super::notice;

/// Whether and how `/metrics` is served.
#[derive(Clone, Copy, Debug)]
pub(super) enum Server {
    Off,
    /// The address was asked for in code: failing to get it is an error.
    Now(SocketAddr),
    /// Take the address as soon as it can be had.
    WhenFree(SocketAddr),
}

/// What the server is started with.
pub(super) struct Endpoint {
    pub(super) address: Address,
    pub(super) token: Option<BearerToken>,
}

/// Takes the address, where there is one: in `install`'s own thread, so that the
/// caller hears of a failure.
///
/// # Errors
///
/// If what the builder was called with cannot be done. What the environment asks
/// for in vain is warned of: it must not keep a program from starting.
pub(super) fn endpoint(
    server: Option<Server>,
    token: Option<&TokenSource>,
    settings: &Settings,
) -> Result<Option<Endpoint>, InitError> {
    let server = server.unwrap_or(match settings.listen {
        Some(Listen::Off) => Server::Off,
        Some(Listen::On(address)) => Server::WhenFree(address),
        None => Server::WhenFree(PRESET_ADDRESS),
    });
    let (address, must) = match server {
        Server::Off => return Ok(None),
        Server::Now(address) => (address, true),
        Server::WhenFree(address) => (address, false),
    };
    if settings.disabled {
        return Ok(None);
    }
    let token = match (token, &settings.metrics_token) {
        (Some(called), _) => Some(bearer(called)?),
        (None, Some(source)) => match bearer(source) {
            Ok(token) => Some(token),
            Err(error) => {
                let name = variable(source);
                notice::warn(&format!("`{name}`: {error}; metrics are not served, rather than to everybody"));
                return Ok(None);
            }
        },
        (None, None) => None,
    };
    let address = if must {
        bind(address).map_err(|source| InitError::new(InitErrorKind::Listen { address, source }))?
    } else {
        bind(address).unwrap_or_else(|error| {
            // Somebody else's now, or of an interface that is not up yet, or not for us at all.
            notice::warn(&format!(
                "metrics are not served yet: cannot listen on {address}: {error}; trying again until it can be had \
                 (`ARC_OBS_LISTEN` or `.listen(..)` chooses another address, `off` or `.no_server()` none)"
            ));
            Address::WhenFree(address)
        })
    };
    Ok(Some(Endpoint { address, token }))
}

/// Serves on the I/O thread; hands back where.
pub(super) fn task(Endpoint { address, token }: Endpoint, tasks: &mut Vec<Task>) -> LocalAddr {
    let local = LocalAddr::of(&address);
    let addr = local.clone();
    tasks.push(Box::new(move |stop| {
        Box::pin(async move { server::run(address, token, &addr, stop, notice::warn).await })
    }));
    local
}

fn bind(address: SocketAddr) -> io::Result<Address> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(Address::Bound(listener))
}

fn bearer(source: &TokenSource) -> Result<BearerToken, InitError> {
    let invalid = |file, why| InitError::new(InitErrorKind::MetricsToken { file, why });
    match source {
        TokenSource::Value(token) => BearerToken::new(token.reveal()).map_err(|why| invalid(None, why)),
        TokenSource::File(path) => {
            let failed = |source| InitError::new(InitErrorKind::MetricsTokenFile { path: path.clone(), source });
            let text = read(path).map_err(failed)?;
            BearerToken::new(text.trim()).map_err(|why| invalid(Some(path.clone()), why))
        }
    }
}

/// As much of a file as could be a token, and somewhat more: too long is told.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(16 * 1024).read_to_string(&mut text)?;
    Ok(text)
}

/// Where in the environment a token is from.
fn variable(source: &TokenSource) -> &'static str {
    match source {
        TokenSource::Value(_) => "ARC_OBS_METRICS_TOKEN",
        TokenSource::File(_) => "ARC_OBS_METRICS_TOKEN_FILE",
    }
}
