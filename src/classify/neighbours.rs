//! Which records look like others from outside: the query of a finding names an instant where conditions alone would select
//! records of another finding too.
//!
//! Counted once for a run: a look at all attempts for every finding would grow with the square of the evidence.

use super::{Attempt, Case, Decided, Slot, Sym};
use std::collections::{BTreeMap, BTreeSet};

/// How many attempts of a run look alike.
#[derive(Debug, Clone, Default)]
pub struct Neighbours {
    /// By host, status and what decided.
    answers: BTreeMap<Answer, usize>,
    /// By what decided, host and secret.
    lacks: BTreeMap<Lack, usize>,
    /// Some record has a field of the gateway for MCP.
    pub has_gateway: bool,
}

type Answer = (Option<Sym>, Option<u16>, Decided);
type Lack = (Decided, Option<Sym>, Option<Sym>);

fn answer(a: &Attempt) -> Option<Answer> {
    Some((a.texts.host_as_written, a.status, a.rule?))
}

fn lack(a: &Attempt) -> Option<Lack> {
    Some((a.rule?, a.texts.host_as_written, a.texts.secret))
}

impl Neighbours {
    /// Of a case whose attempts are all judged.
    pub fn of(case: &Case) -> Neighbours {
        let mut all = Neighbours::default();
        for a in &case.notes.attempts {
            answer(a).into_iter().for_each(|key| *all.answers.entry(key).or_default() += 1);
            lack(a).into_iter().for_each(|key| *all.lacks.entry(key).or_default() += 1);
            all.has_gateway |= a.spelled.has(Slot::McpInjected);
        }
        all
    }

    /// Beside `own`, which hold these members, there are records of this rule or a later one with a host and a status of
    /// theirs.
    pub fn has_answer<'a>(&self, members: &[&Attempt], own: impl Iterator<Item = &'a Attempt>, from: Decided) -> bool {
        let hosts: BTreeSet<Option<Sym>> = members.iter().map(|a| a.texts.host_as_written).collect();
        let statuses: BTreeSet<Option<u16>> = members.iter().map(|a| a.status).collect();
        let at = |host, status| {
            let from = self.answers.range((host, status, from)..);
            from.take_while(move |((h, s, _), _)| (*h, *s) == (host, status))
        };
        let pairs = hosts.iter().flat_map(|host| statuses.iter().map(|status| (*host, *status)));
        let all: usize = pairs.flat_map(|(host, status)| at(host, status)).map(|(_, count)| count).sum();
        let is_own = |(host, status, rule)| rule >= from && hosts.contains(&host) && statuses.contains(&status);
        all > own.filter(|a| answer(a).is_some_and(is_own)).count()
    }

    /// Beside `own`, which hold these members, there are records of this very rule that lack a secret of theirs at a host
    /// of theirs.
    pub fn has_lack<'a>(&self, members: &[&Attempt], own: impl Iterator<Item = &'a Attempt>, rule: Decided) -> bool {
        let keys: BTreeSet<Lack> = members.iter().map(|a| (rule, a.texts.host_as_written, a.texts.secret)).collect();
        let all: usize = keys.iter().filter_map(|key| self.lacks.get(key)).sum();
        all > own.filter(|a| lack(a).is_some_and(|key| keys.contains(&key))).count()
    }
}

#[cfg(test)]
mod tests {
    use super::super::classes as c;
    use super::super::{Notebook, Symbols};
    use super::*;
    use crate::finding::{Confidence, Kind, Locator, Origin};
    use proptest::prelude::*;

    const RULES: [Option<Decided>; 4] = [None, Some(Decided::SecretClosed), Some(Decided::Bare), Some(Decided::Answer)];

    fn case(picks: &[(usize, usize, usize, usize)]) -> Case {
        let mut symbols = Symbols::default();
        let texts = ["a", "b"].map(|text| symbols.some(text));
        let attempt = |n: usize, (rule, host, secret, status): (usize, usize, usize, usize)| {
            let locator = Locator { input: 0, offset: n as u64, length: 1, line: n as u64 + 1 };
            let class = &c::TOKEN_INVALID;
            let mut a = Attempt::at(n as i64, locator, Kind::Attempt, class, Origin::Upstream, Confidence::Possible);
            (a.rule, a.status) = (RULES[rule], [None, Some(401), Some(403)][status]);
            a.texts.host_as_written = texts.get(host).copied().flatten();
            a.texts.secret = texts.get(secret).copied().flatten();
            a
        };
        let attempts = picks.iter().enumerate().map(|(n, pick)| attempt(n, *pick)).collect();
        let mut notes = Notebook::default();
        (notes.symbols, notes.attempts) = (symbols, attempts);
        Case::new(Vec::new(), notes)
    }

    proptest! {
        #[test]
        fn the_counts_say_what_a_look_at_every_attempt_says(
            picks in proptest::collection::vec((0..4_usize, 0..3_usize, 0..3_usize, 0..3_usize), 1..12),
            own in proptest::collection::vec(any::<bool>(), 12),
            part in 1..4_usize,
            rule in 1..4_usize,
        ) {
            let case = case(&picks);
            let (all, rule) = (&case.notes.attempts, RULES[rule].expect("a rule"));
            let own: Vec<usize> = (0..all.len()).filter(|n| own[*n]).collect();
            let members: Vec<&Attempt> = own.iter().take(part).map(|n| &all[*n]).collect();
            let others = || all.iter().enumerate().filter(|(n, _)| !own.contains(n)).map(|(_, a)| a);
            let any = |like: &dyn Fn(&Attempt, &Attempt) -> bool| members.iter().any(|m| others().any(|o| like(m, o)));
            let neighbours = Neighbours::of(&case);
            let mine = || own.iter().map(|n| &all[*n]);

            let host = |m: &Attempt, o: &Attempt| m.texts.host_as_written == o.texts.host_as_written;
            let answers = others().filter(|o| o.rule >= Some(rule)).any(|o| {
                members.iter().any(|m| host(m, o)) && members.iter().any(|m| m.status == o.status)
            });
            prop_assert_eq!(neighbours.has_answer(&members, mine(), rule), answers);

            let lacks = any(&|m, o| o.rule == Some(rule) && host(m, o) && m.texts.secret == o.texts.secret);
            prop_assert_eq!(neighbours.has_lack(&members, mine(), rule), lacks);
        }
    }
}
