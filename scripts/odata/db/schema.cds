namespace shop;

aspect person { key id : Int64; name : String; score : Double; active : Boolean; born : Date; seen : Timestamp; }
entity people : person {}
entity nobody : person {}
entity orders {
    key id      : Integer;
        person  : Association to people;
        total   : Decimal(20, 2);
        note    : String not null;
        kind    : Integer;
        changed : Timestamp;
}

// For the project that joins four sources.
entity contacts {
    key id        : Integer;
        firstname : String;
        lastname  : String;
        email     : String;
        modified  : Timestamp;
}
