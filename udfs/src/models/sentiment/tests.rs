use super::aspects::{Keywords, OTHER};
use super::{beginning, is_english, sentiment};

/// What the reference implementation (vaderSentiment 3.3.2) gives.
const REFERENCE: [(&str, f64); 35] = [
    ("VADER is smart, handsome, and funny.", 0.8316),
    ("VADER is smart, handsome, and funny!", 0.8439),
    ("VADER is very smart, handsome, and funny.", 0.8545),
    ("VADER is VERY SMART, handsome, and FUNNY.", 0.9227),
    ("VADER is VERY SMART, handsome, and FUNNY!!!", 0.9342),
    ("VADER is VERY SMART, uber handsome, and FRIGGIN FUNNY!!!", 0.9469),
    ("VADER is not smart, handsome, nor funny.", -0.7424),
    ("The book was good.", 0.4404),
    ("At least it isn't a horrible book.", 0.431),
    ("The book was only kind of good.", 0.3832),
    ("The plot was good, but the characters are uncompelling and the dialog is not great.", -0.7042),
    ("Today SUX!", -0.5461),
    ("Today only kinda sux! But I'll get by, lol", 0.5249),
    ("Make sure you :) or :D today!", 0.8633),
    ("Catch utf-8 emoji such as 💘 and 💋 and 😁", 0.875),
    ("Not bad at all", 0.431),
    ("The service here is extremely good", 0.4927),
    ("It was never so good, without doubt a great day", 0.8979),
    ("We had no problems or issues", 0.3089),
    ("no good", -0.3412),
    ("This is the least helpful shop", -0.3252),
    ("At least helpful staff", 0.4215),
    ("The delivery was late and the box was damaged, but support was friendly and helped!!", 0.8168),
    ("Really? Why??? I hate it", -0.7117),
    ("yeah right, great product", 0.743),
    ("This coffee is to die for", -0.5994),
    ("It is the bomb", 0.6124),
    ("sort of nice sort of awful", -0.0516),
    ("I love it love it but love it less but hate it", 0.7482),
    ("😡 never again", 0.0),
    ("Affordable prices and good quality products", 0.4404),
    ("meh", -0.0772),
    ("I wouldn't say it is amazing", 0.5859),
    ("Never this bad before", -0.628),
    ("good good but good good bad", 0.705),
];

#[test]
fn sentiment_is_that_of_the_reference() {
    for (text, expected) in REFERENCE {
        let found = sentiment(text).compound;
        assert!((found - expected).abs() <= 5.1e-5, "{text}: {found} instead of {expected}");
    }
}

#[test]
fn words_that_decided_are_told() {
    let told = sentiment("The box was damaged, but support was friendly");
    let words: Vec<&str> = told.words.iter().map(|(word, _)| word.as_str()).collect();
    assert_eq!(words, ["damaged", "support", "friendly"]);
    assert!(told.words[0].1 < 0.0 && told.words[2].1 > 0.0);
    assert_eq!(told.label(), "positive");
}

#[test]
fn other_languages_are_told_apart() {
    assert!(is_english("The parcel arrived late and nobody answered my calls"));
    assert!(!is_english("Das Paket kam viel zu spät und niemand ging ans Telefon"));
    assert!(!is_english("Le colis est arrivé en retard et personne ne répond"));
    assert!(is_english("Great!"));
    assert!(!is_english("Отлично"));
}

#[test]
fn a_text_counts_up_to_its_128th_word() {
    let text = "fine ".repeat(128) + "awful";
    assert_eq!(beginning(&text), text.strip_suffix(" awful").unwrap());
    assert_eq!(beginning("short"), "short");
}

#[test]
fn aspects_are_found_by_words_and_phrases() {
    let keywords = Keywords::of_retail();
    assert_eq!(
        keywords.aspects("They charged my Credit Card twice, then the delivery was late"),
        ["checkout and payment", "packaging, shipping and retrieval"]
    );
    assert_eq!(keywords.aspects("Pre-order worked"), ["pre-ordering"]);
    assert_eq!(keywords.aspects("lovely"), [OTHER]);
    let own = Keywords::new([("taste", "bitter"), ("taste", "too sweet")]);
    assert_eq!(own.aspects("It is TOO  sweet for me"), ["taste"]);
    assert_eq!(own.aspects("too much, sweet"), [OTHER]);
}
