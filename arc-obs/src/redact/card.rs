//! Numbers of payment cards: how many digits, whose, and their check digit.

/// Whether these digits can be the number of a card that somebody has issued.
pub(super) fn is_card(digits: &[u8]) -> bool {
    is_issued(digits) && passes_luhn(digits)
}

/// The same for a number.
pub(super) fn is_card_number(number: u128) -> bool {
    // The shortest has 13 digits, the longest 19.
    if !(1_000_000_000_000..10_000_000_000_000_000_000).contains(&number) {
        return false;
    }
    is_card(number.to_string().as_bytes())
}

/// By the first digits, as the issuers have them, and how many there are.
fn is_issued(digits: &[u8]) -> bool {
    let first = |count: usize| {
        digits.iter().take(count).fold(0_u32, |number, digit| number * 10 + u32::from(digit.wrapping_sub(b'0')))
    };
    let (two, three, four) = (first(2), first(3), first(4));
    match digits.len() {
        13 => two / 10 == 4,
        // Diners Club
        14 => (300..=305).contains(&three) || matches!(two, 36 | 38 | 39),
        // American Express
        15 => matches!(two, 34 | 37),
        16 => {
            two / 10 == 4
                || (51..=55).contains(&two)
                || (2221..=2720).contains(&four)
                || is_discover(two, three, four)
                || (3528..=3589).contains(&four)
                || matches!(two, 62 | 81)
                // Maestro, RuPay
                || matches!(two, 50 | 56..=58 | 60 | 63 | 67)
        }
        17 | 18 => matches!(two, 62 | 50 | 56..=58 | 63 | 67),
        19 => two / 10 == 4 || is_discover(two, three, four) || matches!(two, 62 | 50 | 56..=58 | 63 | 67),
        _ => false,
    }
}

fn is_discover(two: u32, three: u32, four: u32) -> bool {
    four == 6011 || two == 65 || (644..=649).contains(&three)
}

fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit.wrapping_sub(b'0'));
            match (place % 2, digit) {
                (0, digit) => digit,
                (_, digit) => digit * 2 - if digit > 4 { 9 } else { 0 },
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the issuers publish for tests.
    const CARDS: [&str; 12] = [
        "4111111111111111",
        "4222222222222",
        "4012888888881881",
        "5555555555554444",
        "2223003122003222",
        "378282246310005",
        "371449635398431",
        "6011111111111117",
        "30569309025904",
        "3530111333300000",
        "6200000000000005",
        "4000000000000000006",
    ];

    #[test]
    fn what_issuers_publish_for_tests_are_cards() {
        for card in CARDS {
            assert!(is_card(card.as_bytes()), "{card}");
            assert!(is_card_number(card.parse().unwrap()), "{card}");
        }
    }

    #[test]
    fn a_wrong_digit_or_a_number_of_nobody_is_none() {
        for card in CARDS {
            let mut wrong = card.as_bytes().to_vec();
            let last = wrong.last_mut().unwrap();
            *last = b'0' + (*last - b'0' + 1) % 10;
            assert!(!is_card(&wrong), "{card}");
        }
        for number in ["0000000000000000", "1764000000000000000", "9999999999999995", "123456789012", ""] {
            assert!(!is_card(number.as_bytes()), "{number}");
        }
        assert!(!is_card_number(0));
        assert!(!is_card_number(u128::MAX));
    }
}
