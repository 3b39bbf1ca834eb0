//! The keys that say by how they begin what they are: one row for each issuer's.
//!
//! From the issuers' documentation and what secret scanners publish of them (November 2026).
//! Keys without such a beginning are found by the name that stands before them
//! ([`named`](super::named)).

/// What a key is made of, behind its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// Letters and digits.
    Alnum,
    /// The same, with `_` and `-`.
    Url,
    /// The same, with `.`.
    Dotted,
    /// Letters and digits, with `+`, `/`, `=`, `_` and `-`.
    Base64,
    /// The same, with `%`: of a URL.
    Path,
}

impl Alphabet {
    pub(super) const fn has(self, byte: u8) -> bool {
        byte.is_ascii_alphanumeric()
            || match self {
                Self::Alnum => false,
                Self::Url => matches!(byte, b'_' | b'-'),
                Self::Dotted => matches!(byte, b'_' | b'-' | b'.'),
                Self::Base64 => matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-'),
                Self::Path => matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-' | b'%'),
            }
    }
}

/// How the keys of one issuer look.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) begins: &'static str,
    pub(super) alphabet: Alphabet,
    /// How much follows the beginning, at least.
    pub(super) least: usize,
}

const fn key(begins: &'static str, alphabet: Alphabet, least: usize) -> Key {
    Key { begins, alphabet, least }
}

