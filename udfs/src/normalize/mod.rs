//! Functions that bring customer data into a canonical form.

mod address;
pub(crate) mod date;
pub(crate) mod email;
pub(crate) mod folding;
pub(crate) mod nicknames;
mod phone;
mod whole_name;

pub(crate) mod address_tokens;
pub(crate) mod digits;
pub(crate) mod email_domain;
pub(crate) mod email_user;
pub(crate) mod family_name_of;
pub(crate) mod fold_text;
pub(crate) mod given_name_of;
pub(crate) mod normalize_address;
pub(crate) mod normalize_date;
pub(crate) mod normalize_email;
pub(crate) mod normalize_family_name;
pub(crate) mod normalize_given_name;
pub(crate) mod normalize_organization;
pub(crate) mod normalize_phone;
pub(crate) mod normalize_postcode;
