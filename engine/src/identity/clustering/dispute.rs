//! The walk under constraints over the components that could violate them.

use std::collections::HashMap;

use super::super::union_find::UnionFind;
use super::{ALWAYS, AtMost, Edge, Never, Refusal, Verdict, ordered};

/// Stands for "no record" and "no pair".
const NONE: u32 = u32::MAX;

/// The smallest NEVER pair across two clusters, and the smallest absolute one; positions in the sorted list.
#[derive(Debug, Clone, Copy)]
struct Across {
    any: u32,
    absolute: u32,
}

/// The walk over the edges under constraints. Records of disputed components are numbered anew, densely and in their order.
pub(super) struct Dispute<'a> {
    /// The old numbers.
    members: Vec<u32>,
    /// The new numbers, [`NONE`] for records outside.
    member_of: Vec<u32>,
    sets: UnionFind,
    nevers: &'a [Never],
    /// Where a cluster's list of NEVER pairs is, by root: the slot of the longer list survives a union.
    slot: Vec<u32>,
    /// By slot, the NEVER pairs that touch the cluster.
    touching: Vec<Vec<u32>>,
    /// By the slots of two clusters, lower first.
    across: HashMap<(u32, u32), Across>,
    /// The NEVER pairs that ALWAYS brought into one cluster, by old numbers, with their positions.
    within: HashMap<(u32, u32), u32>,
    limits: &'a [AtMost],
    /// By root, one count per limit.
    counts: Vec<u32>,
}

impl<'a> Dispute<'a> {
    pub(super) fn new(
        labels: &[u32],
        disputed: &[bool],
        nevers: &'a [Never],
        limits: &'a [AtMost],
        source_of: &[u16],
    ) -> Self {
        let mut members = Vec::new();
        let mut member_of = vec![NONE; labels.len()];
        for (record, &label) in labels.iter().enumerate() {
            if disputed[label as usize] {
                member_of[record] = members.len() as u32;
                members.push(record as u32);
            }
        }

        let mut touching = vec![Vec::new(); if nevers.is_empty() { 0 } else { members.len() }];
        let mut across = HashMap::with_capacity(nevers.len());
        for (position, never) in nevers.iter().enumerate() {
            let position = position as u32;
            let (left, right) = (member_of[never.left as usize], member_of[never.right as usize]);
            touching[left as usize].push(position);
            touching[right as usize].push(position);
            let absolute = if never.absolute { position } else { NONE };
            across.insert((left, right), Across { any: position, absolute });
        }

        let mut counts = vec![0; members.len() * limits.len()];
        if !limits.is_empty() {
            for (row, &record) in counts.chunks_exact_mut(limits.len()).zip(&members) {
                let source = source_of[record as usize];
                if let Ok(column) = limits.binary_search_by_key(&source, |limit| limit.source) {
                    row[column] = 1;
                }
            }
        }

        Self {
            sets: UnionFind::new(members.len()),
            slot: (0..touching.len() as u32).collect(),
            members,
            member_of,
            nevers,
            touching,
            across,
            within: HashMap::new(),
            limits,
            counts,
        }
    }

    /// Joins the clusters of the edge if nothing forbids it.
    pub(super) fn judge(&mut self, edge: &Edge) -> Verdict {
        let left = self.member_of[edge.left as usize];
        if left == NONE {
            return Verdict::Linked;
        }
        let right = self.member_of[edge.right as usize];
        let (left, right) = ordered(self.sets.find(left), self.sets.find(right));
        let refusal = if left == right {
            self.within
                .get(&(edge.left, edge.right))
                .filter(|_| edge.rule != ALWAYS)
                .map(|&position| self.never(position))
        } else {
            self.refusal(left, right, edge.rule)
        };
        match refusal {
            Some(refusal) => Verdict::Refused(refusal),
            None => {
                if left != right {
                    self.join(left, right);
                }
                Verdict::Linked
            }
        }
    }

    /// What forbids to join two roots.
    fn refusal(&self, left: u32, right: u32, rule: u16) -> Option<Refusal> {
        if !self.touching.is_empty() {
            let (left, right) = (self.slot[left as usize], self.slot[right as usize]);
            if !self.touching[left as usize].is_empty()
                && !self.touching[right as usize].is_empty()
                && let Some(across) = self.across.get(&ordered(left, right))
            {
                let position = if rule == ALWAYS { across.absolute } else { across.any };
                if position != NONE {
                    return Some(self.never(position));
                }
            }
        }
        if rule == ALWAYS {
            return None;
        }
        let (left, right) = (left as usize * self.limits.len(), right as usize * self.limits.len());
        let exceeded = self.limits.iter().enumerate().find(|(column, limit)| {
            let (left, right) = (self.counts[left + column], self.counts[right + column]);
            left > 0 && right > 0 && left + right > limit.count
        });
        exceeded.map(|(_, limit)| Refusal::AtMost { source: limit.source, count: limit.count })
    }

    fn never(&self, position: u32) -> Refusal {
        let Never { left, right, reason, .. } = self.nevers[position as usize];
        Refusal::Never { left, right, reason }
    }

    /// Joins two roots, `root` being the smaller.
    fn join(&mut self, root: u32, gone: u32) {
        self.sets.union(root, gone);
        for column in 0..self.limits.len() {
            let count = self.counts[gone as usize * self.limits.len() + column];
            self.counts[root as usize * self.limits.len() + column] += count;
        }
        if self.touching.is_empty() {
            return;
        }

        let (mut long, mut short) = (self.slot[root as usize], self.slot[gone as usize]);
        if self.touching[long as usize].len() < self.touching[short as usize].len() {
            (long, short) = (short, long);
        }
        self.slot[root as usize] = long;
        let moved = std::mem::take(&mut self.touching[short as usize]);
        self.across.remove(&ordered(long, short));
        for &position in &moved {
            let never = self.nevers[position as usize];
            let left = self.sets.find(self.member_of[never.left as usize]);
            let right = self.sets.find(self.member_of[never.right as usize]);
            if left == right {
                self.within.insert((never.left, never.right), position);
                continue;
            }
            let far = self.slot[if left == root { right } else { left } as usize];
            self.across.remove(&ordered(short, far));
            let absolute = if never.absolute { position } else { NONE };
            let across = self.across.entry(ordered(long, far)).or_insert(Across { any: position, absolute });
            across.any = across.any.min(position);
            across.absolute = across.absolute.min(absolute);
        }
        self.touching[long as usize].extend(moved);
    }

    /// Writes the clusters over the labels of the disputed components.
    pub(super) fn relabel(mut self, labels: &mut [u32]) {
        for (member, &record) in self.members.iter().enumerate() {
            labels[record as usize] = self.members[self.sets.find(member as u32) as usize];
        }
    }
}
