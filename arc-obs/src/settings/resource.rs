//! What is observed, in the words of OpenTelemetry: attributes of the process.

use std::collections::BTreeMap;

use crate::semconv::{DEPLOYMENT_ENVIRONMENT, DEPLOYMENT_ENVIRONMENT_NAME, SERVICE_NAME, SERVICE_VERSION};

/// What OpenTelemetry calls a service that nobody has named.
const UNNAMED: &str = "unknown_service";

/// What the observed process is: its service's name, version and environment, and
/// what else `OTEL_RESOURCE_ATTRIBUTES` says.
///
/// [`Observability::resource`](crate::Observability::resource) has it.
///
/// ```
/// let obs = arc_obs::builder().service_name("shop").environment("staging").no_server().install()?;
///
/// let resource = obs.resource();
/// assert_eq!(resource.service_name(), "shop");
/// assert!(resource.attributes().any(|pair| pair == ("deployment.environment.name", "staging")));
/// # Ok::<(), arc_obs::InitError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    attributes: BTreeMap<String, String>,
}

impl Resource {
    /// The name of the service; `unknown_service` where nobody has said it.
    ///
    /// ```
    /// let obs = arc_obs::builder().service_name("shop").no_server().install()?;
    /// assert_eq!(obs.resource().service_name(), "shop");
    /// # Ok::<(), arc_obs::InitError>(())
    /// ```
    #[must_use]
    pub fn service_name(&self) -> &str {
        self.get(SERVICE_NAME).unwrap_or(UNNAMED)
    }

    /// The version of the service, where it is known.
    ///
    /// ```
    /// let obs = arc_obs::builder().service_version("1.2.3").no_server().install()?;
    /// assert_eq!(obs.resource().service_version(), Some("1.2.3"));
    /// # Ok::<(), arc_obs::InitError>(())
    /// ```
    #[must_use]
    pub fn service_version(&self) -> Option<&str> {
        self.get(SERVICE_VERSION)
    }

    /// Where the service runs (`production`, `staging`), where that is known.
    ///
    /// ```
    /// let obs = arc_obs::builder().environment("staging").no_server().install()?;
    /// assert_eq!(obs.resource().environment(), Some("staging"));
    /// # Ok::<(), arc_obs::InitError>(())
    /// ```
    #[must_use]
    pub fn environment(&self) -> Option<&str> {
        self.get(DEPLOYMENT_ENVIRONMENT_NAME)
    }

    /// All attributes by their OpenTelemetry names, in the order of the names:
    /// `service.name`, `service.version`, the environment both as
    /// `deployment.environment.name` and, as it was called before,
    /// `deployment.environment`, and what else `OTEL_RESOURCE_ATTRIBUTES` says.
    ///
    /// ```
    /// let obs = arc_obs::builder().service_name("shop").no_server().install()?;
    /// assert!(obs.resource().attributes().any(|(key, value)| key == "service.name" && value == "shop"));
    /// # Ok::<(), arc_obs::InitError>(())
    /// ```
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The same, with other values where `change` has them, by name and value.
    #[cfg(feature = "traces")]
    pub(crate) fn with_values(&self, change: impl Fn(&str, &str) -> Option<String>) -> Self {
        let changed =
            |(name, value): (&String, &String)| (name.clone(), change(name, value).unwrap_or_else(|| value.clone()));
        Self { attributes: self.attributes.iter().map(changed).collect() }
    }

    /// Says the name, unless it is empty.
    pub(crate) fn set_service_name(&mut self, name: &str) {
        self.set(SERVICE_NAME, name);
    }

    /// Says the name, unless it has been said. There is always one: OpenTelemetry has
    /// it so.
    pub(crate) fn preset_service_name(&mut self, name: Option<&str>) {
        if self.get(SERVICE_NAME).is_none() {
            self.set(SERVICE_NAME, name.unwrap_or(UNNAMED));
        }
    }

    /// Says the version, unless it is empty.
    pub(crate) fn set_service_version(&mut self, version: &str) {
        self.set(SERVICE_VERSION, version);
    }

    /// Says the environment under both of its names, unless it is empty.
    pub(crate) fn set_environment(&mut self, environment: &str) {
        self.set(DEPLOYMENT_ENVIRONMENT_NAME, environment);
        self.set(DEPLOYMENT_ENVIRONMENT, environment);
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.attributes.get(key).map(String::as_str)
    }

    /// Says an attribute, unless its value is empty.
    pub(crate) fn set(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            self.attributes.insert(key.to_owned(), value.to_owned());
        }
    }

    /// Reads `key=value,key2=value2` in the format of W3C baggage, without its
    /// metadata: as the specification has it (resource SDK), whole or not at all.
    pub(super) fn parse(list: &str) -> Option<Self> {
        let mut attributes = BTreeMap::new();
        for member in list.split(',').map(str::trim).filter(|member| !member.is_empty()) {
            let (key, value) = member.split_once('=')?;
            let (key, value) = (percent_decoded(key.trim())?, percent_decoded(value.trim())?);
            if key.is_empty() {
                return None;
            }
            attributes.insert(key, value);
        }
        // An empty name is no name; of other attributes an empty value means something.
        for known in [SERVICE_NAME, SERVICE_VERSION, DEPLOYMENT_ENVIRONMENT_NAME, DEPLOYMENT_ENVIRONMENT] {
            if attributes.get(known).is_some_and(|value: &String| value.trim().is_empty()) {
                attributes.remove(known);
            }
        }
        let mut resource = Self { attributes };
        let environment = resource.environment().or_else(|| resource.get(DEPLOYMENT_ENVIRONMENT)).map(str::to_owned);
        resource.set_environment(environment.as_deref().unwrap_or_default());
        Some(resource)
    }
}

pub(super) fn percent_decoded(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let mut digit = || char::from(bytes.next()?).to_digit(16);
            let (high, low) = (digit()?, digit()?);
            decoded.push(u8::try_from(high << 4 | low).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).ok()
}
