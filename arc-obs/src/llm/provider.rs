//! What OpenTelemetry calls the provider of a model.

use super::price::provider_id;

/// What the table of prices calls a provider, and what OpenTelemetry does
/// (`gen_ai.provider.name`), where the two differ. Which of Google's interfaces it is, and what
/// of Azure's, its name in the table does not say.
const NAMES: [(&str, &str); 6] = [
    ("aws", "aws.bedrock"),
    ("azure", "azure.ai.openai"),
    ("google", "gcp.gen_ai"),
    ("mistral", "mistral_ai"),
    ("moonshotai", "moonshot_ai"),
    ("x-ai", "x_ai"),
];

/// The name of the provider that is stated, or else to which a model of this name belongs; `None`
/// where the name tells nobody.
pub(crate) fn provider_name(stated: Option<&'static str>, model: &str) -> Option<&'static str> {
    let id = stated.or_else(|| provider_id(model))?;
    Some(NAMES.iter().find(|(known, _)| *known == id).map_or(id, |(_, name)| name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_named_as_opentelemetry_does() {
        for (stated, model, name) in [
            (None, "gpt-4o", Some("openai")),
            (None, "claude-3-5-sonnet-latest", Some("anthropic")),
            (None, "Gemini-2.0-Flash", Some("gcp.gen_ai")),
            (None, "mistral-large-latest", Some("mistral_ai")),
            (None, "grok-3", Some("x_ai")),
            (None, "a-model-of-nobody", None),
            (Some("azure"), "gpt-4o", Some("azure.ai.openai")),
            (Some("gcp.vertex_ai"), "gemini-2.0-flash", Some("gcp.vertex_ai")),
            (Some("acme"), "gpt-4o", Some("acme")),
        ] {
            assert_eq!(provider_name(stated, model), name, "{stated:?} {model}");
        }
    }
}
