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
mod schema;
mod store;
mod task;

pub use input::{NewTask, TaskChange};
pub use openapi::openapi;
pub use page::{Cursor, Page};
pub use routes::router;
pub use schema::{UnusableTable, check_table, migrations};
pub use store::{Tasks, TasksOf};
pub use task::{Description, Task, TaskId, Time, Title};
