//! Grants, rules, labels and decide: what a task may do, and why.
