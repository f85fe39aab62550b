//! Templates: key sequences that were seen before.
//!
//! The lines of a dump follow few sequences of keys. A line that has, from the quote that ends a value on, the bytes up to the
//! next value as a template has them, has the template's fields at the same places; nothing of it needs parsing.
//!
//! What matters: every key and the bytes around it, so that "the field is absent" is exact. Two keys of the same length
//! may differ in any byte, and escapes may spell a wanted name.

use super::rows::Projection;
use super::scan;
use std::collections::BTreeMap;

/// Positions looked at together: four fields of four quotes.
pub const BLOCK: usize = 16;
/// Blocks that are looked at for every line; what is behind its last field does not count.
pub const BLOCKS: usize = 4;
/// Bytes compared at once: a vector register, or two, or four words.
pub const WIDTH: usize = 32;
/// Longest lines that get a template.
pub const FIELDS_MAX: usize = 256;
/// Templates kept; lines that follow no other are parsed.
const TEMPLATES_MAX: usize = 2000;
/// Parts of all keys, and of the keys of one template; a sequence that needs more is parsed.
const PARTS_MAX: usize = 1 << 16;
/// Slots of the table, a power of two well above [`TEMPLATES_MAX`].
const SLOTS: usize = 8192;
/// Longest keys of a template.
const KEY_MAX: usize = 4096;
/// Bytes around a key that are looked at with it: `","` and `":"`.
const AROUND: usize = 6;
/// Slots looked at for one fingerprint.
const PROBES: usize = 8;
/// Marks a template whose lines have to be parsed after all.
const ABSENT: u16 = u16::MAX;

/// A key with the bytes around it, or a part of a long one. Kept once for all templates, so that the keys of a dump stay
/// in the processor's first cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(align(64))]
pub struct Part {
    /// The bytes, in the order of memory; those that do not count are zero, and so is their mask.
    pub want: [u64; WIDTH / 8],
    pub mask: [u64; WIDTH / 8],
}

/// What a line that follows a template has.
#[derive(Debug, Default)]
pub struct Keys {
    /// For every field the place of its key in [`Templates::parts`], or of the key's beginning.
    pub first: Vec<u32>,
    /// What is left of long keys.
    pub more: Vec<More>,
    /// Bytes that are looked at from a mark on, at most.
    pub reach: usize,
}

/// A later part of a long key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct More {
    pub part: u32,
    /// The line's mark that it is counted from.
    pub mark: u16,
    /// Bytes from that mark to the first of the part.
    pub offset: u16,
}

/// Where the bytes of a field's key begin: at the quote that ends the value before it, and those of the first at the
/// line's beginning.
#[inline(always)]
pub fn key_begin(marks: &[u32], field: usize) -> usize {
    match field {
        0 => marks[0] as usize - 1,
        _ => marks[4 * field - 1] as usize,
    }
}

impl Keys {
    /// The parts and where in the bytes they are to be, by the line's marks.
    #[inline(always)]
    pub fn places(&self, marks: &[u32]) -> impl Iterator<Item = (usize, usize)> {
        let first = self.first.iter().enumerate().map(|(field, part)| (*part as usize, key_begin(marks, field)));
        let more = self.more.iter();
        let more =
            more.map(|more| (more.part as usize, marks[usize::from(more.mark)] as usize + usize::from(more.offset)));
        first.chain(more)
    }

    /// Whether the parts are at their places, without reading behind the bytes.
    #[cold]
    pub fn are_at(&self, bytes: &[u8], marks: &[u32], parts: &[Part]) -> bool {
        self.places(marks).all(|(part, at)| bytes.get(at..).is_some_and(|bytes| parts[part].starts(bytes)))
    }
}

impl Part {
    /// At most [`WIDTH`] bytes.
    fn new(bytes: &[u8]) -> Self {
        let (mut want, mut mask) = ([0; WIDTH], [0; WIDTH]);
        want[..bytes.len()].copy_from_slice(bytes);
        mask[..bytes.len()].fill(u8::MAX);
        let words = |bytes: [u8; WIDTH]| -> [u64; WIDTH / 8] {
            std::array::from_fn(|n| u64::from_ne_bytes(std::array::from_fn(|byte| bytes[8 * n + byte])))
        };
        Part { want: words(want), mask: words(mask) }
    }

