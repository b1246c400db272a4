//! Section 3: the migrations, as the database's history and the deployed commit's folder tell of them.

pub mod checksum;
pub mod folder;
pub mod history;
mod judge;
#[cfg(test)]
mod tests;
