//! What happened in one thread or execution.

use super::ask::{Ask, instant};
use super::params::Params;
use super::{Method, number, required, text};
use crate::store::StoreError;
use serde_json::Value;

pub static THREAD_LOGS: Method = Method {
    name: "thread_logs",
    help: "rows of a thread, optionally of one level",
    params: &[required("thread_key"), text("level", ""), number("limit", "50"), text("start", ""), text("end", "")],
    run: |ask, params| {
        let mut query = ask.is_quoted("thread_key", &params.text("thread_key"));
        let level = params.text("level");
        if !level.is_empty() {
            query.push_str(&format!(" AND {}", ask.level(&level)));
        }
        let rows = ask.helper(&query, params.number("limit"), &params.text("start"), &params.text("end"))?;
        Ok(ask.objects(&rows))
    },
};

pub static THREAD_TRACE: Method = Method {
    name: "thread_trace",
    help: "milestones of a thread, from mention to delivery",
    params: &[required("thread_key"), text("start", "24h"), number("limit", "500")],
    run: thread_trace,
};

pub static EXECUTION_TIMELINE: Method = Method {
    name: "execution_timeline",
    help: "all rows of an execution, in time order",
    params: &[required("execution_id")],
    run: execution_timeline,
};

/// Events that make up a trace, in the order of a turn.
const TRACE_EVENTS: [&str; 42] = [
    "mention_received",
    "thread_history_backfilled",
    "assignment_ready",
    "spawn_completed",
    "message_buffered",
    "message_stored",
    "execute_start",
    "execute_queued",
    "execute_claimed",
    "execute_started",
    "sse_connect",
    "turn_start",
    "sandbox_spawned",
    "sandbox_attached",
    "sandbox_stdin_write",
    "turn_first_output",
    "assistant_tool_use_observed",
    "tool_call_started",
    "tool_call_completed",
    "tool_result_observed",
    "subagent_status_observed",
    "command_execution_observed",
    "assistant_text_observed",
    "usage_observed",
    "result_observed",
    "turn_done",
    "execution_summary",
    "execute_complete",
    "execute_completed",
    "final_delivery_ready",
    "final_delivery_claimed",
    "final_delivery_started",
    "final_delivery_delivered",
    "final_delivery_completed",
    "final_delivery_failed",
    "final_delivery_ack_failed",
    "final_delivery_post_failed",
    "final_delivery_suppressed",
    "sse_disconnect",
    "wire_reconnecting",
    "wire_reconnect_exhausted",
    "inflight_turn_replayed",
];

fn thread_trace(ask: &mut Ask<'_>, params: &Params) -> Result<Value, StoreError> {
    let events = if ask.strict {
        TRACE_EVENTS.map(|event| format!("event:{event}")).join(" OR ")
    } else {
        let list = TRACE_EVENTS.join(",");
        format!("event:in({list}) or fields.event:in({list})")
    };
    let query = format!("{} AND ({events})", ask.is_quoted("thread_key", &params.text("thread_key")));
    let rows = ask.helper(&query, params.number("limit"), &params.text("start"), "")?;
    Ok(ask.objects(&rows))
}

fn execution_timeline(ask: &mut Ask<'_>, params: &Params) -> Result<Value, StoreError> {
    let query = ask.is("execution_id", &params.text("execution_id"));
    let mut rows = ask.helper(&query, 1000, "", "")?;
    if ask.strict {
        rows.sort_by(|a, b| a.get("_time").cmp(b.get("_time")));
    } else {
        rows.sort_by_key(instant);
    }
    Ok(ask.objects(&rows))
}
