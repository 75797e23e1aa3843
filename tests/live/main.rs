//! Tests on a real engine.
