//! What the name of a column says that it is.

use onefold_udfs::recognize::fold;

use super::meaning::Meaning;

/// Names of columns in several languages, without case, signs and digits at the end, and what they mean.
const NAMES: &[(Meaning, &str)] = &[
    (
        Meaning::GivenName,
        "first firstn firstname firstnames firstnm fname fnm forename forenames fornamn fornavn frstname frstnm fstname \
         given givenname givennames givennm imie imya namefirst nombre nombres nomedebatismo prenom primernombre \
         primeironome voornaam vorname vornamen rufname christianname",
    ),
    (
        Meaning::MiddleName,
        "mi midname middle middleinit middleinitial middlename middlenames middlenm midlname mname namemiddle \
         patronymic segundonombre zweitname",
    ),
    (
        Meaning::FamilyName,
        "achternaam apellido apellidos birthname cognome efternamn etternavn family familienname familyname familynm \
         geburtsname last lastn lastname lastnames lastnm lname lnm lstname maidenname nachname namelast nazwisko \
         nomdefamille primerapellido secondname segundoapellido sname sobrenome surname surnames zuname",
    ),
    (
        Meaning::FullName,
        "clientname contactname customername displayname employeename firstandlastname firstandsurname fullname \
         fullnm membername namefull nombrecompleto nomcomplet nomecompleto patientname personname studentname username \
         vollername votername guestname subscribername holdername ownername cardholder cardholdername",
    ),
    (Meaning::Name, "name names nm title label heading nom nome bezeichnung"),
    (
        Meaning::BirthDate,
        "bday bdate bdt birth birthdate birthday birthdt birthdte born datadinascita datanascimento datanascita datebirth \
         datedenaissance datenaissance dateofbirth dateofbirthday dob dobdt dtbirth dtnasc dtnascimento fechadenacimiento \
         fechanac fechanacimiento fecnac fodelsedatum fodselsdato geb gebdat geboortedatum geburt geburtsdatum \
         geburtstag nascimento birthdateymd birthtimestamp",
    ),
    (
        Meaning::BirthYear,
        "anionacimiento anneenaissance anonacimiento birthyear birthyr by dobyear dobyr geburtsjahr yearofbirth yob",
    ),
    (Meaning::BirthMonth, "birthmonth birthmon bm dobmonth geburtsmonat mob monthofbirth"),
    (Meaning::BirthDay, "bd birthdayofmonth dayofbirth dobday"),
    (Meaning::Age, "age alder alter edad eta idade"),
    (
        Meaning::Email,
        "correo correoelectronico courriel eaddress email emailaddr emailaddress emailid emails epost eposta mailid \
         electronicmail",
    ),
    (
        Meaning::Phone,
        "cell cellnumber cellphone celular contactno contactnumber fax fono gsm handy handynummer homephone landline mobil \
         mobile mobileno mobilenumber mobilephone mobiltelefon movil msisdn numerodetelefono numerotelefono phone phoneno \
         phonenum phonenumber ph rufnummer tel telefon telefone telefonnr telefonnummer telefono teleph telephone \
         telephoneno telephonenumber telno telnr workphone",
    ),
    (
        Meaning::Street,
        "addr address addresses addressfull addressline addressline1 addrfull addrline addrline1 adres adress adresse \
         anschrift calle direccion domicilio endereco fulladdress hausanschrift homeaddress indirizzo mailaddr \
         mailingaddress rua rue str strasse streetaddr streetaddress streetname street streetnm streetline postaladdress \
         residence residentialaddress via",
    ),
    (
        Meaning::HouseNumber,
        "hausnr hausnummer houseno housenr housenum housenumber streetno streetnr streetnum streetnumber numerodecasa \
         buildingnumber civico",
    ),
    (
        Meaning::Place,
        "addrcity bundesland canton cidade citta city cityname ciudad comune country countrycode county departement \
         district estado kanton kommune land localidad locality municipality nation ort pais paese pays place plaats \
         poblacion posttown province provincia provinz region stad stadt state statecode stateprov suburb town township \
         village ville wohnort adminarea",
    ),
    (
        Meaning::Postcode,
        "cap cep codepostal codigopostal codpostal cp kodpocztowy pcode pincode plz postal postalcd postalcode postcd \
         postcode postleitzahl postnr postnummer zip zipcd zipcode zippostal zippostalcode eircode",
    ),
    (
        Meaning::Identifier,
        "accountno accountnumber cardno cardnumber citizenid cnp cpf curp dl dlno dlnumber dni driverlicense \
         driverslicense driverslicensenumber duns dunsnumber ean ein gtin iban idcard identitynumber idnumber imei isbn \
         isin issn lei leinumber licensenumber licenceno loyaltyno loyaltynumber medicareno memberno membershipno \
         membershipnumber mrn nationalid nationalidnumber nhs nhsno nhsnumber nie nif nik nino npi passport passportno \
         passportnumber personalnumber personnummer pesel rut sin socialsecurity socialsecurityno socialsecuritynumber \
         socsec socsecid ssn ssnnumber steuerid steuernummer sv svnr taxid taxidnumber taxno tin tsn upc ustid vat vatid \
         vatno vatnumber vin",
    ),
    (
        Meaning::BirthPlace,
        "birthcity birthcountry birthplace birthstate cityofbirth countryofbirth geburtsort lieudenaissance lugarnacimiento placeofbirth",
    ),
    (
        Meaning::Category,
        "beruf citizenship ethnicity ethnic gender genero geschlecht job jobtitle maritalstatus nationality occupation \
         profession race religion salutation sex sexe sexo title2 familienstand anrede",
    ),
    (
        Meaning::Organization,
        "business businessname company companyname employer employername empresa entreprise firm firma firmname \
         institution legalname manufacturer organisation organisationname organization organizationname orgname publisher \
         unternehmen venue vendor brand affiliation",
    ),
    (
        Meaning::Text,
        "abstract authors author comment description desc descr notes subject summary song songname album artist artistname product productname",
    ),
    (Meaning::Number, "amount cost height length price salary weight width"),
    (Meaning::Latitude, "lat latitude"),
    (Meaning::Longitude, "lng lon long longitude"),
    (Meaning::Year, "year yr pubyear publicationyear jahr anno annee ano"),
    (Meaning::NameSuffix, "generation namesuffix suffix namesuf suf"),
];

