//! Words of street addresses, abbreviated.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::folding::fold;

/// Words and their canonical form, by kind. The forms follow the abbreviations that the postal service of
/// the United States recommends, with the usual ones of other countries added.
const ABBREVIATIONS: &[(&str, &str)] = &[
    // Directions.
    ("n", "north norte nord"),
    ("s", "south sur sud"),
    ("e", "east este ost"),
    ("w", "west oeste ouest"),
    ("ne", "northeast"),
    ("nw", "northwest"),
    ("se", "southeast"),
    ("sw", "southwest"),
    // Street types.
    ("aly", "alley allee ally"),
    ("ave", "avenue av aven avenu avn avnue avenida avda"),
    ("blvd", "boulevard boul bd boulv"),
    ("br", "branch brnch"),
    ("brg", "bridge brdge"),
    ("byp", "bypass"),
    ("cir", "circle circ circl crcl"),
    ("cl", "close"),
    ("clf", "cliff"),
    ("cmn", "common"),
    ("cor", "corner"),
    ("cswy", "causeway"),
    ("ct", "court crt"),
    ("ctr", "center centre cntr"),
    ("cv", "cove"),
    ("cres", "crescent cresc"),
    ("crk", "creek"),
    ("xing", "crossing"),
    ("dr", "drive driv drv doctor"),
    ("est", "estate"),
    ("expy", "expressway expwy"),
    ("ext", "extension"),
    ("fls", "falls"),
    ("frst", "forest"),
    ("ft", "fort"),
    ("fwy", "freeway"),
    ("gdns", "gardens"),
    ("gdn", "garden"),
    ("gln", "glen"),
    ("grn", "green"),
    ("grv", "grove"),
    ("hbr", "harbor harbour"),
    ("hl", "hill"),
    ("hls", "hills"),
    ("holw", "hollow"),
    ("hts", "heights"),
    ("hwy", "highway hway hiway"),
    ("is", "island"),
    ("jct", "junction"),
    ("ln", "lane"),
    ("lk", "lake"),
    ("lks", "lakes"),
    ("mdw", "meadow"),
    ("mdws", "meadows"),
    ("ml", "mill"),
    ("mnr", "manor"),
    ("mt", "mount"),
    ("mtn", "mountain"),
    ("orch", "orchard"),
    ("pkwy", "parkway pkway pky"),
    ("pl", "place"),
    ("pln", "plain"),
    ("plns", "plains"),
    ("plz", "plaza plaz piazza"),
    ("pnes", "pines"),
    ("pt", "point"),
    ("prt", "port"),
    ("rd", "road"),
    ("rdg", "ridge"),
    ("riv", "river"),
    ("rnch", "ranch"),
    ("rte", "route"),
    ("shr", "shore"),
    ("spg", "spring"),
    ("spgs", "springs"),
    ("sq", "square"),
    ("st", "street str strt saint sankt rue calle via"),
    ("sta", "station"),
    ("smt", "summit"),
    ("ter", "terrace terr"),
    ("trl", "trail"),
    ("tpke", "turnpike"),
    ("un", "union"),
    ("vly", "valley"),
    ("vw", "view"),
    ("vlg", "village"),
    ("vis", "vista"),
    ("wy", "way"),
    ("wk", "walk"),
    // Units. An apartment number is written in many ways for the same door.
    ("unit", "apartment apt appartement apto wohnung whg flat"),
    ("ste", "suite"),
    ("fl", "floor flr etage"),
    ("rm", "room"),
    ("bldg", "building bld gebaude"),
    ("dept", "department"),
    ("bsmt", "basement"),
    ("ph", "penthouse"),
    // Ordinals.
    ("1st", "first"),
    ("2nd", "second"),
    ("3rd", "third"),
    ("4th", "fourth"),
    ("5th", "fifth"),
    ("6th", "sixth"),
    ("7th", "seventh"),
    ("8th", "eighth"),
    ("9th", "ninth"),
    ("10th", "tenth"),
];

static CANONICAL: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let pairs = ABBREVIATIONS.iter();
    pairs.flat_map(|(form, words)| words.split(' ').map(move |word| (word, *form))).collect()
});

/// Calls `visit` with each canonical token of an address, in order.
pub(crate) fn for_each_token(text: &str, mut visit: impl FnMut(&str)) {
    let mut folded = String::with_capacity(text.len() + 8);
    if text.contains('#') {
        fold(&text.replace('#', " unit "), &mut folded);
    } else {
        fold(text, &mut folded);
    }
    let mut words = folded.split(' ').filter(|word| !word.is_empty()).peekable();
    let mut last = "";
    while let Some(word) = words.next() {
        let token = match (word, words.peek().copied()) {
            ("north" | "n", Some("east")) => joined(&mut words, "ne"),
            ("north" | "n", Some("west")) => joined(&mut words, "nw"),
            ("south" | "s", Some("east")) => joined(&mut words, "se"),
            ("south" | "s", Some("west")) => joined(&mut words, "sw"),
            ("p", Some("o")) => joined(&mut words, "po"),
            _ => CANONICAL.get(word).copied().unwrap_or(word),
        };
        // "Apt. #4" names the unit twice.
        if token == "unit" && last == "unit" {
            continue;
        }
        last = token;
        match street_stem(token) {
            Some(stem) => {
                visit(stem);
                visit("st");
            }
            None if token == "strasse" => visit("st"),
            None => visit(token),
        }
    }
}

/// The name in a German street that is written as one word: `haupt` of `hauptstrasse` and `hauptstr`.
fn street_stem(token: &str) -> Option<&str> {
    let stem = token.strip_suffix("strasse").or_else(|| token.strip_suffix("str"))?;
    (stem.len() >= 3).then_some(stem)
}

fn joined<'a>(words: &mut impl Iterator<Item = &'a str>, token: &'static str) -> &'static str {
    words.next();
    token
}
