use arc_obs::traced;

#[traced(
    fields(a = 0, b = 1, c = 2, d = 3, e = 4, f = 5, g = 6, h = 7, i = 8, j = 9, k = 10, l = 11, m = 12, n = 13, o = 14),
    on_success(p = |_| 15, a = |_| 0, q = |_| 16, r = |_| 17), //~ q = |_|
)]
fn many() {}

fn main() {
    many();
}
