using shop from '../db/schema';

@path: '/test' @requires: 'authenticated-user'
service Test {
    @cds.redirection.target entity people as projection on shop.people;
    entity nobody as projection on shop.nobody;
    entity orders as projection on shop.orders;
    entity contacts as projection on shop.contacts;
}
