//! A schema as plain data: what stands in PostgreSQL's own catalogue, without what nobody made by hand.
//!
//! Every object has a name and a few fields, all as text in the server's own spelling. Two catalogues that were
//! read with the same search path can be compared field by field.

mod object;
mod queries;
mod read;

pub use object::{Catalogue, Definition, ObjectKind, ObjectName};
pub use read::{Ask, HISTORY, TextRows, read};
