#[arc_obs::metrics(prefix = "shop")]
pub mod shop {
    /// Time.
    #[histogram(buckets = [1.0, 100.0])]
    pub fn checkout_ms(); //~ checkout_ms

    /// Time.
    #[gauge]
    pub fn uptime_minutes(); //~ uptime_minutes

    /// Data.
    #[counter]
    pub fn sent_kb_total(); //~ sent_kb_total

    /// Load.
    #[gauge]
    pub fn load_percent(); //~ load_percent
}

fn main() {}
