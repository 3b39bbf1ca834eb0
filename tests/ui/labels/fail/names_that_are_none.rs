arc_obs::labels! {
    1a: bool, //~ 1a
    a-b: bool, //~ a-b
    __x: bool, //~ __x
    größe: bool, //~ größe
    "tier": bool, //~ "tier"
}

fn main() {}
