//! What the generator refuses, and a small table from end to end.

use super::*;

const PROVENANCE: Provenance<'static> = Provenance { version: "0.0.0", commit: None, sha256: "abc" };

/// The table of one provider with one model.
fn generated(rule: &str, prices: &str) -> Result<String, String> {
    table(&format!(r#""id": "acme", "models": [{{"id": "m", "match": {rule}, "prices": {prices}}}]"#))
}

/// The table of one provider.
fn table(provider: &str) -> Result<String, String> {
    let json = format!(r#"[{{{provider}, "name": "Acme"}}]"#);
    Ok(emit::emit(&table::Table::build(&data::read(json.as_bytes())?)?, PROVENANCE))
}

const EQUALS: &str = r#"{"equals": "M"}"#;

#[test]
fn a_model_becomes_rows() {
    let prices = r#"[
        {"prices": {"input_mtok": 0.15, "web_searches_kcount": 3}},
        {"constraint": {"start_date": "2026-01-01"},
         "prices": {"input_mtok": {"base": 1, "tiers": [{"start": 200, "price": 3}, {"start": 100, "price": 2}]}}}]"#;
    let table = generated(EQUALS, prices).unwrap();
    for row in [
        "//! It is the data of genai-prices 0.0.0",
        "//! abc.",
        r#"    Model { id: "m", rules: Span(0, 1), prices: Span(0, 2), variants: Span(0, 0), deprecated: false },"#,
        r#"    Equals("m"),"#,
        "    Price { when: Since(1_767_225_600 /* 2026-01-01 */), rates: Span(1, 1) },",
        "    Rate { of: Input, base: 150_000_000, tiers: Span(0, 0) },",
        "    Tier { above: 100, rate: 2_000_000_000 },\n    Tier { above: 200, rate: 3_000_000_000 },",
    ] {
        assert!(table.contains(row), "{row} is not in\n{table}");
    }
}

#[test]
fn a_model_that_upstream_removed_stays_with_its_price_and_is_deprecated() {
    let model = |id: &str, price: u32| {
        format!(r#"{{"id": "{id}", "match": {{"equals": "{id}"}}, "prices": {{"input_mtok": {price}}}}}"#)
    };
    let provider = |id: &str, models: &str| format!(r#"[{{"id": "{id}", "name": "A", "models": [{models}]}}]"#);
    let (now, retired) = (provider("acme", &model("new", 1)), provider("acme", &model("old", 2)));
    let merged = |retired: &str| {
        let providers = data::with_retired(data::read(now.as_bytes())?, retired)?;
        Ok::<_, String>(emit::emit(&table::Table::build(&providers)?, PROVENANCE))
    };
    let table = merged(&retired).unwrap();
    assert!(table.contains(r#"Model { id: "new", "#) && table.contains("base: 2_000_000_000"), "{table}");
    let row = table.lines().find(|line| line.contains(r#"id: "old""#)).unwrap();
    assert!(row.contains("deprecated: true"), "{row}");
    assert!(merged(&provider("gone", &model("old", 2))).unwrap().contains(r#"id: "gone""#));
    assert_eq!(merged(&now).unwrap_err(), "retired.json: acme has new again; take it out");
    assert!(merged("{").unwrap_err().starts_with("retired.json: "));
}

#[test]
fn equal_runs_are_kept_once() {
    let table = generated(
        EQUALS,
        r#"[{"prices": {"input_mtok": 2}},
        {"constraint": {"start_time": "01:00:00Z", "end_time": "02:00:00Z"}, "prices": {"input_mtok": 2}}]"#,
    );
    assert_eq!(table.unwrap().matches("base: 2_000_000_000").count(), 1);
}

#[test]
fn a_price_without_tokens_has_no_rates() {
    let table = generated(EQUALS, r#"{"audio_hours": 0.36}"#).unwrap();
    assert!(table.contains("Price { when: Always, rates: Span(0, 0) },"), "{table}");
}

#[test]
fn an_empty_price_is_free() {
    let table = generated(EQUALS, "{}").unwrap();
    assert!(table.contains("Price { when: Always, rates: Span(0, 2) },"), "{table}");
    assert!(table.contains("Rate { of: Output, base: 0, tiers: Span(0, 0) },"), "{table}");
}

#[test]
fn what_cannot_be_translated_is_named() {
    for (rule, prices, what) in [
        (r#"{"regex": "a.c"}"#, r#"{"input_mtok": 1}"#, "provider acme: model m: regex \"a.c\""),
        (r#"{"sounds_like": "m"}"#, r#"{"input_mtok": 1}"#, "sounds_like"),
        (EQUALS, r#"{"smell_mtok": 1}"#, "the unit smell_mtok"),
        (EQUALS, r#"{"input_mtok": 0.12345678912}"#, "model m: input_mtok: the price 0.12345678912"),
        (EQUALS, r#"{"input_mtok": -1}"#, "-1 is not a price"),
        (EQUALS, r#"{"input_mtok": null}"#, "null is not a price"),
        (EQUALS, r#"{"cache_read_mtok": 1}"#, "cache_read_mtok without input_mtok"),
        (EQUALS, r#"{"input_mtok": {"base": 1}}"#, "missing field `tiers`"),
        (
            EQUALS,
            r#"{"input_mtok": {"base": 1, "tiers": [{"start": 5, "price": 1}, {"start": 5, "price": 2}]}}"#,
            "two tiers start at 5",
        ),
        (EQUALS, "[]", "0 prices without a condition"),
        (EQUALS, r#"[{"prices": {}}, {"prices": {}}]"#, "2 prices without a condition"),
        (EQUALS, r#"[{"prices": {}}, {"prices": {}, "constraint": {"start_date": "soon"}}]"#, "\"soon\" is not a date"),
        (
            EQUALS,
            r#"[{"prices": {}}, {"prices": {}, "constraint": {"start_time": "01:00:00Z"}}]"#,
            "neither a start date",
        ),
        (EQUALS, r#"[{"prices": {}}, {"prices": {}, "constraint": {"moon": "full"}}]"#, "moon"),
    ] {
        let error = generated(rule, prices).unwrap_err();
        assert!(error.contains(what), "{what:?} is not in {error:?}");
    }
}

const INPUT: &str = r#"{"input_mtok": 2, "output_mtok": 4}"#;

/// The table of one provider whose model has these variants.
fn with_variants(variants: &str) -> Result<String, String> {
    let model = format!(r#"{{"id": "m", "match": {EQUALS}, "prices": {INPUT}, "price_variants": {variants}}}"#);
    table(&format!(r#""id": "acme", "models": [{model}]"#))
}

#[test]
fn variants_become_prices_by_service_tier() {
    let table = with_variants(
        r#"[
        {"when": {"service_tier": "default"}, "prices": {}},
        {"when": {"search_type": "fast"}, "prices": {"web_searches_kcount": 1}},
        {"when": {"route": "mistral/eu"}, "prices": {"input_mtok": 9}},
        {"when": {"processing": "batch"}, "prices": {"input_mtok": 1}, "constraint": {"start_date": "2026-01-01"}},
        {"when": {"service_tier": "priority"}, "prices": {"input_mtok": 3, "cache_read_mtok": 1}}]"#,
    )
    .unwrap();
    for row in [
        "prices: Span(0, 1), variants: Span(0, 2), deprecated: false },",
        "    Variant { tier: Batch, when: Since(1_767_225_600 /* 2026-01-01 */), rates: Span(2, 1) },",
        "    Variant { tier: Priority, when: Always, rates: Span(3, 2) },",
        "//! route = mistral/eu: no response says which way OpenRouter took.",
    ] {
        assert!(table.contains(row), "{row} is not in\n{table}");
    }
}

#[test]
fn variants_that_cannot_be_translated_are_named() {
    for (variant, what) in [
        (r#"{"when": {"service_tier": "flux"}, "prices": {"input_mtok": 1}}"#, "service_tier = flux: add it to TIERS"),
        (r#"{"when": {"moon": "full"}, "prices": {"input_mtok": 1}}"#, "moon = full: add it to TIERS"),
        (r#"{"when": {}, "prices": {"input_mtok": 1}}"#, "0 conditions at once"),
        (
            r#"{"when": {"processing": "batch", "service_tier": "flex"}, "prices": {"input_mtok": 1}}"#,
            "2 conditions at once",
        ),
        (r#"{"when": {"processing": "batch"}, "prices": {"smell_mtok": 1}}"#, "the unit smell_mtok"),
        (r#"{"when": {"processing": "batch"}, "prices": {"input_mtok": null}}"#, "null is not a price"),
        (r#"{"when": {"processing": "batch"}, "prices": {"cache_write_1h_mtok": 1}}"#, "without cache_write_mtok"),
    ] {
        let error = with_variants(&format!("[{variant}]")).unwrap_err();
        assert!(error.contains("model m: variant {") && error.contains(what), "{what:?} is not in {error:?}");
    }
    let error = with_variants(r#"[{"when": {"processing": "batch"}, "prices": {}, "unless": {}}]"#).unwrap_err();
    assert!(error.contains("unknown field `unless`"), "{error}");
}

#[test]
fn a_provider_that_cannot_be_translated_is_named() {
    for (provider, what) in [
        (r#""id": "Acme", "models": []"#, "capitals"),
        (r#""id": "acme", "models": [], "fallback_model_providers": ["b"]"#, "falls back on b"),
        (r#""id": "acme", "models": [], "discount": 1"#, "discount"),
    ] {
        let error = table(provider).unwrap_err();
        assert!(error.contains(what), "{what:?} is not in {error:?}");
    }
}

#[test]
fn a_rounding_that_is_not_needed_any_more_is_named() {
    let error = generate(b"[]", PROVENANCE).unwrap_err();
    assert!(error.contains("take it out of ROUNDED"), "{error}");
}
