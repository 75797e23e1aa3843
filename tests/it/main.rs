//! Tests without an engine.

mod corpus;
