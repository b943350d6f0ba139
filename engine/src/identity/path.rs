//! The path of links that joined two records: of all paths, the one whose weakest link is strongest.

use std::collections::HashMap;

/// A link between two records.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// One record, as `source:key`.
    pub left: String,
    /// The other one.
    pub right: String,
    /// The rule that makes it certain.
    pub rule: Option<String>,
    /// The weight in bits.
    pub weight: Option<f64>,
}

impl Link {
    fn strength(&self) -> f64 {
        match &self.rule {
            Some(_) => f64::INFINITY,
            None => self.weight.unwrap_or(f64::NEG_INFINITY),
        }
    }
}

/// How a record is reached: the weakest link on the way, the number of links, the record before and the link to it.
type Way<'a> = (f64, usize, Option<(&'a str, &'a Link)>);

/// The links from one record to another in order, each turned so that its left record comes first; `None` if no links
/// join them. Of equally strong paths it is one of the shortest.
pub fn path(links: &[Link], from: &str, to: &str) -> Option<Vec<Link>> {
    let mut of: HashMap<&str, Vec<(&str, &Link)>> = HashMap::new();
    for link in links {
        of.entry(&link.left).or_default().push((&link.right, link));
        of.entry(&link.right).or_default().push((&link.left, link));
    }
    let mut best: HashMap<&str, Way<'_>> = HashMap::new();
    best.insert(from, (f64::INFINITY, 0, None));
    let mut done: Vec<&str> = Vec::new();
    loop {
        let open = best.iter().filter(|(record, _)| !done.contains(*record));
        let next = open.max_by(|a, b| (a.1.0).total_cmp(&b.1.0).then(b.1.1.cmp(&a.1.1)).then(b.0.cmp(a.0)));
        let (record, (weakest, steps, _)) = next.map(|(record, way)| (*record, *way))?;
        if record == to {
            break;
        }
        done.push(record);
        for (other, link) in of.get(record).into_iter().flatten() {
            let way = (weakest.min(link.strength()), steps + 1, Some((record, *link)));
            let is_better = best
                .get(other)
                .is_none_or(|known| way.0.total_cmp(&known.0).then(known.1.cmp(&way.1)).is_gt());
            if is_better && !done.contains(other) {
                best.insert(other, way);
            }
        }
    }
    let mut out = Vec::new();
    let mut here = to;
    while let Some((_, _, Some((before, link)))) = best.get(here) {
        out.push(Link { left: (*before).to_owned(), right: here.to_owned(), ..(*link).clone() });
        here = before;
    }
    out.reverse();
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(left: &str, right: &str, weight: f64) -> Link {
        Link { left: left.to_owned(), right: right.to_owned(), rule: None, weight: Some(weight) }
    }

    #[test]
    fn the_weakest_link_is_as_strong_as_it_can_be() {
        let links = [link("a", "d", 1.0), link("b", "a", 5.0), link("b", "c", 4.0), link("c", "d", 6.0)];
        let found = path(&links, "a", "d").expect("joined");
        let shown: Vec<(&str, &str)> = found.iter().map(|l| (l.left.as_str(), l.right.as_str())).collect();
        assert_eq!(shown, [("a", "b"), ("b", "c"), ("c", "d")]);
        assert_eq!(path(&links, "a", "e"), None);
    }

    #[test]
    fn a_rule_is_stronger_than_evidence() {
        let rule = Link { rule: Some("card".to_owned()), ..link("a", "c", 0.0) };
        let links = [link("a", "b", 90.0), link("b", "c", 90.0), rule];
        assert_eq!(path(&links, "a", "c").map(|p| p.len()), Some(1));
    }
}
