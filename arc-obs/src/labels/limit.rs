//! How many samples labels may create, said by the compiler.

/// How many samples the labels of one function may create, unless `labels!` says otherwise.
pub const DEFAULT_SAMPLE_LIMIT: usize = 10_000;

/// Fails to compile where the sets of values, with so many samples each, are more than a
/// limit. `raise` is where another limit is written: what stands before and after its number.
#[track_caller]
pub(crate) const fn check_samples(sets: usize, each: usize, limit: usize, raise: (&str, &str)) {
    let samples = sets.saturating_mul(each);
    if samples <= limit {
        return;
    }
    let text = Text::new()
        .text("these labels can create ")
        .number(samples)
        .text(" samples (")
        .number(sets)
        .text(" sets of values, ")
        .number(each)
        .text(" samples each), and at most ")
        .number(limit)
        .text(" are allowed: name fewer labels, give them types with fewer values, or allow more with ")
        .text(raise.0)
        .number(samples)
        .text(raise.1);
    match std::str::from_utf8(text.written()) {
        Ok(text) => panic!("{}", text),
        Err(_) => panic!("these labels can create too many samples"),
    }
}

/// A message that is put together at compile time.
struct Text {
    bytes: [u8; 512],
    length: usize,
}

impl Text {
    const fn new() -> Self {
        Self { bytes: [0; 512], length: 0 }
    }

    const fn text(mut self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut index = 0;
        while index < bytes.len() && self.length < self.bytes.len() {
            self.bytes[self.length] = bytes[index];
            self.length += 1;
            index += 1;
        }
        self
    }

    const fn number(self, number: usize) -> Self {
        let more = if number >= 10 { self.number(number / 10) } else { self };
        const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        more.text(DIGITS[number % 10])
    }

    const fn written(&self) -> &[u8] {
        self.bytes.split_at(self.length).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAISE: (&str, &str) = ("`#![sample_limit = ", "]` at the start of `labels!`");

    #[test]
    fn the_message_says_the_numbers() {
        let told = std::panic::catch_unwind(|| check_samples(1_200, 20, 10_000, RAISE)).unwrap_err();
        let told = told.downcast_ref::<String>().unwrap();
        assert!(
            told.starts_with("these labels can create 24000 samples (1200 sets of values, 20 samples each)"),
            "{told}"
        );
        assert!(told.ends_with("`#![sample_limit = 24000]` at the start of `labels!`"), "nothing is cut: {told}");
        check_samples(500, 20, 10_000, RAISE);
        let told =
            std::panic::catch_unwind(|| check_samples(usize::MAX, usize::MAX, usize::MAX - 1, RAISE)).unwrap_err();
        assert!(told.downcast_ref::<String>().unwrap().ends_with("`labels!`"), "the longest numbers fit, too");
    }
}
