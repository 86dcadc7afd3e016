//! Who has how much of something of which nobody may have too much.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How much each has of those who have any.
#[derive(Debug)]
pub(crate) struct Shares<K>(Mutex<HashMap<K, usize>>);

impl<K: Eq + Hash> Shares<K> {
    /// One more for `whom`, if that is not more than `share_max`.
    pub(crate) fn take(&self, whom: K, share_max: usize) -> bool {
        let mut shares = self.lock();
        if shares.get(&whom).is_some_and(|share| *share >= share_max) {
            return false;
        }
        *shares.entry(whom).or_default() += 1;
        true
    }

    /// One less for `whom`, who has one.
    pub(crate) fn give_back(&self, whom: &K) {
        let mut shares = self.lock();
        if let Some(share) = shares.get_mut(whom) {
            *share -= 1;
            if *share == 0 {
                shares.remove(whom);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K> Default for Shares<K> {
    fn default() -> Self {
        Shares(Mutex::default())
    }
}
