//! The small embedded model in its own process: schema-bound answers, one item a call.
