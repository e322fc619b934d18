//! The logic of a task as a state machine without IO (invariant I4).
//!
//! A task's state is a fold over its events ([`Task::apply`]), and what is to be done next is a pure function of the
//! state ([`Task::next`]). The engine performs what `next` says, appends what came of it as events, applies them, and
//! asks again. Resuming after a crash is therefore nothing special: replay the events, ask `next`.
//!
//! Architecture invariants: no async, no clock, no randomness, no files; time enters only as the `at` of events.

mod apply;
mod budget;
mod call;
mod conversation;
mod next;
mod skills;
mod sub_agent;
mod task;
mod touched;
mod turn_model;
pub mod variables;

pub use call::{Asked, Call, Decided, Ran, Replaced, SaidYes, Stage};
pub use next::{Next, Step};
pub use skills::{Skills, Used};
pub use sub_agent::{Report, SKILL, SPAWN, SubAgent};
pub use task::{OpenChange, Task, Totals};
pub use touched::Touched;
pub use variables::Variables;
