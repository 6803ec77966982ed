#![doc = include_str!("../README.md")]

mod asset;
mod docs;
mod input;
mod listing;
mod openapi;
mod page;
mod problem;
mod request;
mod routes;
mod store;
mod task;

pub use input::{NewTask, TaskChange};
pub use openapi::openapi;
pub use page::{Cursor, Page};
pub use routes::router;
pub use store::{Tasks, TasksOf, migrations};
pub use task::{Description, Task, TaskId, Time, Title};