    fn starts(&self, bytes: &[u8]) -> bool {
        let (want, mask) = (self.want.map(u64::to_ne_bytes), self.mask.map(u64::to_ne_bytes));
        let counts = mask.as_flattened().iter().filter(|byte| **byte != 0).count();
        bytes.starts_with(&want.as_flattened()[..counts])
    }
}

/// A learned key sequence.
#[derive(Debug)]
pub struct Template {
    /// Its place among the scanner's templates.
    pub number: usize,
    /// Its fields' names, decoded.
    pub names: Vec<String>,
    /// For every slot the field with the best of its spellings that the sequence has.
    best: Vec<Spelled>,
    /// Slots of which the sequence has more spellings, in order of the slot and then of the spelling.
    spare: Vec<(u16, Spelled)>,
    /// Fields that have the same name, name by name. None of them is wanted: such lines are parsed.
    pub doubles: Vec<Vec<u16>>,
    /// Lines that follow it are parsed: a wanted name occurs twice, or it is another logger's frame.
    pub parse: bool,
}

/// A field that a slot is read from, and which of the slot's spellings its name is.
#[derive(Debug, Clone, Copy)]
struct Spelled {
    field: u16,
    spelling: u16,
}

/// The same in wider numbers.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    pub field: usize,
    pub spelling: usize,
}

impl Spelled {
    #[inline(always)]
    fn found(self) -> Option<Found> {
        (self.field != ABSENT).then(|| Found { field: usize::from(self.field), spelling: usize::from(self.spelling) })
    }
}

impl Template {
    /// The field with the best spelling of a slot.
    #[inline(always)]
    pub fn field(&self, slot: usize) -> Option<Found> {
        self.best[slot].found()
    }

    /// The fields with the slot's other spellings, asked when the best one is empty.
    pub fn spare(&self, slot: usize) -> impl Iterator<Item = Found> {
        self.spare.iter().filter(move |(of, _)| usize::from(*of) == slot).filter_map(|(_, spelled)| spelled.found())
    }
}

/// All templates of one scanner.
#[derive(Debug)]
pub struct Templates {
    projection: Projection,
    templates: Vec<Template>,
    parts: Vec<Part>,
    places: BTreeMap<Part, u32>,
    keys: Vec<Keys>,
    /// Fingerprint and template number plus one.
    slots: Vec<(u32, u32)>,
}

impl Templates {
    pub fn new(projection: &Projection) -> Self {
        Templates {
            projection: projection.clone(),
            templates: Vec::new(),
            parts: Vec::new(),
            places: BTreeMap::new(),
            keys: Vec::new(),
            slots: vec![(0, 0); SLOTS],
        }
    }

    /// Templates that may have this fingerprint.
    #[inline(always)]
    pub fn candidates(&self, fingerprint: u32) -> impl Iterator<Item = u16> {
        let first = fingerprint as usize % SLOTS;
        let probes = (0..PROBES).map(move |n| self.slots[(first + n) % SLOTS]);
        probes.take_while(|(_, id)| *id != 0).filter(move |(f, _)| *f == fingerprint).map(|(_, id)| (id - 1) as u16)
    }

    /// What a line that follows a template has.
    #[inline(always)]
    pub fn keys(&self, id: u16) -> &Keys {
        &self.keys[usize::from(id)]
    }

    #[inline(always)]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    #[inline(always)]
    pub fn get(&self, id: u16) -> &Template {
        &self.templates[usize::from(id)]
    }

    /// Learns the key sequence of a line, if it is a compact flat object. `marks` are its quotes and its end.
    pub fn learn(&mut self, bytes: &[u8], start: usize, marks: &[u32], fingerprint: u32) {
        if self.templates.len() >= TEMPLATES_MAX || fingerprint == 0 {
            return;
        }
        let Some(keys) = keys(bytes, start, marks) else { return };
        let parts: usize = keys.iter().map(|key| (key.len() + AROUND).div_ceil(WIDTH)).sum();
        if self.parts.len() + parts > PARTS_MAX || keys.iter().any(|key| key.len() > KEY_MAX) {
            return;
        }
        let first = fingerprint as usize % SLOTS;
        let Some(slot) = (0..PROBES).map(|n| (first + n) % SLOTS).find(|slot| self.slots[*slot].1 == 0) else { return };
        let names: Vec<String> = keys.iter().map(|key| scan::text(key, key.contains(&b'\\')).into_owned()).collect();
        let keys = self.keys_of(&keys);
        self.keys.push(keys);
        self.templates.push(self.template_of(names));
        self.slots[slot] = (fingerprint, self.templates.len() as u32);
    }

