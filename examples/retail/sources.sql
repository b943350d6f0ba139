-- Three systems that know nothing of each other. Their files are read where they are: a schema for each
-- folder, a table for each file in it. Types are inferred; money is declared, so that its sums are exact.

CREATE SOURCE shop TYPE files OPTIONS (
    location 'data/shop/',
    columns.purchases 'amount decimal(12, 2)'
);

CREATE SOURCE loyalty TYPE files OPTIONS (
    location 'data/loyalty/',
    columns.store_purchases 'amount decimal(12, 2)'
);

CREATE SOURCE support TYPE files OPTIONS (location 'data/support/');
