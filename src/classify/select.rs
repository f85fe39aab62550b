//! Selectors: which rows and attempts a question is about. All of them combine with AND.

use super::hosts::bare_host;
use super::join::{Joins, ToolCall};
use super::outcomes::Key;
use super::symbols::{Sym, Symbols};
use super::{Attempt, LIST, Row, Slot};
use crate::logsql::Expr;
use crate::record::time::Nanos;
use std::collections::BTreeSet;

/// A filter as written and as checked.
#[derive(Debug, Clone)]
pub struct Filter {
    pub text: String,
    pub expr: Expr,
}

/// What the user asked about. Texts compare whole, except that `integration` and `identity` match a part.
#[derive(Debug, Clone, Default)]
pub struct Selectors {
    pub host: Option<String>,
    pub thread: Option<String>,
    pub execution: Option<String>,
    pub pod: Option<String>,
    pub service: Option<String>,
    pub tool: Option<String>,
    pub integration: Option<String>,
    pub identity: Option<String>,
    /// A LogsQL filter: rows that it does not match are not looked at.
    pub query: Option<Filter>,
    /// Inclusive.
    pub start: Option<Nanos>,
    /// Exclusive.
    pub end: Option<Nanos>,
    /// The end as it was asked for.
    pub shown_end: Option<Nanos>,
}

impl Selectors {
    /// Nothing but perhaps a window was asked for.
    pub fn is_empty(&self) -> bool {
        self.named().is_empty()
    }

    /// The given selectors in the order of the command line, without the window.
    pub fn named(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("host", &self.host),
            ("thread", &self.thread),
            ("execution", &self.execution),
            ("pod", &self.pod),
            ("service", &self.service),
            ("tool", &self.tool),
            ("integration", &self.integration),
            ("identity", &self.identity),
        ];
        let query = self.query.as_ref().map(|filter| ("query", filter.text.as_str()));
        all.iter().filter_map(|(name, value)| value.as_deref().map(|value| (*name, value))).chain(query).collect()
    }

    pub fn in_window(&self, at: Nanos) -> bool {
        self.start.is_none_or(|start| at >= start) && self.end.is_none_or(|end| at < end)
    }

    /// The filter lets the row through.
    pub fn admits(&self, row: &Row<'_>) -> bool {
        let Some(filter) = &self.query else { return true };
        row.record().is_some_and(|record| filter.expr.matches(&record))
    }

    /// The row itself carries what was asked for; joins are not considered.
    pub fn row(&self, row: &Row<'_>) -> bool {
        let is = |want: &Option<String>, slot: Slot| want.as_ref().is_none_or(|want| row.text(slot) == want.as_str());
        let service = |want: &String| row.text(Slot::Service) == *want || row.text(Slot::Container) == *want;
        is(&self.thread, Slot::Thread)
            && is(&self.execution, Slot::Execution)
            && is(&self.pod, Slot::Pod)
            && is(&self.tool, Slot::Tool)
            && self.service.as_ref().is_none_or(service)
            && self.host.as_ref().is_none_or(|want| bare_host(&row.text(Slot::Host)) == bare_host(want))
            && self.integration.as_ref().is_none_or(|want| integration_row(row, want))
            && self.identity.as_ref().is_none_or(|want| row.text(Slot::Secret).contains(want.as_str()))
    }

    /// The attempt, with everything that joins added to it, is what was asked for.
    /// `sandboxes` are those that run in the pod asked for: their requests are logged by the pod of their proxy.
    pub fn attempt(&self, attempt: &Attempt, symbols: &Symbols, sandboxes: &BTreeSet<Sym>) -> bool {
        let t = &attempt.texts;
        let sandboxed = t.sandbox.is_some_and(|sandbox| sandboxes.contains(&sandbox));
        let is = |want: &Option<String>, have| want.as_ref().is_none_or(|want| symbols.get(have) == want.as_str());
        is(&self.thread, t.thread)
            && is(&self.execution, t.execution)
            && !attempt.context
            && (sandboxed || is(&self.pod, t.pod))
            && is(&self.service, t.service)
            && is(&self.tool, t.tool)
            && self.host.as_ref().is_none_or(|want| symbols.get(t.host) == bare_host(want))
            && self.integration.as_ref().is_none_or(|want| integration(attempt, symbols, want))
            && self.identity.as_ref().is_none_or(|want| {
                let names = symbols.get(t.names).split(LIST);
                names.chain([symbols.get(t.identity)]).any(|name| name.contains(want.as_str()))
            })
    }

    /// The success is what was asked for. Its thread is that of its sandbox; execution, tool and service are not kept of
    /// one, so nothing can be said of those that are asked for by them.
    pub fn success(&self, key: &Key, thread: Option<Sym>, symbols: &Symbols, sandboxes: &BTreeSet<Sym>) -> bool {
        let sandboxed = key.sandbox.is_some_and(|sandbox| sandboxes.contains(&sandbox));
        let is = |want: &Option<String>, have| want.as_ref().is_none_or(|want| symbols.get(have) == want.as_str());
        let kept = [&self.execution, &self.tool, &self.service].iter().all(|want| want.is_none());
        kept && self.query.is_none()
            && is(&self.thread, thread)
            && (sandboxed || is(&self.pod, key.pod))
            && self.host.as_ref().is_none_or(|want| symbols.get(key.host) == bare_host(want))
            && self
                .integration
                .as_ref()
                .is_none_or(|want| [key.host, key.names].iter().any(|have| holds(symbols.get(*have), want)))
            && self
                .identity
                .as_ref()
                .is_none_or(|want| symbols.get(key.names).split(LIST).any(|name| name.contains(want.as_str())))
    }

    /// The failed tool call is what was asked for, its execution by the span of its thread's where the row names none.
    /// Neither a host nor a credential is said of one.
    pub fn tool_call(&self, call: &ToolCall, joins: &Joins, symbols: &Symbols) -> bool {
        let said = self.host.is_none() && self.identity.is_none();
        let is = |want: &Option<String>, have| want.as_ref().is_none_or(|want| symbols.get(have) == want);
        let runs = |want: &String| match call.execution {
            Some(execution) => symbols.text(execution) == want,
            None => joins.executions.iter().any(|(execution, span)| {
                symbols.text(*execution) == want
                    && span.thread.is_some()
                    && span.thread == call.thread
                    && (span.first..=span.last).contains(&call.ended)
            }),
        };
        said && !call.context
            && self.in_window(call.ended)
            && is(&self.thread, call.thread)
            && is(&self.tool, call.tool)
            && is(&self.service, call.service)
            && is(&self.pod, call.pod)
            && self.integration.as_ref().is_none_or(|want| holds(symbols.get(call.tool), want))
            && self.execution.as_ref().is_none_or(runs)
    }
}

