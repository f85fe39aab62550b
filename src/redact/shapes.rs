//! Shapes of values: what is a reference, what is masked already, what reads like words, what looks random.

use super::alphabet::Alphabet;

/// What stands where a value was taken out.
const MASKING: &[&[u8]] = &[
    b"redacted",
    b"filtered",
    b"masked",
    b"hidden",
    b"removed",
    b"omitted",
    b"scrubbed",
    b"sanitized",
    b"censored",
    b"sensitive",
];

/// What stands where no value is.
const NOTHING: &[&[u8]] = &[b"empty", b"none", b"null", b"nil", b"undefined"];

/// Beginnings of a variable or of a template, which whoever runs the text puts in.
const VARIABLES: &[&[u8]] = &[b"${", b"$(", b"{{"];

fn is_one_of(words: &[&[u8]], word: &[u8]) -> bool {
    words.iter().any(|w| w.eq_ignore_ascii_case(word))
}

/// Begins with a variable or a template.
pub fn is_template(value: &[u8]) -> bool {
    VARIABLES.iter().any(|start| value.starts_with(start))
}

/// Begins with what a tool writes instead of the value: `sensitive value`, `known after apply`.
pub fn says_masked(text: &[u8]) -> bool {
    const MORE: &[&[u8]] = &[b"known after", b"unset", b"not set"];
    let begins = |word: &&&[u8]| text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    [MASKING, NOTHING, MORE].into_iter().flatten().any(|word| begins(&word))
}

/// Names a secret without being one: `op://vault/item/field`, `${NAME}`, an ARN, `DB_PASSWORD`.
pub fn is_reference(value: &[u8]) -> bool {
    const STARTS: &[&[u8]] = &[
        b"op://",
        b"vault:",
        b"vault://",
        b"env:",
        b"env://",
        b"file:",
        b"sm://",
        b"aws-sm",
        b"awssm",
        b"gcpsm",
        b"azkv",
        b"arn:",
        b"projects/",
        b"secretref",
        b"k8s://",
        b"ssm:",
        b"ref+",
        b"secretsmanager",
        b"doppler://",
        b"bws://",
        b"keyring:",
        b"slack:",
        b"var.",
        b"os.environ",
        b"os.Getenv",
        b"os.getenv",
        b"process.env",
        b"System.getenv",
        b"ENV[",
        b"<%",
        b"%(",
        b"this.",
        b"self.",
        b"@Microsoft.KeyVault(",
    ];
    is_template(value) || STARTS.iter().any(|s| value.starts_with(s)) || is_variable(value)
}