    fn template_of(&self, names: Vec<String>) -> Template {
        let (mut best, mut spare) = (Vec::new(), Vec::new());
        for slot in 0..self.projection.names().len() {
            let mut all = self.projection.spellings(slot).enumerate().filter_map(|(spelling, wanted)| {
                let field = u16::try_from(names.iter().position(|n| n == wanted)?).ok()?;
                Some(Spelled { field, spelling: u16::try_from(spelling).ok()? })
            });
            best.push(all.next().unwrap_or(Spelled { field: ABSENT, spelling: 0 }));
            spare.extend(all.map(|spelled| (slot as u16, spelled)));
        }
        let has = |name: &str| names.iter().any(|n| n == name);
        let twice = |name: &String| names.iter().filter(|n| *n == name).count() > 1;
        let doubled = if self.projection.is_every() { names.iter().any(twice) } else { self.wanted().any(twice) };
        let parse = doubled || (has("log") && has("time"));
        Template { number: self.templates.len(), best, spare, doubles: doubles(&names), parse, names }
    }

    /// All names that are looked for.
    fn wanted(&self) -> impl Iterator<Item = &String> {
        (0..self.projection.names().len()).flat_map(|slot| self.projection.spellings(slot))
    }

    fn keys_of(&mut self, keys: &[&[u8]]) -> Keys {
        let mut all = Keys::default();
        for (field, key) in keys.iter().enumerate() {
            let around = [if field == 0 { &b"{\""[..] } else { b"\",\"" }, key, b"\":\""].concat();
            for (number, bytes) in around.chunks(WIDTH).enumerate() {
                let part = Part::new(bytes);
                let place = *self.places.entry(part).or_insert_with(|| {
                    self.parts.push(part);
                    self.parts.len() as u32 - 1
                });
                let offset = number * WIDTH;
                all.reach = all.reach.max(offset + WIDTH);
                match (number, field) {
                    (0, _) => all.first.push(place),
                    // The line's beginning is no mark: the quote behind it is.
                    (_, 0) => all.more.push(More { part: place, mark: 0, offset: offset as u16 - 1 }),
                    _ => all.more.push(More { part: place, mark: 4 * field as u16 - 1, offset: offset as u16 }),
                }
            }
        }
        all
    }
}

/// The fields of every name that comes more than once.
fn doubles(names: &[String]) -> Vec<Vec<u16>> {
    let name = |field: &u16| &names[usize::from(*field)];
    let mut order: Vec<u16> = (0..names.len() as u16).collect();
    order.sort_by_key(|field| (name(field), *field));
    order.chunk_by(|a, b| name(a) == name(b)).filter(|fields| fields.len() > 1).map(<[u16]>::to_vec).collect()
}

/// The raw keys of a compact flat object of strings; `None` if the line is anything else.
fn keys<'b>(bytes: &'b [u8], start: usize, marks: &[u32]) -> Option<Vec<&'b [u8]>> {
    let (fields, end) = (marks.len() / 4, *marks.last()? as usize);
    let mut keys = Vec::with_capacity(fields);
    let mut before = start;
    for field in marks[..4 * fields].chunks_exact(4) {
        let [open, close, value, value_end] = [field[0], field[1], field[2], field[3]].map(|mark| mark as usize);
        let opens = if before == start { b'{' } else { b',' };
        if bytes[before] != opens || open != before + 1 || value != close + 2 || bytes[close + 1] != b':' {
            return None;
        }
        keys.push(&bytes[open + 1..close]);
        before = value_end + 1;
    }
    (before + 1 == end && bytes[before] == b'}').then_some(keys)
}
