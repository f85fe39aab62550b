//! Alphabets of tokens, and the maximal run of one.

/// The characters a token's tail may have. A rule takes the maximal run: a cut tail would leak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// `[0-9A-Fa-f]`
    Hex,
    /// `[0-9A-Z]`: AWS ids.
    Upper,
    /// `[0-9A-Za-z]`
    Alnum,
    /// `[0-9A-Za-z_-]`
    Url,
    /// `[0-9A-Za-z_.~-]`
    Dotted,
    /// Every base64 spelling: `[0-9A-Za-z_+/=-]`
    Base64,
    /// Base64 and the separators of compound tokens: `[0-9A-Za-z_+/=.~:-]`
    Compound,
    /// Those and the separators of password hashes: `[0-9A-Za-z_+/=.~:$,-]`
    Crypt,
}

const fn bit(a: Alphabet) -> u8 {
    1 << a as u8
}

const TABLE: [u8; 256] = {
    let mut table = [0; 256];
    let mut c = 0;
    while c < 256 {
        let b = c as u8;
        let mut bits = 0;
        if b.is_ascii_hexdigit() {
            bits |= bit(Alphabet::Hex);
        }
        if b.is_ascii_uppercase() || b.is_ascii_digit() {
            bits |= bit(Alphabet::Upper);
        }
        let alnum = b.is_ascii_alphanumeric();
        if alnum {
            bits |= bit(Alphabet::Alnum);
        }
        if alnum || b == b'_' || b == b'-' {
            bits |= bit(Alphabet::Url) | bit(Alphabet::Dotted) | bit(Alphabet::Base64);
        }
        if b == b'.' || b == b'~' {
            bits |= bit(Alphabet::Dotted);
        }
        if b == b'+' || b == b'/' || b == b'=' {
            bits |= bit(Alphabet::Base64);
        }
        if bits & (bit(Alphabet::Dotted) | bit(Alphabet::Base64)) != 0 || b == b':' {
            bits |= bit(Alphabet::Compound) | bit(Alphabet::Crypt);
        }
        if b == b'$' || b == b',' {
            bits |= bit(Alphabet::Crypt);
        }
        table[c] = bits;
        c += 1;
    }
    table
};

impl Alphabet {
    #[inline]
    pub fn has(self, byte: u8) -> bool {
        TABLE[byte as usize] & bit(self) != 0
    }

    /// End of the run that begins at `at`.
    pub fn end(self, bytes: &[u8], at: usize) -> usize {
        bytes[at..].iter().position(|&b| !self.has(b)).map_or(bytes.len(), |n| at + n)
    }
}