/// `$NAME`, `%NAME%`, `$1`, or an environment name: upper-case words joined by underscores.
fn is_variable(value: &[u8]) -> bool {
    if let Some(number) = value.strip_prefix(b"$").filter(|n| (1..=2).contains(&n.len())) {
        return number.iter().all(u8::is_ascii_digit);
    }
    let percent = value.strip_prefix(b"%").and_then(|v| v.strip_suffix(b"%"));
    if percent.is_some_and(|name| name.contains(&b'_') && is_variable(name)) {
        return true;
    }
    let (name, dollar) = value.strip_prefix(b"$").map_or((value, false), |name| (name, true));
    let shaped = name.iter().all(|&b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        && name.first().is_some_and(|b| b.is_ascii_uppercase());
    shaped && (dollar || (name.contains(&b'_') && is_wordy(name)))
}

/// Masked by whoever wrote the log: `***`, `[REDACTED]`, `<hidden>`, `abcd...wxyz`.
pub fn is_masked(value: &[u8]) -> bool {
    if value.is_empty() {
        return true;
    }
    // `"msg":"token=","level":"info"`: the quote that ends a text begins no value.
    let structure = |b: &u8| matches!(b, b',' | b':' | b'{' | b'}' | b'[' | b']' | b' ' | b'\\') || b.is_ascii_digit();
    if matches!(value[0], b',' | b'}' | b']') && value.iter().all(structure) {
        return true;
    }
    if value.iter().all(|b| matches!(b, b'*' | b'.' | b'-' | b'#' | b'_' | b'?'))
        || value.iter().all(|b| matches!(b, b'x' | b'X'))
    {
        return true;
    }
    bracketed_word(value) || elided(value)
}

/// A word of masking in brackets, or alone: `[REDACTED:secret]`, `<redacted>`, `(hidden)`, `REDACTED`.
fn bracketed_word(value: &[u8]) -> bool {
    let inner = match (value[0], value[value.len() - 1]) {
        (b'[', b']') | (b'<', b'>') | (b'(', b')') | (b'{', b'}') if value.len() > 2 => &value[1..value.len() - 1],
        _ => value,
    };
    let mut parts = inner.split(|b| matches!(b, b':' | b'_' | b'-' | b' '));
    let first = parts.next().unwrap_or_default();
    let secret = first.eq_ignore_ascii_case(b"secret");
    let word = secret || is_one_of(MASKING, first) || is_one_of(NOTHING, first);
    let plain = inner.len() <= 32 && parts.all(|p| p.iter().all(u8::is_ascii_alphabetic));
    word && plain && (inner.len() < value.len() || !secret)
}

/// `abcd...wxyz` with at most eight characters to either side, or `abcd...` with fewer.
fn elided(value: &[u8]) -> bool {
    const MARKS: &[&[u8]] = &[b"...", "\u{2026}".as_bytes(), b"***", "\u{2022}\u{2022}".as_bytes()];
    MARKS.iter().any(|mark| {
        memchr::memmem::find(value, mark).is_some_and(|at| {
            let tail = value[at..].iter().rev().take_while(|b| !matches!(b, b'.' | b'*') && b.is_ascii()).count();
            // Without a tail eight characters are a beginning that was cut off.
            at <= 8 - usize::from(tail == 0) && tail <= 8 && value.len() <= 64
        })
    })
}

/// What a manual writes in the place of a value: `<API_KEY>`, `your-token-here`.
pub fn is_placeholder(value: &[u8]) -> bool {
    let words = |text: &[u8]| {
        text.len() <= 40
            && text.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b' ' | b'_' | b'-' | b'.'))
            && is_wordy(text)
    };
    let angled = value.strip_prefix(b"<").and_then(|v| v.strip_suffix(b">"));
    let yours = value
        .get(..5)
        .is_some_and(|head| head[..4].eq_ignore_ascii_case(b"your") && matches!(head[4], b'-' | b'_' | b' '));
    angled.is_some_and(|inner| !inner.is_empty() && words(inner)) || yours && words(value)
}

/// A truth value, a number or nothing.
pub fn is_plain_literal(value: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[b"true", b"false", b"yes", b"no", b"\"\"", b"''"];
    is_one_of(WORDS, value) || is_one_of(NOTHING, value)
}

/// A number as JSON writes it: `-12.5e3`, and none that begins with a zero too many.
pub fn is_json_number(value: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|b| b.is_ascii_digit()).count();
    let rest = value.strip_prefix(b"-").unwrap_or(value);
    let whole = digits(rest);
    if whole == 0 || whole > 1 && rest[0] == b'0' {
        return false;
    }
    let mut rest = &rest[whole..];
    if let Some(part) = rest.strip_prefix(b".") {
        let length = digits(part);
        if length == 0 {
            return false;
        }
        rest = &part[length..];
    }
    match rest {
        [] => true,
        [b'e' | b'E', b'+' | b'-', power @ ..] | [b'e' | b'E', power @ ..] => {
            !power.is_empty() && digits(power) == power.len()
        }
        _ => false,
    }
}

