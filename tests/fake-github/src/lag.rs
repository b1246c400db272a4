//! Eventual consistency: what was just written is not there for the next few who ask.

use std::collections::HashMap;

/// What was written lately and how many more reads miss it.
#[derive(Debug, Default, Clone)]
pub struct Lag {
    reads: u32,
    hidden: HashMap<String, u32>,
    touched: Vec<String>,
}

impl Lag {
    /// From now on, so many requests that ask for a new thing do not see it.
    pub fn set(&mut self, reads: u32) {
        self.reads = reads;
        if reads == 0 {
            self.hidden.clear();
        }
    }

    /// This is new.
    pub fn wrote(&mut self, what: String) {
        if self.reads > 0 {
            self.hidden.insert(what, self.reads);
        }
    }

    /// Whether it is still missing to the request that is being answered.
    pub fn hides(&mut self, what: &str) -> bool {
        let hidden = self.hidden.contains_key(what);
        if hidden && !self.touched.iter().any(|touched| touched == what) {
            self.touched.push(what.to_owned());
        }
        hidden
    }

    /// The request is answered.
    pub fn answered(&mut self) {
        for what in self.touched.drain(..) {
            if let Some(left) = self.hidden.get_mut(&what) {
                *left -= 1;
                if *left == 0 {
                    self.hidden.remove(&what);
                }
            }
        }
    }
}