/// Words of a name that say whose value it is, or how it is stored, and not what.
const NOISE: &str = "account acct alt alternate app applicant billing bill c client cd clean cleaned cleansed cli code col \
    column contact crm cstmr cur current cus cust customer data desc employee emp fake field fld formatted guest holder \
    home in legal mailing main master member my native no norm normalised normalized num number of orig original our owner p \
    pat patient person personal pri primary private raw rec record res resident residential secondary ship shipping src \
    std string student subscriber text the tx txt usr user val value voter vw work";

/// Words of a name of a column that keeps the books about a record and says nothing about a person.
const BOOKKEEPING: &str = "aenderung angelegt batch changed checksum crc created creation date_added deleted edited erstellt etag etl \
    expires extracted geaendert hash imported ingested inserted lastlogin lastseen load loaded login metaphone modified \
    modification nysiis processed recorded refreshed rowid rowversion signup snapshot soundex synced timestamp ts updated \
    update valid version";

/// What the name of a column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// That it is this.
    Is(Meaning),
    /// That it keeps the books.
    Bookkeeping,
    /// Nothing.
    None,
}

/// What a name says: as a whole, without words that say nothing, or by its words.
pub fn hint(name: &str) -> Hint {
    let words = words(name);
    let whole = words.concat();
    if let Some(meaning) = named(&whole) {
        return Hint::Is(meaning);
    }
    let is_noise = |word: &String| NOISE.split_whitespace().any(|noise| noise == word);
    let telling: Vec<String> = words.iter().filter(|word| !is_noise(word)).cloned().collect();
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    if words.iter().any(|word| BOOKKEEPING.split_whitespace().any(|book| book == word))
        && !has(&["birth", "dob"])
    {
        return Hint::Bookkeeping;
    }
    if has(&["type", "status", "flag", "category", "kind"]) {
        return Hint::Is(Meaning::Category);
    }
    // A second line of an address is of a building or a part of the town.
    if has(&["2", "two", "line2", "addr2", "address2"])
        && has(&["addr", "address", "street", "line", "addr2", "address2"])
    {
        return Hint::Is(Meaning::Street);
    }
    if let Some(meaning) = named(&telling.concat()) {
        return Hint::Is(meaning);
    }
    let joined = telling.join(" ");
    let found =
        if has(&["birth", "born", "geburts", "naissance", "nacimiento", "dob", "nascita", "nascimento"]) {
            match () {
                () if has(&["place", "city", "country", "state", "town", "ort"]) => Some(Meaning::BirthPlace),
                () if has(&["year", "yr", "jahr"]) => Some(Meaning::BirthYear),
                () if has(&["month", "mon", "monat"]) => Some(Meaning::BirthMonth),
                () if has(&["day"]) && !has(&["date"]) => Some(Meaning::BirthDay),
                () => Some(Meaning::BirthDate),
            }
        } else if has(&["email", "emails", "correo", "courriel"]) || has(&["mail"]) && has(&["e", "id"]) {
            Some(Meaning::Email)
        } else if has(&[
            "phone",
            "telephone",
            "tel",
            "mobile",
            "cell",
            "cellphone",
            "telefon",
            "telefono",
            "fax",
            "msisdn",
        ]) {
            Some(Meaning::Phone)
        } else if has(&["zip", "postcode", "postal", "plz", "zipcode", "postalcode"]) {
            Some(Meaning::Postcode)
        } else if has(&[
            "city", "town", "suburb", "state", "county", "country", "province", "ciudad", "ort", "stadt",
            "ville",
        ]) {
            Some(Meaning::Place)
        } else if has(&["addr", "address", "street", "strasse", "direccion", "anschrift", "adresse"]) {
            let number = has(&["number", "num", "no", "nr"]);
            Some(if number { Meaning::HouseNumber } else { Meaning::Street })
        } else if has(&[
            "ssn", "passport", "nif", "dni", "cpf", "vat", "isbn", "duns", "license", "licence", "ssnumber",
            "nino",
        ]) || joined.contains("tax id")
            || joined.contains("national id")
        {
            Some(Meaning::Identifier)
        } else if has(&["name", "nm", "nam", "names", "n"])
            || words.last().is_some_and(|word| word.ends_with("name"))
        {
            match () {
                () if has(&["first", "given", "fore", "frst", "fst"])
                    && !has(&["last", "surname", "family"]) =>
                {
                    Some(Meaning::GivenName)
                }
                () if has(&["middle", "mid"]) => Some(Meaning::MiddleName),
                () if has(&["last", "family", "sur", "lst", "maiden"]) && !has(&["first", "given"]) => {
                    Some(Meaning::FamilyName)
                }
                () if has(&["company", "org", "organization", "business", "firm", "employer"]) => {
                    Some(Meaning::Organization)
                }
                () if has(&["full", "first"]) => Some(Meaning::FullName),
                () if has(&["file", "table", "system", "source", "database"]) => return Hint::Bookkeeping,
                () => Some(Meaning::Name),
            }
        } else {
            // The last word that says something names the thing; the one before it says of what kind it is.
            telling.iter().rev().find_map(|word| named(word).filter(|_| word.len() > 2))
        };
    found.map_or(Hint::None, Hint::Is)
}

