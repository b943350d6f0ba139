//! An incremental run gives what a run over everything with the same model gives, whatever has changed.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use onefold::refresh::{Request, RunStatus, Unwatched, run};
use onefold::{Engine, Session};

use crate::support::{number, open, rows, run_project, write_project};

const PROJECT: &str = "
CREATE SOURCE data TYPE files OPTIONS (location 'data/');
CREATE PROFILE person
FROM (
    (SELECT id, first_name, last_name, birth_date, email, street, postcode, city, card FROM data.shop) AS shop KEY (id),
    (SELECT id, first_name, last_name, birth_date, email, street, postcode, city, card FROM data.crm) AS crm KEY (id)
)
MATCH (
    BLOCK ON (email), BLOCK ON (last_name, birth_date), BLOCK ON (street), BLOCK ON (city),
    COMPARE given_name(first_name), COMPARE family_name(last_name), COMPARE birth_date(birth_date),
    COMPARE email(email), COMPARE address(street, city, postcode),
    RULE same_card ON l.card = r.card,
    NEVER ON l.birth_date <> r.birth_date AND l.email = r.email AND l.first_name <> r.first_name,
    AT MOST 1 PER crm
)
MERGE (longest(first_name) AS first_name, count(*) AS records)
OPTIONS (model 'frozen');
";

/// Numbers that look random and are the same each time (Marsaglia's xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("small")
    }
}

#[derive(Clone)]
struct Record {
    id: usize,
    crm: bool,
    fields: [String; 8],
}

const GIVEN: [&str; 12] =
    ["anna", "ben", "carla", "david", "elena", "frank", "greta", "hugo", "ines", "jonas", "karla", "liam"];
const FAMILY: [&str; 10] =
    ["acker", "brandt", "conti", "dahl", "eriksen", "fischer", "greco", "holm", "iversen", "jensen"];

/// A record of a person; of three, one has a slip. People 2n and 2n + 1 live together.
fn record(dice: &mut Dice, id: usize, person: usize) -> Record {
    let home = person / 2;
    let mut given = GIVEN[person * 7 % GIVEN.len()].to_owned();
    if dice.below(3) == 0 {
        given.push('x');
    }
    let year = 1940 + person * 13 % 60;
    let fields = [
        given,
        format!("{}{}", FAMILY[home * 3 % FAMILY.len()], ["son", "", "berg"][home % 3]),
        format!("{year}-{:02}-{:02}", 1 + person * 5 % 12, 1 + person * 11 % 28),
        if dice.below(4) == 0 { String::new() } else { format!("p{person}@example.com") },
        format!("{} {} street", 1 + home * 17 % 90, ["oak", "elm", "fir", "ash"][home % 4]),
        format!("{}", 10_000 + home * 271 % 40_000),
        // About as many as a block may have, so that changes move it over the limit and back.
        if dice.below(10) < 9 { "metro".to_owned() } else { format!("town{}", home % 20) },
        if dice.below(5) == 0 { format!("c{person}") } else { String::new() },
    ];
    Record { id, crm: dice.below(3) == 0, fields }
}

fn write(dir: &Path, records: &[Record]) {
    for (name, crm) in [("shop", false), ("crm", true)] {
        let mut text = "id,first_name,last_name,birth_date,email,street,postcode,city,card\n".to_owned();
        for record in records.iter().filter(|r| r.crm == crm) {
            writeln!(text, "k{:05},{}", record.id, record.fields.join(",")).expect("text");
        }
        write_project(dir, &[(&format!("data/{name}.csv"), &text)]);
    }
}

/// Changes, removes and adds a few records.
fn change(dice: &mut Dice, records: &mut Vec<Record>, next: &mut usize) {
    for _ in 0..dice.below(8) {
        let place = dice.below(records.len());
        match dice.below(3) {
            0 => records[place].fields[dice.below(2)].push('y'),
            1 => records[place].fields[3] = format!("p{}@example.com", dice.below(160)),
            _ => records[place].fields[4] = format!("{} elm street", 1 + dice.below(90)),
        }
    }
    for _ in 0..dice.below(12) {
        let place = dice.below(records.len());
        records.swap_remove(place);
    }
    for _ in 0..dice.below(12) {
        let person = dice.below(170);
        records.push(record(dice, *next, person));
        *next += 1;
    }
}

/// All that a run decides.
async fn outcome(session: &Session) -> Vec<String> {
    let mut out = Vec::new();
    for sql in [
        "SELECT * FROM profiles.person_links ORDER BY source, record_key",
        "SELECT * FROM profiles.person_pairs ORDER BY left_source, left_key, right_source, right_key",
        "SELECT * FROM profiles.person_households ORDER BY person_id",
        "SELECT * FROM profiles.person ORDER BY person_id",
    ] {
        out.push(format!("-- {sql}"));
        out.extend(rows(session, sql).await);
    }
    out
}

async fn refresh(engine: &Engine, full: bool) -> RunStatus {
    let request = Request { targets: None, full, command: "test".to_owned() };
    run(engine, request, Arc::new(Unwatched)).await.expect("the run starts").status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_incremental_run_equals_a_full_one() {
    for seed in [3, 11, 2026] {
        let dir = tempfile::tempdir().expect("a folder");
        let mut dice = Dice(seed);
        let mut next = 330;
        let mut records: Vec<Record> = (0..next).map(|id| record(&mut dice, id, id % 150)).collect();
        write_project(dir.path(), &[("onefold.toml", ""), ("person.sql", PROJECT)]);
        write(dir.path(), &records);
        let engine = open(dir.path()).await;
        assert_eq!(run_project(&engine).await.status, RunStatus::Succeeded);
        let session = engine.session();
        for round in 0..4 {
            change(&mut dice, &mut records, &mut next);
            write(dir.path(), &records);
            assert_eq!(refresh(&engine, false).await, RunStatus::Succeeded);
            let detail = rows(
                &session,
                "SELECT detail FROM system.run_steps WHERE step = 'changes' ORDER BY started_at DESC LIMIT 1",
            )
            .await;
            assert!(detail[0].contains(" gone; by the model of run"), "{}", detail[0]);
            let incremental = outcome(&session).await;
            assert_eq!(refresh(&engine, true).await, RunStatus::Succeeded);
            let full = outcome(&session).await;
            let differ = incremental.iter().zip(&full).find(|(a, b)| a != b);
            assert!(differ.is_none(), "seed {seed}, round {round}: {differ:#?}");
            assert_eq!(incremental.len(), full.len(), "seed {seed}, round {round}");
        }
        let links = number(&session, "SELECT count(*) FROM profiles.person_links").await;
        let people = number(&session, "SELECT count(*) FROM profiles.person").await;
        assert!(people < links, "somebody has two records");
    }
}