/// In the order of their first letters, which [`beginning_with`] relies on.
pub(super) static KEYS: &[Key] = {
    use Alphabet::{Alnum, Base64, Dotted, Path, Url};
    &[
        key("ABSK", Base64, 60),                          // Amazon Bedrock
        key("AGE-SECRET-KEY-", Alnum, 20),                // age
        key("AIza", Url, 30),                             // Google, Gemini
        key("AKIA", Alnum, 16),                           // AWS
        key("AKID", Alnum, 16),                           // Tencent Cloud
        key("AQ.", Url, 30),                              // Gemini, newer
        key("AQVN", Url, 30),                             // Yandex Cloud
        key("ASIA", Alnum, 16),                           // AWS, temporary
        key("ATATT3", Base64, 40),                        // Atlassian
        key("ATBB", Base64, 24),                          // Bitbucket
        key("CFPAT-", Url, 30),                           // Contentful
        key("EAA", Alnum, 60),                            // Meta, Square
        key("GOCSPX-", Url, 20),                          // Google OAuth
        key("HRKU-", Url, 24),                            // Heroku
        key("LTAI", Alnum, 12),                           // Alibaba Cloud
        key("NRAK-", Alnum, 20),                          // New Relic
        key("NRII-", Url, 20),                            // New Relic, insert
        key("NRJS-", Alnum, 12),                          // New Relic, browser
        key("PMAK-", Url, 30),                            // Postman
        key("SG.", Dotted, 30),                           // SendGrid
        key("SK", Alnum, 32),                             // Twilio
        key("api_org_", Alnum, 20),                       // Hugging Face, organisations
        key("bb_live_", Url, 16),                         // Browserbase
        key("bedrock-api-key-", Base64, 20),              // Amazon Bedrock, short-lived
        key("ccpat_", Url, 20),                           // CircleCI
        key("cfut_", Alnum, 30),                          // Cloudflare
        key("cio", Alnum, 32),                            // crates.io
        key("co_live_", Alnum, 16),                       // Cohere
        key("csk-", Alnum, 20),                           // Cerebras
        key("dapi", Alnum, 32),                           // Databricks
        key("dckr_pat_", Url, 20),                        // Docker
        key("discord.com%2Fapi%2Fwebhooks%2F", Path, 30), // Discord
        key("discord.com/api/webhooks/", Path, 30),
        key("discordapp.com/api/webhooks/", Path, 30),
        key("doo_v1_", Alnum, 40), // DigitalOcean
        key("dop_v1_", Alnum, 40),
        key("dor_v1_", Alnum, 40),
        key("dp.pt.", Alnum, 30), // Doppler
        key("dp.st.", Dotted, 30),
        key("dt0c01.", Dotted, 40), // Dynatrace
        key("e2b_", Alnum, 20),     // E2B
        key("esecret_", Alnum, 16), // Anyscale
        key("fal-", Url, 24),       // fal
        key("fc-", Alnum, 24),      // Firecrawl
        key("figd_", Url, 24),      // Figma
        key("fm1_", Base64, 40),    // Fly
        key("fm2_", Base64, 40),
        key("fw-", Alnum, 20), // Fireworks
        key("fw_", Alnum, 20),
        key("gho_", Alnum, 30), // GitHub
        key("ghp_", Alnum, 30),
        key("ghr_", Alnum, 30),
        key("ghs_", Alnum, 30),
        key("ghu_", Alnum, 30),
        key("github_pat_", Url, 40),
        key("glc_", Base64, 30),   // Grafana
        key("glcbt-", Dotted, 16), // GitLab
        key("gldt-", Dotted, 16),
        key("glft-", Dotted, 16),
        key("glpat-", Dotted, 16),
        key("glptt-", Dotted, 16),
        key("glrt-", Dotted, 16),
        key("glsa_", Url, 30),            // Grafana
        key("gsk_", Alnum, 30),           // Groq
        key("hcaik_", Alnum, 30),         // Honeycomb
        key("hf_", Alnum, 20),            // Hugging Face
        key("hooks.slack.com", Path, 30), // Slack
        key("hvb.", Url, 24),             // Vault
        key("hvr.", Url, 24),
        key("hvs.", Url, 24),
        key("jina_", Url, 30),      // Jina
        key("key-", Alnum, 32),     // Mailgun
        key("lin_api_", Alnum, 30), // Linear
        key("lin_oauth_", Alnum, 30),
        key("ls__", Alnum, 20), // LangSmith
        key("lsv2_pt_", Url, 30),
        key("lsv2_sk_", Url, 30),
        key("npm_", Alnum, 30),        // npm
        key("ntn_", Alnum, 30),        // Notion
        key("nvapi-", Url, 30),        // NVIDIA
        key("ops_ey", Base64, 60),     // 1Password
        key("pa-", Url, 40),           // Voyage
        key("pcsk_", Url, 30),         // Pinecone
        key("phx_", Alnum, 30),        // PostHog
        key("pnu_", Alnum, 30),        // Prefect
        key("pplx-", Alnum, 30),       // Perplexity
        key("pscale_pw_", Dotted, 30), // PlanetScale
        key("pscale_tkn_", Dotted, 30),
        key("pul-", Alnum, 40),     // Pulumi
        key("pypi-", Url, 50),      // PyPI
        key("r8_", Alnum, 30),      // Replicate
        key("rk_live_", Alnum, 16), // Stripe
        key("rk_test_", Alnum, 16),
        key("rubygems_", Alnum, 40), // RubyGems
        key("sb_secret_", Url, 20),  // Supabase
        key("sbp_", Alnum, 30),
        key("secret_", Alnum, 40), // Notion, older
        key("sgp_", Url, 30),      // Sourcegraph
        key("shpat_", Alnum, 30),  // Shopify
        key("shpca_", Alnum, 30),
        key("shppa_", Alnum, 30),
        key("shpss_", Alnum, 30),
        key("sk-", Url, 16),        // OpenAI, Anthropic, OpenRouter, DeepSeek, Moonshot, LiteLLM, ..
        key("sk_", Alnum, 40),      // ElevenLabs
        key("sk_live_", Alnum, 16), // Stripe
        key("sk_test_", Alnum, 16),
        key("sntrys_", Base64, 30), // Sentry
        key("sntryu_", Alnum, 30),
        key("sq0atp-", Url, 20), // Square
        key("sq0csp-", Url, 30),
        key("tgp_v1_", Url, 30),   // Together
        key("tskey-", Url, 20),    // Tailscale
        key("tvly-", Url, 16),     // Tavily
        key("vck_", Alnum, 24),    // Vercel
        key("wandb_v1_", Url, 30), // Weights & Biases
        key("whsec_", Base64, 20), // Stripe, Svix
        key("xai-", Url, 30),      // xAI
        key("xapp-", Url, 20),     // Slack
        key("xoxa-", Url, 20),
        key("xoxb-", Url, 20),
        key("xoxc-", Url, 20),
        key("xoxd-", Base64, 20),
        key("xoxe-", Url, 20),
        key("xoxe.xox", Dotted, 20),
        key("xoxp-", Url, 20),
        key("xoxr-", Url, 20),
        key("xoxs-", Url, 20),
        key("y0_", Url, 40),      // Yandex
        key("ya29.", Dotted, 20), // Google OAuth
    ]
};

/// The keys that have one first letter.
#[derive(Clone, Copy)]
struct Place {
    /// Where they begin and end in [`KEYS`].
    from: u8,
    to: u8,
    /// Their second letters: a bit for each. It spares nearly every word a closer look.
    seconds: u128,
}

static PLACES: [Place; 256] = places();

const fn places() -> [Place; 256] {
    assert!(KEYS.len() < 256, "a place fits into a byte");
    let mut places = [Place { from: 0, to: 0, seconds: 0 }; 256];
    let mut index = 0;
    while index < KEYS.len() {
        let begins = KEYS[index].begins.as_bytes();
        let place = &mut places[begins[0] as usize];
        if place.to == 0 {
            place.from = index as u8;
        } else {
            assert!(place.to == index as u8, "the rows are in the order of their first letters");
        }
        place.to = index as u8 + 1;
        place.seconds |= 1 << begins[1];
        index += 1;
    }
    places
}

/// The keys that begin with the first letter, if any of them goes on with the second.
pub(super) fn beginning_with(first: u8, second: u8) -> &'static [Key] {
    let place = &PLACES[usize::from(first)];
    if !second.is_ascii() || place.seconds & (1 << second) == 0 {
        return &[];
    }
    KEYS.get(usize::from(place.from)..usize::from(place.to)).unwrap_or_default()
}
