//! Built-in recipes: matching a request to a plan, and the next turn of a plan.