/// A tool name, a host or a secret reference that contains the word, whatever its case.
fn integration(attempt: &Attempt, symbols: &Symbols, want: &str) -> bool {
    let t = &attempt.texts;
    [t.tool, t.host, t.names, t.secret].iter().any(|have| holds(symbols.get(*have), want))
}

fn integration_row(row: &Row<'_>, want: &str) -> bool {
    [Slot::Tool, Slot::Host, Slot::Secret].iter().any(|slot| holds(&row.text(*slot), want))
}

/// The one meaning of `integration`: a part of a text, whatever its case.
fn holds(text: &str, want: &str) -> bool {
    text.to_lowercase().contains(&want.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integration(want: &str) -> Selectors {
        Selectors { integration: Some(want.to_owned()), ..Selectors::default() }
    }

    #[test]
    fn an_integration_is_the_same_for_failures_successes_and_tool_calls() {
        let mut symbols = Symbols::default();
        let mut sym = |text: &str| symbols.some(text).expect("no empty text");
        let (host, thread, tool) = (sym("api.github.example"), sym("t-1"), sym("GitHub_search"));
        let key = Key { host: Some(host), pod: None, node: None, sandbox: None, names: None };
        let call = ToolCall { thread: Some(thread), tool: Some(tool), ..ToolCall::default() };
        let joins = Joins::default();
        for want in ["github", "GitHub", "GITHUB"] {
            let asked = integration(want);
            assert!(asked.success(&key, None, &symbols, &BTreeSet::new()), "{want}");
            assert!(asked.tool_call(&call, &joins, &symbols), "{want}");
        }
        assert!(!integration("gitlab").success(&key, None, &symbols, &BTreeSet::new()));
        assert!(!integration("gitlab").tool_call(&call, &joins, &symbols));
    }

    #[test]
    fn what_a_success_does_not_carry_cannot_pick_it() {
        let key = Key { host: None, pod: None, node: None, sandbox: None, names: None };
        let symbols = Symbols::default();
        let told = |asked: Selectors| asked.success(&key, None, &symbols, &BTreeSet::new());
        assert!(told(Selectors::default()));
        assert!(!told(Selectors { tool: Some("a".to_owned()), ..Selectors::default() }));
        assert!(!told(Selectors { service: Some("a".to_owned()), ..Selectors::default() }));
    }
}
