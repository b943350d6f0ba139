//! What the shop and the stores sell.

/// An article: name, category, price in cents.
pub(super) type Product = (&'static str, &'static str, u32);

/// The assortment, what sells best first.
#[rustfmt::skip]
pub(super) const PRODUCTS: &[Product] = &[
    ("House blend coffee 1 kg", "coffee", 1890), ("Espresso roast 500 g", "coffee", 1290),
    ("Decaf roast 500 g", "coffee", 1340), ("Single origin Ethiopia 250 g", "coffee", 1150),
    ("Single origin Colombia 250 g", "coffee", 1090), ("Paper filters, 200", "accessories", 690),
    ("Breakfast tea, 100 bags", "tea", 850), ("Green tea 250 g", "tea", 1420), ("Chai mix 300 g", "tea", 990),
    ("Oat biscuits", "pantry", 450), ("Dark chocolate 85 %", "pantry", 390), ("Ginger syrup", "pantry", 790),
    ("Stoneware mug", "tableware", 1450), ("Espresso cups, set of 4", "tableware", 3290),
    ("Travel mug 350 ml", "tableware", 2490), ("Glass carafe", "tableware", 2890),
    ("Descaler 1 l", "accessories", 1190), ("Milk jug, steel", "accessories", 2190),
    ("Tamper 58 mm", "accessories", 3490), ("Kitchen scale with timer", "accessories", 4990),
    ("Pour-over dripper", "brewers", 2690), ("French press 1 l", "brewers", 3990), ("Moka pot, 6 cups", "brewers", 4490),
    ("Cold brew bottle", "brewers", 3190), ("Hand grinder", "grinders", 8900), ("Burr grinder", "grinders", 18900),
    ("Kettle with thermostat", "brewers", 9900), ("Milk frother", "accessories", 5990),
    ("Filter machine", "machines", 15900), ("Capsule machine", "machines", 12900),
    ("Espresso machine, one group", "machines", 64900), ("Bean-to-cup machine", "machines", 89900),
    ("Subscription, three months", "subscription", 7900), ("Gift card", "subscription", 5000),
    ("Barista course", "subscription", 11900), ("Machine service", "subscription", 14900),
];

/// What a reviewer says, by stars from one to five.
#[rustfmt::skip]
pub(super) const OPINIONS: [&[&str]; 5] = [
    &["Broke after a week and nobody answered my mails.", "Arrived damaged. Never again.",
      "Not what was pictured, and the refund took a month.", "Stale on arrival, very disappointed."],
    &["Slow delivery and a dented box.", "Too expensive for what it is.", "Worked at first, then it started to leak.",
      "Instructions are useless."],
    &["Does what it should, nothing more.", "Good product, poor packaging.", "Okay for the price.",
      "Took longer than promised, but fine."],
    &["Happy with it, would buy again.", "Good quality and quick delivery.", "Nice, though the lid is a bit loose.",
      "Friendly service, solid product."],
    &["Exactly what I was looking for.", "Best cup I have had at home.", "Great quality, arrived the next day.",
      "A present for my sister, she loves it.", "Third order already. Perfect as always."],
];

/// Subjects of support cases; `{}` stands for the article.
pub(super) const COMPLAINTS: &[&str] = &[
    "{} arrived damaged",
    "{} is not as described",
    "Charged twice for {}",
    "{} never arrived",
    "Wrong article instead of {}",
];

/// Subjects of questions.
pub(super) const QUESTIONS: &[&str] =
    &["Can I still cancel {}?", "Is {} back in stock soon?", "Where is my order of {}?", "Invoice for {}"];

/// Subjects of returns.
pub(super) const RETURNS: &[&str] = &["Return of {}", "{} was a present that we have twice", "Exchange {}"];