/// Words that follow a secret's name in prose, where they are the message and not the value.
pub fn is_stop_word(value: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"invalid",
        b"expired",
        b"missing",
        b"required",
        b"not",
        b"is",
        b"was",
        b"has",
        b"incorrect",
        b"failed",
        b"wrong",
        b"denied",
        b"error",
        b"rejected",
        b"for",
        b"the",
        b"a",
        b"an",
        b"must",
        b"cannot",
        b"unauthorized",
        b"authentication",
        b"revoked",
        b"unknown",
        b"empty",
        b"no",
        b"unable",
        b"bad",
        b"unset",
        b"unavailable",
        b"unsupported",
        b"malformed",
        b"mismatch",
        b"context",
        b"got",
        b"expected",
        b"string",
        b"permission",
        b"request",
        b"could",
        b"should",
    ];
    let word = value.split(|b| !b.is_ascii_alphabetic()).next().unwrap_or_default();
    WORDS.iter().any(|w| word.eq_ignore_ascii_case(w))
}

/// The words of a value: between separators, and where a lower-case letter meets a capital or a letter a digit.
pub fn words(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let class = |b: u8| match b {
        b'0'..=b'9' => 1,
        b'a'..=b'z' => 2,
        b'A'..=b'Z' => 3,
        _ => 0,
    };
    value
        .chunk_by(move |a, b| !matches!((class(*a), class(*b)), (_, 0) | (0, _) | (1, 2..) | (2.., 1) | (2, 3)))
        .filter(move |word| class(word[0]) != 0)
}

/// Words of failure, and those that others end in: `ENOTFOUND`, `unauthorized`.
const FAULTS: &[&[u8]] = &[b"not", b"bad", b"no", b"reset", b"unset", b"absent", b"unable", b"wrong"];
const FAULT_ENDS: &[&[u8]] = &[
    b"error",
    b"errors",
    b"exception",
    b"fault",
    b"failed",
    b"failure",
    b"denied",
    b"invalid",
    b"expired",
    b"missing",
    b"required",
    b"available",
    b"refused",
    b"timeout",
    b"timedout",
    b"notfound",
    b"revoked",
    b"rejected",
    b"forbidden",
    b"authorized",
    b"authenticated",
    b"supported",
    b"mismatch",
    b"malformed",
    b"exceeded",
    b"exhausted",
    b"throttled",
    b"throttling",
    b"disabled",
    b"unknown",
    b"incorrect",
    b"insufficient",
    b"canceled",
    b"cancelled",
    b"aborted",
    b"reachable",
    b"unexpected",
    b"conflict",
    b"reused",
];

/// The word is one of failure, or ends in one.
fn fails(word: &[u8]) -> bool {
    let ends = |w: &&[u8]| word.len() >= w.len() && word[word.len() - w.len()..].eq_ignore_ascii_case(w);
    FAULT_ENDS.iter().any(ends)
}

/// A sentence about something that is wrong: words with blanks between them, one of failure among them. `Token is invalid or
/// expired`, `This field may not be blank.`
pub fn tells_of_a_fault(value: &[u8]) -> bool {
    sentence(value).is_some_and(|words| {
        let whole = |word: &&[u8]| is_one_of(FAULTS, word);
        words.iter().any(|word| fails(word)) || words.len() >= 3 && words.iter().any(whole)
    })
}

/// A sentence about a password that was refused. A phrase may be one, so it has to speak of the password, or as forms do
/// of what is asked for: `This field is required.`, `Passwords do not match`.
pub fn tells_of_a_refused_password(value: &[u8]) -> bool {
    const RULES: &[&[u8]] =
        &[b"blank", b"match", b"common", b"short", b"long", b"least", b"characters", b"empty", b"weak", b"similar"];
    const ABOUT: &[&[u8]] =
        &[b"password", b"passwords", b"field", b"is", b"are", b"be", b"must", b"should", b"cannot", b"too", b"do"];
    sentence(value).is_some_and(|words| {
        words.iter().any(|word| fails(word) || is_one_of(RULES, word)) && words.iter().any(|w| is_one_of(ABOUT, w))
    })
}

