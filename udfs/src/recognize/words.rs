//! Words that tell organisations and streets.

pub(super) const ORGANIZATIONS: &[&str] = &[
    "ab ag aps asa bhd bv co company corp corporation eg ev gmbh inc incorporated kg kgaa limited limitada llc llp lp ltd",
    "ltda mbh nv ohg oy oyj plc pllc pte pty pvt sarl sas spa sprl srl sro ug",
    "academy agency airlines associates association bakery bank bar bistro bureau cafe center centre chamber church city",
    "clinic club college committee consulting council county department diner electric electronics energy engineering",
    "enterprises federation finance financial foundation fund grill group holding holdings hospital hotel industries",
    "inn institute insurance international investments kitchen lab laboratories laboratory labs library logistics",
    "management manufacturing market media ministry museum partners pharmaceuticals pharmacy pizza pizzeria pub",
    "publishing realty restaurant salon school semiconductor services shop society software solutions steakhouse store",
    "studio stores supermarket supplies systems technologies technology trading transport trust universidad universitat",
    "universite university utilities ventures verein works",
];

pub(super) const STREETS: &[&str] = &[
    "aly alley allee ave avenue av avenida avda blvd blv boulevard calle camino carrera chaussee chemin cir circle circuit",
    "close court cove cres crescent ct cv dr drive esplanade expressway expy freeway fwy gardens gasse grove heights",
    "highway hts hwy impasse lane ln loop parade parkway pike pkwy pl place plaza platz plz promenade quai rd ridge road",
    "row rte route rua rue sq square st str straat strada strasse street ter terrace trail trl turnpike ulica via viale",
    "walk way weg",
];
