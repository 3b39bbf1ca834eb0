use arc_obs::LabelValue;

#[derive(LabelValue)]
#[label(rename_al = "kebab-case")] //~ rename_al
pub enum Tier {
    #[label(rename_all = "UPPERCASE")] //~ rename_all
    Free,
}

fn main() {}