/// The words of a text that is nothing but several, with blanks between them.
fn sentence(value: &[u8]) -> Option<Vec<&[u8]>> {
    let prose = |b: &u8| {
        b.is_ascii_alphabetic()
            || matches!(b, b' ' | b'.' | b',' | b';' | b':' | b'!' | b'\'' | b'(' | b')' | b'-' | b'_' | b'/')
    };
    if !(8..=200).contains(&value.len()) || !value.contains(&b' ') || !value.iter().all(prose) {
        return None;
    }
    let words: Vec<&[u8]> = value.split(|b| !b.is_ascii_alphabetic()).filter(|word| !word.is_empty()).collect();
    (words.len() >= 2 && words.iter().all(|word| hump_words(word))).then_some(words)
}

/// Says what went wrong: words, of which the first or the last one is of failure. `invalid_grant`, `AccessDeniedException`,
/// `ECONNREFUSED`, `token_endpoint_http_400`. No secret is made so, and no report can do without.
pub fn says_an_error(value: &[u8]) -> bool {
    if !(4..=64).contains(&value.len()) || value.iter().any(|b| b.is_ascii_whitespace() || *b >= 0x80) {
        return false;
    }
    let (mut count, mut first, mut last, mut before) = (0, &value[..0], &value[..0], &value[..0]);
    let mut status = false;
    for piece in words(value) {
        if piece[0].is_ascii_digit() {
            // The number of a status, a version, a part.
            if piece.len() > 3 || count == 0 {
                return false;
            }
            status = piece.len() == 3
                && matches!(piece[0], b'3'..=b'5')
                && (last.eq_ignore_ascii_case(b"http") || last.eq_ignore_ascii_case(b"status"));
            continue;
        }
        if !hump_words(piece) {
            return false;
        }
        if count == 0 {
            first = piece;
        }
        (before, last, count, status) = (last, piece, count + 1, false);
    }
    let whole = |word: &[u8]| is_one_of(FAULTS, word);
    status
        || fails(first)
        || fails(last)
        || whole(last)
        || count > 1 && whole(first) && fails(last)
        || last.eq_ignore_ascii_case(b"found") && before.eq_ignore_ascii_case(b"not")
}

/// `AADSTS7000215`, `ORA-01017`: capitals and a number of five digits or more, perhaps with the colon before what it means.
pub fn is_error_code(value: &[u8]) -> bool {
    let value = value.strip_suffix(b":").unwrap_or(value);
    let letters = value.iter().take_while(|b| b.is_ascii_uppercase()).count();
    let number = &value[letters..];
    let number = number.strip_prefix(b"-").unwrap_or(number);
    (3..=8).contains(&letters) && (5..=8).contains(&number.len()) && number.iter().all(u8::is_ascii_digit)
}

/// Words of how something is: `completed`, `processing`, `not_configured`, `present`.
pub fn says_a_state(value: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[b"present", b"valid", b"active", b"set", b"found"];
    const ENDS: &[&[u8]] = &[b"ed", b"ing", b"able", b"ible"];
    let last = words(value).last().unwrap_or_default();
    let lower = value.iter().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'-'));
    lower
        && is_wordy(value)
        && (WORDS.contains(&last) || ENDS.iter().any(|end| last.len() > end.len() + 2 && last.ends_with(end)))
}

/// Long, of three kinds of characters, and changing between them every few: `abrTFOFwfoyfm39MAmwbdeer` reads like words
/// piece by piece.
pub fn is_scattered(value: &[u8]) -> bool {
    let head = &value[..value.len().min(256)];
    let count = |f: fn(&u8) -> bool| head.iter().filter(|b| f(b)).count();
    // Behind percent signs stands another text.
    let token = |b: &u8| b.is_ascii_graphic() && *b != b'%';
    // A capital and the word it begins are no change.
    let changes = (1..head.len()).filter(|&at| {
        let (a, b) = (head[at - 1], head[at]);
        let capitals = at >= 2 && head[at - 2].is_ascii_uppercase() && a.is_ascii_uppercase();
        a.is_ascii_lowercase() && b.is_ascii_uppercase()
            || a.is_ascii_alphabetic() && b.is_ascii_digit()
            || a.is_ascii_digit() && b.is_ascii_alphabetic()
            || capitals && b.is_ascii_lowercase()
    });
    head.len() >= 16
        && head.iter().all(token)
        && count(u8::is_ascii_digit) >= 2
        && count(u8::is_ascii_lowercase) > 0
        && count(u8::is_ascii_uppercase) > 0
        && changes.count() * 6 >= head.len()
}

