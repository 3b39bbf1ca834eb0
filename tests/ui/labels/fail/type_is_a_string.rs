arc_obs::labels! {
    tier: bool,
    customer: String, //~ String
    address: std::net::IpAddr, //~ std::net
}

fn main() {}
