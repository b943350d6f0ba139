//! `pg_roles`, `pg_user`, `pg_authid`, `pg_auth_members`.

use super::columns::{Is, Of, Row};
use super::directory::{Directory, OWNER};
use super::listed::Listed;

const ROLE: &[(&str, Of)] = &[
    ("oid", Of::Oid),
    ("rolname", Of::Name),
    ("rolsuper", Of::Bool),
    ("rolinherit", Of::Bool),
    ("rolcreaterole", Of::Bool),
    ("rolcreatedb", Of::Bool),
    ("rolcanlogin", Of::Bool),
    ("rolreplication", Of::Bool),
    ("rolbypassrls", Of::Bool),
    ("rolconnlimit", Of::Int4),
    ("rolpassword", Of::Text),
    ("rolvaliduntil", Of::Time),
    ("rolconfig", Of::Texts),
];

pub(super) fn all() -> Vec<Listed> {
    vec![
        Listed { name: "pg_roles", columns: ROLE, rows: roles },
        Listed { name: "pg_authid", columns: ROLE, rows: roles },
        Listed {
            name: "pg_user",
            columns: &[
                ("usename", Of::Name),
                ("usesysid", Of::Oid),
                ("usecreatedb", Of::Bool),
                ("usesuper", Of::Bool),
                ("userepl", Of::Bool),
                ("usebypassrls", Of::Bool),
                ("passwd", Of::Text),
                ("valuntil", Of::Time),
                ("useconfig", Of::Texts),
            ],
            rows: |d| {
                let users = d.users.iter().filter(|u| u.2).map(|(oid, name, _, admin, _)| {
                    vec![
                        ("usename", name.as_str().into()),
                        ("usesysid", Is::Oid(*oid)),
                        ("usesuper", Is::Bool(*admin)),
                    ]
                });
                users.collect()
            },
        },
        Listed {
            name: "pg_auth_members",
            columns: &[
                ("roleid", Of::Oid),
                ("member", Of::Oid),
                ("grantor", Of::Oid),
                ("admin_option", Of::Bool),
            ],
            rows: |d| {
                let member = |(oid, _, _, _, roles): &(u32, String, bool, bool, Vec<u32>)| {
                    let row = |role: &u32| {
                        vec![
                            ("roleid", Is::Oid(*role)),
                            ("member", Is::Oid(*oid)),
                            ("grantor", Is::Oid(OWNER)),
                        ]
                    };
                    roles.iter().map(row).collect::<Vec<Row>>()
                };
                d.users.iter().flat_map(member).collect()
            },
        },
    ]
}

fn roles(d: &Directory) -> Vec<Row> {
    let owner = vec![
        ("oid", Is::Oid(OWNER)),
        ("rolname", "onefold".into()),
        ("rolsuper", Is::Bool(true)),
        ("rolinherit", Is::Bool(true)),
        ("rolconnlimit", Is::Int(-1)),
    ];
    let users = d.users.iter().map(|(oid, name, login, admin, _)| {
        vec![
            ("oid", Is::Oid(*oid)),
            ("rolname", name.as_str().into()),
            ("rolsuper", Is::Bool(*admin)),
            ("rolinherit", Is::Bool(true)),
            ("rolcreaterole", Is::Bool(*admin)),
            ("rolcanlogin", Is::Bool(*login)),
            ("rolconnlimit", Is::Int(-1)),
        ]
    });
    std::iter::once(owner).chain(users).collect()
}
