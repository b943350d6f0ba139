//! The places where people of the example live.

/// A city, the first of its hundred postcodes, and its telephone area.
pub(super) type City = (&'static str, u32, u32);

/// Cities, large ones first.
#[rustfmt::skip]
pub(super) const CITIES: &[City] = &[
    ("New York", 10001, 212), ("Los Angeles", 90001, 213), ("Chicago", 60601, 312), ("Houston", 77001, 713),
    ("Phoenix", 85001, 602), ("Philadelphia", 19101, 215), ("San Antonio", 78201, 210), ("San Diego", 92101, 619),
    ("Dallas", 75201, 214), ("Austin", 78701, 512), ("Jacksonville", 32201, 904), ("Columbus", 43201, 614),
    ("Charlotte", 28201, 704), ("Indianapolis", 46201, 317), ("San Francisco", 94101, 415), ("Seattle", 98101, 206),
    ("Denver", 80201, 303), ("Nashville", 37201, 615), ("Oklahoma City", 73101, 405), ("Boston", 2101, 617),
    ("Portland", 97201, 503), ("Las Vegas", 89101, 702), ("Detroit", 48201, 313), ("Memphis", 38101, 901),
    ("Louisville", 40201, 502), ("Baltimore", 21201, 410), ("Milwaukee", 53201, 414), ("Albuquerque", 87101, 505),
    ("Tucson", 85701, 520), ("Fresno", 93701, 559), ("Sacramento", 95801, 916), ("Kansas City", 64101, 816),
    ("Atlanta", 30301, 404), ("Omaha", 68101, 402), ("Raleigh", 27601, 919), ("Miami", 33101, 305),
    ("Minneapolis", 55401, 612), ("Tulsa", 74101, 918), ("Tampa", 33601, 813), ("New Orleans", 70112, 504),
    ("Wichita", 67201, 316), ("Cleveland", 44101, 216), ("Lexington", 40501, 859), ("Honolulu", 96801, 808),
    ("Saint Paul", 55101, 651), ("Cincinnati", 45201, 513), ("Pittsburgh", 15201, 412), ("Anchorage", 99501, 907),
    ("Lincoln", 68501, 402), ("Orlando", 32801, 407), ("Buffalo", 14201, 716), ("Madison", 53701, 608),
    ("Reno", 89501, 775), ("Durham", 27701, 919), ("Norfolk", 23501, 757), ("Boise", 83701, 208),
    ("Richmond", 23218, 804), ("Spokane", 99201, 509), ("Rochester", 14601, 585), ("Des Moines", 50301, 515),
    ("Tacoma", 98401, 253), ("Salt Lake City", 84101, 801), ("Little Rock", 72201, 501), ("Providence", 2901, 401),
    ("Knoxville", 37901, 865), ("Eugene", 97401, 541), ("Savannah", 31401, 912), ("Burlington", 5401, 802),
];

/// Street names without their kind.
#[rustfmt::skip]
pub(super) const STREETS: &[&str] = &[
    "Main", "Oak", "Maple", "Park", "Cedar", "Elm", "Washington", "Lake", "Hill", "Pine", "Walnut", "Spring",
    "North", "Ridge", "Church", "Willow", "Mill", "Sunset", "Railroad", "Jackson", "River", "Highland", "Forest",
    "Center", "Meadow", "Chestnut", "Franklin", "College", "Spruce", "Cherry", "Dogwood", "Hickory", "Lincoln",
    "Valley", "Poplar", "Madison", "Jefferson", "Birch", "Locust", "Adams", "Magnolia", "Prospect", "Sycamore",
    "Grant", "Laurel", "Orchard", "Union", "Water", "Liberty", "Garden", "Bridge", "Canal", "Harbor", "Juniper",
    "Vine", "Fairview", "Monroe", "Pleasant", "Grove", "School", "Summit", "Clinton", "Dewey", "Aspen", "Colonial",
    "Beech", "Brook", "Canyon", "Cypress", "Delaware", "Fulton", "Granite", "Heron", "Ivy", "Kestrel", "Larch",
    "Linden", "Mulberry", "Orchid", "Quarry", "Raven", "Sage", "Sherwood", "Tamarack", "Trinity", "Violet",
    "Windsor", "Woodland", "Yale", "Zinnia",
];

/// Kinds of street, in full and as people shorten them.
pub(super) const STREET_KINDS: &[(&str, &str)] = &[
    ("Street", "St"),
    ("Avenue", "Ave"),
    ("Road", "Rd"),
    ("Drive", "Dr"),
    ("Lane", "Ln"),
    ("Court", "Ct"),
    ("Boulevard", "Blvd"),
    ("Place", "Pl"),
];
