//! Calls of the Engine API as events.

use std::sync::Arc;

use super::event::EventKind;
use super::event_channel::EventSender;
use crate::engine::{ApiCall, CallObserver};

/// Sends an event for each call. Whoever reads what the listener writes holds up none of them.
pub fn call_events(events: EventSender) -> CallObserver {
    Arc::new(move |call: &ApiCall| events.send(EventKind::Call(call.clone())))
}
