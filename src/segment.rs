//! The Segment Profile API, call by call: list, traits, external ids; cursors to their end (API_FACTS.md part A).
