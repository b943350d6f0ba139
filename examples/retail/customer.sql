-- Who is who. A customer may have opened two accounts in the shop, carry a card of the loyalty programme, have
-- written to the support desk and, long before, have left a name in a web form.

CREATE PROFILE customer
FROM (
    (SELECT member_id, first_name, last_name, normalize_email(email) AS email,
            normalize_phone(phone, 'US') AS phone, birth_date, street, city, postcode,
            points, tier, joined_at AS updated_at
     FROM loyalty.members)
        AS loyalty KEY (member_id),

    -- the shop writes birth dates as text, month first
    (SELECT contact_id, first_name, last_name, normalize_email(email) AS email,
            normalize_phone(phone, 'US') AS phone, to_date(dob, '%m/%d/%Y') AS birth_date,
            street, city, postcode, updated_at
     FROM shop.contacts)
        AS shop KEY (contact_id),

    (SELECT customer_ref, first_name, last_name, normalize_email(email) AS email,
            normalize_phone(phone, 'US') AS phone, created_at AS updated_at
     FROM support.customers)
        AS support KEY (customer_ref),

    -- web forms have one field for the name
    (SELECT lead_id, split_part(name, ' ', 1) AS first_name, substr(name, strpos(name, ' ') + 1) AS last_name,
            normalize_email(email) AS email, normalize_phone(phone, 'US') AS phone, created_at AS updated_at
     FROM support.leads)
        AS lead KEY (lead_id)
)
MATCH (
    -- couples share a mailbox, so the given name must agree, at least roughly
    RULE same_email ON l.email = r.email
        AND (same_given_name(l.first_name, r.first_name)
             OR jaro_winkler(fold_text(l.first_name), fold_text(r.first_name)) > 0.85
             OR l.birth_date = r.birth_date),

    -- 'J. Martin' in one place and 'James Martin' in another
    RULE same_email_initial ON l.email = r.email
        AND normalize_family_name(l.last_name) = normalize_family_name(r.last_name)
        AND left(fold_text(l.first_name), 1) = left(fold_text(r.first_name), 1)
        AND least(length(l.first_name), length(r.first_name)) <= 2,

    -- some clerks type the family name first
    RULE same_email_swapped ON l.email = r.email AND same_given_name(l.first_name, r.last_name),

    -- a landline is everyone's at home
    RULE same_phone ON l.phone = r.phone
        AND (same_given_name(l.first_name, r.first_name)
             OR jaro_winkler(fold_text(l.first_name), fold_text(r.first_name)) > 0.88),

    RULE same_birth_date ON l.birth_date = r.birth_date
        AND same_given_name(l.first_name, r.first_name)
        AND jaro_winkler(fold_text(l.last_name), fold_text(r.last_name)) > 0.9,

    RULE same_birth_date_misspelt ON l.birth_date = r.birth_date
        AND normalize_family_name(l.last_name) = normalize_family_name(r.last_name)
        AND jaro_winkler(fold_text(l.first_name), fold_text(r.first_name)) > 0.88,

    -- house number and postcode are typed with more care than streets
    RULE same_address ON l.postcode = r.postcode
        AND split_part(l.street, ' ', 1) = split_part(r.street, ' ', 1)
        AND same_given_name(l.first_name, r.first_name),

    -- father and son of one name
    NEVER ON abs(date_part('year', l.birth_date) - date_part('year', r.birth_date)) > 12,

    -- mailboxes and telephones of nobody in particular
    IGNORE email LIKE 'info@%',
    IGNORE phone IN ('+10000000000', '+11234567890', '+15555555555'),

    AT MOST 1 PER loyalty
)
MERGE (
    most_frequent(first_name)                                          AS first_name,
    most_recent(last_name, updated_at)                                 AS last_name,  -- people marry
    most_recent(email, updated_at)                                     AS email,
    most_recent(phone, updated_at)                                     AS phone,
    array_agg(DISTINCT phone) FILTER (WHERE phone IS NOT NULL)         AS phones,
    prefer(birth_date, source, ['loyalty', 'shop'])                    AS birth_date,
    most_recent(named_struct('street', street, 'city', city, 'postcode', postcode), updated_at)
                                                                       AS address,
    min(updated_at)                                                    AS known_since,
    max(updated_at)                                                    AS updated_at
);
