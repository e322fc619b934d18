//! Runs tasks: performs the agent's effects with the capabilities.
