//! A map of limited size.

use std::collections::HashMap;
use std::hash::Hash;

/// A map that forgets the entries that were not used for the longest time.
pub(crate) struct Cache<K, V> {
    entries: HashMap<K, Entry<V>>,
    capacity: usize,
    /// The number of uses, which orders the entries.
    uses: u64,
}

struct Entry<V> {
    value: V,
    used: u64,
}

impl<K: Eq + Hash, V> Cache<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { entries: HashMap::new(), capacity, uses: 0 }
    }

    pub(crate) fn get<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.uses += 1;
        let entry = self.entries.get_mut(key)?;
        entry.used = self.uses;
        Some(&mut entry.value)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.make_room(&key);
        self.uses += 1;
        self.entries.insert(key, Entry { value, used: self.uses });
    }

    /// Returns the value of a key, which is made if there is none.
    pub(crate) fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        self.make_room(&key);
        self.uses += 1;
        let used = self.uses;
        let entry = self.entries.entry(key).or_insert_with(|| Entry { value: make(), used });
        entry.used = used;
        &mut entry.value
    }

    pub(crate) fn remove<Q>(&mut self, key: &Q)
    where
        K: std::borrow::Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.entries.remove(key);
    }

    /// Forgets the older half at once, so that each insertion takes constant time on average.
    fn make_room(&mut self, key: &K) {
        if self.entries.len() < self.capacity || self.entries.contains_key(key) {
            return;
        }
        let mut used: Vec<u64> = self.entries.values().map(|entry| entry.used).collect();
        let middle = used.len() / 2;
        let (_, &mut median, _) = used.select_nth_unstable(middle);
        self.entries.retain(|_, entry| entry.used > median);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unused_entries_are_forgotten_first() {
        let mut cache = Cache::new(4);
        for key in 0..4 {
            cache.insert(key, key * 10);
        }
        assert_eq!(cache.get(&0), Some(&mut 0));
        cache.insert(4, 40);
        assert_eq!(cache.get(&0), Some(&mut 0));
        assert_eq!(cache.get(&1), None);
        assert_eq!(cache.get(&4), Some(&mut 40));
        for key in 5..1000 {
            cache.insert(key, key);
        }
        assert!(cache.entries.len() <= 4);
        cache.remove(&999);
        assert_eq!(cache.get(&999), None);
    }

    #[test]
    fn a_capacity_of_one_works() {
        let mut cache = Cache::new(1);
        cache.insert("a", 1);
        cache.insert("b", 2);
        assert_eq!(cache.get("a"), None);
        assert_eq!(cache.get("b"), Some(&mut 2));
    }
}