fn named(name: &str) -> Option<Meaning> {
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let found = NAMES.iter().find(|(_, names)| names.split_whitespace().any(|known| known == name));
    found.filter(|_| !name.is_empty()).map(|(meaning, _)| *meaning)
}

/// The words of a name in lower case: parted by signs, by a capital after a small letter, and by digits after letters.
fn words(name: &str) -> Vec<String> {
    let mut parted = String::with_capacity(name.len() + 4);
    let mut last = ' ';
    for letter in name.chars() {
        let new =
            letter.is_uppercase() && last.is_lowercase() || letter.is_ascii_digit() && last.is_alphabetic();
        if new {
            parted.push(' ');
        }
        parted.push(letter);
        last = letter;
    }
    fold(&parted).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_many_styles_and_languages_are_understood() {
        use Meaning::*;
        let expected: &[(&str, Meaning)] = &[
            ("first_name", GivenName),
            ("firstName", GivenName),
            ("FIRST_NM", GivenName),
            ("cust_fname", GivenName),
            ("PRIMARY_NAME_FIRST", GivenName),
            ("Vorname", GivenName),
            ("prénom", GivenName),
            ("fname_c1", GivenName),
            ("midl_name", MiddleName),
            ("middle_name", MiddleName),
            ("LastName", FamilyName),
            ("lname_c1", FamilyName),
            ("apellidos", FamilyName),
            ("PRIMARY_NAME_LAST", FamilyName),
            ("nachname", FamilyName),
            ("first_and_surname", FullName),
            ("PRIMARY_NAME_FULL", FullName),
            ("customer name", FullName),
            ("DOB", BirthDate),
            ("birthDt", BirthDate),
            ("fecha_nacimiento", BirthDate),
            ("Geb_Dat", BirthDate),
            ("date_of_birth", BirthDate),
            ("birth_year", BirthYear),
            ("by", BirthYear),
            ("e_mail_addr", Email),
            ("EMAIL_ADDRESS", Email),
            ("correo", Email),
            ("tel1", Phone),
            ("full_phone_num", Phone),
            ("mobile_phone", Phone),
            ("PHONE_NUMBER", Phone),
            ("PLZ", Postcode),
            ("codigo_postal", Postcode),
            ("ADDR_POSTAL_CODE", Postcode),
            ("postcode_fake", Postcode),
            ("zip_code", Postcode),
            ("res_city_desc", Place),
            ("ADDR_STATE", Place),
            ("street_number", HouseNumber),
            ("house_num", HouseNumber),
            ("address_1", Street),
            ("address_2", Street),
            ("ADDR_LINE1", Street),
            ("mail_addr1", Street),
            ("direccion", Street),
            ("soc_sec_id", Identifier),
            ("PASSPORT_NUMBER", Identifier),
            ("birth_place", BirthPlace),
            ("birth_state", BirthPlace),
            ("gender_code", Category),
            ("ADDR_TYPE", Category),
            ("company", Organization),
            ("PRIMARY_NAME_ORG", Organization),
        ];
        for (name, meaning) in expected {
            assert_eq!(hint(name), Hint::Is(*meaning), "{name}");
        }
        for name in ["updated_at", "createdAt", "last_login", "soundex_last", "load_ts", "source_file_name"] {
            assert_eq!(hint(name), Hint::Bookkeeping, "{name}");
        }
        for name in ["c1", "column7", "x", "foo_bar"] {
            assert_eq!(hint(name), Hint::None, "{name}");
        }
    }
}
