//! What the compiler made of a program, function by function, so that two of them can be
//! compared: the text that `--emit asm` writes, without the numbers that it counts.

use std::collections::BTreeMap;

/// The functions of a text, each by its symbol without the hash, with all that it refers
/// to written out. Several may have one symbol: the instances of a generic one.
#[must_use]
pub fn functions(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut functions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut found = Vec::new();
    let mut data: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut place = Place::Nowhere;
    let mut is_function = false;
    for line in text.lines().map(|line| line.split('#').next().unwrap_or_default().trim_end()) {
        if let Some(label) = line.strip_suffix(':').filter(|_| !line.starts_with(char::is_whitespace)) {
            place = match place {
                Place::Function if label.starts_with(".Lfunc_end") => Place::Nowhere,
                Place::Function => Place::Function,
                _ if is_function => {
                    found.push((label, Vec::new()));
                    Place::Function
                }
                _ => {
                    data.insert(label, Vec::new());
                    Place::Data(label)
                }
            };
            is_function = false;
        }
        let directive = line.trim_start();
        is_function |= directive.starts_with(".type") && directive.ends_with("@function");
        match place {
            Place::Function => found.last_mut().into_iter().for_each(|(_, lines)| lines.push(line)),
            Place::Data(label) if !line.ends_with(':') => {
                if [".section", ".text", ".type", ".size", ".globl", ".p2align"]
                    .iter()
                    .any(|it| directive.starts_with(it))
                {
                    place = Place::Nowhere;
                } else {
                    data.entry(label).or_default().push(line);
                }
            }
            _ => {}
        }
    }
    for (symbol, lines) in found {
        let body = lines[1..].iter().map(|line| written_out(line, &data, 0)).collect::<Vec<_>>().join("\n");
        functions.entry(without_hash(symbol)).or_default().push(body);
    }
    functions.values_mut().for_each(|bodies| bodies.sort());
    functions
}

#[derive(Clone, Copy)]
enum Place<'a> {
    Nowhere,
    Function,
    Data(&'a str),
}

/// A line with the data in it that its local labels stand for.
fn written_out(line: &str, data: &BTreeMap<&str, Vec<&str>>, depth: usize) -> String {
    let mut written = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(".L") {
        let (before, from_label) = rest.split_at(start);
        let is_of_a_label = |sign: char| sign.is_ascii_alphanumeric() || "._$".contains(sign);
        let end = from_label.find(|sign| !is_of_a_label(sign)).unwrap_or(from_label.len());
        let (label, after) = from_label.split_at(end);
        written.push_str(before);
        match data.get(label) {
            // A table of places is told in distances from itself.
            Some(lines) if depth < 3 && !lines.iter().any(|line| line.contains(label)) => {
                let lines: Vec<_> = lines.iter().map(|line| written_out(line, data, depth + 1)).collect();
                written.push_str(&format!("{{{}}}", lines.join(";")));
            }
            Some(lines) if depth == 0 => {
                written.push_str(&lines.iter().map(|line| without_numbers(line)).collect::<String>())
            }
            _ => written.push_str(&without_numbers(label)),
        }
        rest = after;
    }
    written.push_str(rest);
    without_hash(&without_numbers(&written))
}

/// Local labels without the number of their function: `.LBB24_1`, `.Lfunc_end24`, `GCC_except_table24`.
fn without_numbers(line: &str) -> String {
    let mut written = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(|sign: char| sign.is_ascii_digit()) {
        let (before, from_number) = rest.split_at(start);
        let end = from_number.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(from_number.len());
        let counts = [
            ".LBB",
            ".LCPI",
            ".LJTI",
            ".Ltmp",
            ".Lfunc_begin",
            ".Lfunc_end",
            ".Lexception",
            ".Lttbase",
            "GCC_except_table",
        ];
        written.push_str(before);
        if !counts.iter().any(|label| before.ends_with(label)) {
            written.push_str(&from_number[..end]);
        }
        rest = &from_number[end..];
    }
    written.push_str(rest);
    written
}

/// `_ZN3off5agent17h0123456789abcdefE`, and the `Cs…_` of a crate in a newer symbol.
fn without_hash(line: &str) -> String {
    let mut parts = line.split("17h");
    let mut line = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_hash = part.get(..16).is_some_and(|hash| hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
        line.push_str("17h");
        line.push_str(if is_hash { &part[16..] } else { part });
    }
    let mut parts = line.split("Cs");
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let hash = part.find(|sign: char| !sign.is_ascii_alphanumeric()).unwrap_or(0);
        let is_hash = hash > 0 && part[hash..].starts_with('_');
        short.push_str("Cs");
        short.push_str(if is_hash { &part[hash..] } else { part });
    }
    short
}

#[cfg(test)]
mod tests {
    use super::functions;

    const TEXT: &str = "
	.section	.rodata.cst8
.LCPI3_0:
	.quad	0x3f60624dd2f1a9fc
	.text
	.type	_ZN3off1f17h0123456789abcdefE,@function
_ZN3off1f17h0123456789abcdefE:
	.cfi_startproc
	movsd	.LCPI3_0(%rip), %xmm0
	leaq	.Lanon.7e07.2(%rip), %rdi
.LBB3_1:
	jmp	.LBB3_1
	callq	_RNvNtCsgEmfK2I1SDS_4core3abc
.Lfunc_end3:
	.size	_ZN3off1f17h0123456789abcdefE, .Lfunc_end3-_ZN3off1f17h0123456789abcdefE
	.type	.Lanon.7e07.2,@object
.Lanon.7e07.2:
	.ascii	\"text\"
	.size	.Lanon.7e07.2, 4
";

    #[test]
    fn functions_are_told_apart_by_what_they_do_and_not_by_numbers() {
        let read = functions(TEXT);
        assert_eq!(read.keys().collect::<Vec<_>>(), ["_ZN3off1f17hE"]);
        let body = &read["_ZN3off1f17hE"][0];
        assert!(body.contains("{\t.quad\t0x3f60624dd2f1a9fc}(%rip)"), "{body}");
        assert!(body.contains("{\t.ascii\t\"text\"}(%rip)"), "{body}");
        let renumbered = TEXT.replace("I3_", "I24_").replace("BB3_", "BB24_").replace("end3", "end24");
        let renumbered = renumbered.replace("7e07.2", "8f08.31").replace("0123456789abcdef", "fedcba9876543210");
        assert_eq!(functions(&renumbered.replace("CsgEmfK2I1SDS_", "Cs123_")), read);
        for (from, to) in [("a9fc", "a9fd"), ("text", "test"), ("jmp\t.LBB3_1", "jmp\t.LBB3_2"), ("movsd", "movss")] {
            assert_ne!(functions(&TEXT.replace(from, to)), read, "{from}");
        }
    }
}