/// Looks like a secret rather than like a word, a name or a number.
pub fn is_secretish(value: &[u8]) -> bool {
    if value.len() < 8 || value.iter().any(u8::is_ascii_whitespace) || is_masked(value) || is_reference(value) {
        return false;
    }
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    if letters == 0 || is_timestamp(value) {
        return false;
    }
    let head = &value[..value.len().min(256)];
    (digits > 0 || value.len() >= 12 || mixed_case(head)) && !is_wordy(head)
}

fn mixed_case(value: &[u8]) -> bool {
    value.iter().skip(1).any(u8::is_ascii_uppercase) && value.iter().any(u8::is_ascii_lowercase)
}

/// `INC0012345`, `CRM-10023`: letters, then a number.
pub fn is_number_of_a_case(value: &[u8]) -> bool {
    let letters = value.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let number = &value[letters..];
    let number = number.strip_prefix(b"-").unwrap_or(number);
    (1..=8).contains(&letters) && value.len() < 16 && !number.is_empty() && number.iter().all(u8::is_ascii_digit)
}

/// `2026-01-02T03:04:05…`
pub fn is_timestamp(value: &[u8]) -> bool {
    value.len() >= 10 && value[4] == b'-' && value[7] == b'-' && value[..4].iter().all(u8::is_ascii_digit)
}

/// Every piece between separators reads like a word with perhaps a short number: names, paths, host names, slugs.
pub fn is_wordy(value: &[u8]) -> bool {
    value.split(|b| !b.is_ascii_alphanumeric()).all(piece_is_wordy)
}

fn piece_is_wordy(piece: &[u8]) -> bool {
    let letters = piece.iter().position(u8::is_ascii_digit).unwrap_or(piece.len());
    let digits = piece.len() - letters;
    if piece[letters..].iter().any(|b| !b.is_ascii_digit()) {
        // `v1beta2`, `oauth2server`, `us1east`: short numbers between words.
        return piece.len() <= 24
            && piece.split(u8::is_ascii_digit).all(|part| part.len() != 2 && hump_words(part))
            && piece.iter().filter(|b| b.is_ascii_digit()).count() <= 2;
    }
    (digits <= 4 || letters == 0 && digits <= 14) && hump_words(&piece[..letters])
}

/// `CamelCaseWords`, `UPPER`, `lower`: every hump reads like a word.
fn hump_words(letters: &[u8]) -> bool {
    let mut start = 0;
    for at in 1..=letters.len() {
        let edge = at == letters.len() || (letters[at].is_ascii_uppercase() && letters[at - 1].is_ascii_lowercase());
        if edge {
            if !word(&letters[start..at]) {
                return false;
            }
            start = at;
        }
    }
    // Random letters change case every second or third character; words do not.
    let humps = 1 + letters.windows(2).filter(|w| w[0].is_ascii_lowercase() && w[1].is_ascii_uppercase()).count();
    humps == 1 || letters.len() >= humps * 4
}

