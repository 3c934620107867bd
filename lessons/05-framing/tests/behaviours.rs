//! What lesson 05 does.
