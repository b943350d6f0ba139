//! Disjoint sets over dense record numbers.

#[cfg(test)]
mod tests;

/// Disjoint sets of the records `0..n`, four bytes each; a set is represented by its smallest member.
///
/// The larger root is linked below the smaller one and paths are halved on the way up (Tarjan and van
/// Leeuwen, "Worst-case analysis of set union algorithms", 1984): at worst `O(log n)` amortised, in practice
/// constant.
#[derive(Debug, Clone)]
pub struct UnionFind {
    /// Never greater than the record itself, which lets [`UnionFind::into_labels`] finish in one pass.
    parent: Vec<u32>,
}

impl UnionFind {
    /// As many sets as records, fewer than `u32::MAX`.
    pub fn new(records: usize) -> Self {
        Self { parent: (0..records as u32).collect() }
    }

    /// The smallest member of the set of `record`.
    ///
    /// # Panics
    /// If `record` is not among the records.
    pub fn find(&mut self, record: u32) -> u32 {
        let mut at = record;
        loop {
            let up = self.parent[at as usize];
            if up == at {
                return at;
            }
            let above = self.parent[up as usize];
            self.parent[at as usize] = above;
            at = above;
        }
    }

    /// Joins two sets; false if they were one already.
    ///
    /// # Panics
    /// If either is not among the records.
    pub fn union(&mut self, left: u32, right: u32) -> bool {
        let (left, right) = (self.find(left), self.find(right));
        let (root, gone) = (left.min(right), left.max(right));
        self.parent[gone as usize] = root;
        root != gone
    }

    /// For each record the smallest member of its set.
    pub fn into_labels(self) -> Vec<u32> {
        let mut labels = self.parent;
        for record in 0..labels.len() {
            labels[record] = labels[labels[record] as usize];
        }
        labels
    }
}

/// Connected components of an undirected graph: for each record the smallest member of its component.
///
/// # Panics
/// If an edge names a record that is not below `records`.
pub fn components(records: usize, edges: impl Iterator<Item = (u32, u32)>) -> Vec<u32> {
    let mut sets = UnionFind::new(records);
    for (left, right) in edges {
        sets.union(left, right);
    }
    sets.into_labels()
}