/// One case throughout (or a capital first), pronounceable: no long row of consonants, some vowel.
fn word(hump: &[u8]) -> bool {
    let upper = hump.iter().filter(|b| b.is_ascii_uppercase()).count();
    if !(upper == 0 || upper == hump.len() || (upper <= 6 && hump[..upper].iter().all(u8::is_ascii_uppercase))) {
        return false;
    }
    if upper >= 2 && upper < hump.len() && hump.len() - upper < 3 {
        return false;
    }
    let vowel = |b: &u8| matches!(b.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let longest = hump.split(|b| vowel(b)).map(<[u8]>::len).max().unwrap_or(0);
    let vowels = hump.iter().filter(|b| vowel(b)).count();
    hump.len() <= 4 || (longest <= 4 && vowels * 6 >= hump.len() && hump.len() <= 24)
}

/// Bits per character of the value.
pub fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for &b in value {
        counts[b as usize] += 1;
    }
    let n = value.len() as f64;
    -counts.iter().filter(|&&c| c > 0).map(|&c| f64::from(c) / n * (f64::from(c) / n).log2()).sum::<f64>()
}

/// Share of the letters that stand in words of four letters or more.
pub fn word_coverage(value: &[u8]) -> f64 {
    let (mut letters, mut covered) = (0, 0);
    for piece in value.split(|b| !b.is_ascii_alphabetic()) {
        letters += piece.len();
        let mut start = 0;
        for at in 1..=piece.len() {
            if at == piece.len() || (piece[at].is_ascii_uppercase() && piece[at - 1].is_ascii_lowercase()) {
                if at - start >= 4 && word(&piece[start..at]) {
                    covered += at - start;
                }
                start = at;
            }
        }
    }
    if letters == 0 { 1.0 } else { f64::from(covered as u32) / f64::from(letters as u32) }
}

/// `8-4-4-4-12` hex.
pub fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value
            .iter()
            .enumerate()
            .all(|(i, b)| if matches!(i, 8 | 13 | 18 | 23) { *b == b'-' } else { b.is_ascii_hexdigit() })
}

/// Random text by the measure of last resort: long, three character classes, high entropy, few words.
pub fn is_random(value: &[u8]) -> bool {
    if value.len() < 32 {
        return false;
    }
    let sample = &value[..value.len().min(512)];
    let count = |f: fn(&u8) -> bool| sample.iter().filter(|b| f(b)).count();
    let (upper, lower, digits) =
        (count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase), count(u8::is_ascii_digit));
    // `abcdefgh…`: an alphabet, written out.
    let rising = sample.windows(2).filter(|pair| pair[1] == pair[0].wrapping_add(1)).count();
    upper >= 2
        && rising * 2 < sample.len()
        && lower >= 2
        && digits >= 2
        && !sample.iter().all(|&b| Alphabet::Hex.has(b))
        && entropy(sample) >= 4.1
        && word_coverage(sample) < 0.6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_wordy_and_random_text_is_not() {
        for name in [
            "prod-db-password",
            "CRMHUB_API_KEY",
            "oauth2_token",
            "invalid_grant",
            "NSURLSessionDataTask",
            "tools/call",
            "us-east-1",
            "token_endpoint_http_400",
        ] {
            assert!(is_wordy(name.as_bytes()), "{name}");
        }
        for text in ["OixzRLvtUPitmuOf", "kX9fQ2mZ7a", "A8A-JHntPHV_DPik", "4tYthJGQRLl1oHUY"] {
            assert!(!is_wordy(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn masked_forms_pass() {
        for text in [
            "***",
            "[REDACTED]",
            "[REDACTED:secret]",
            "<redacted>",
            "abcd...wxyz",
            "sk-1***9f2c",
            "xxxxxxxx",
            "(hidden)",
        ] {
            assert!(is_masked(text.as_bytes()), "{text}");
        }
        for text in ["secret", "hunter2", "[REDACTED]x9", "abcdefghijkl...", "abcdefgh..."] {
            assert!(!is_masked(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn references_are_not_secrets() {
        for text in ["op://My Vault/item/field", "${TOKEN}", "$TOKEN", "BILLFOLD_API_KEY", "arn:aws:secretsmanager:x"] {
            assert!(is_reference(text.as_bytes()), "{text}");
        }
    }
}
