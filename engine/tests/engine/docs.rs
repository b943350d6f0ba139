//! Every statement of the documentation, run from the top of its page to the bottom. A block of text right after
//! a query is its result.

use std::path::Path;

use onefold::refresh::RunStatus;
use onefold::{Engine, Response, sql};

use crate::stub::Stub;
use crate::support::{cells, open, run_project, write_project};

const CONTACTS: &str = "\
contact_id,first_name,last_name,email,phone,dob,street,city,postcode,updated_at
1,Ann,Berg,ann@example.com,+46701111111,02/03/1980,Main St 1,Lund,22100,2024-01-01
2,Ann,Berg, ANN@example.com,+46701111112,02/03/1980,Main St 1,Lund,22100,2024-05-01
3,Bo,Dahl,bo@example.com,+46702222222,07/09/1978,Sea Rd 4,Malmö,21100,2024-02-01
4,Carla,Falk,info@contoso.com,0000000,11/30/1991,Hill 2,Ystad,27100,2024-03-01
";

const MEMBERS: &str = "\
member_id,first_name,last_name,email,phone,birth_date,points,tier,joined_at
M1,Anna,Svensson,anna@work.example,+46703333333,,1200,gold,2023-06-01
M2,Bo,Dahl,bo@example.com,+46702222222,1978-07-09,300,silver,2023-07-01
M3,Eva,Holm,info@contoso.com,0000001,1985-05-05,2500,gold,2023-08-01
";

const PURCHASES: &str = "\
purchase_id,contact_id,purchased_at,amount,product_id
P1,1,2024-02-01 10:00:00,50.5,coffee
P2,2,2024-06-01 11:00:00,70,tea
P3,3,2024-06-02 12:00:00,2200,machine
";

const ORDERS: &str = "\
order_id,contact_id,ordered_on,total
0001,1,01/31/2024,12.50
0002,3,02/01/2024,8
0003,2,02/02/2024,soon
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_and_catalog() {
    let dir = project();
    let engine = open(dir.path()).await;
    page(&engine, "docs/statements.md", str::to_owned).await;
    page(&engine, "docs/catalog.md", str::to_owned).await;
    page(&engine, "docs/matching.md", str::to_owned).await;
    page(&engine, "docs/serving.md", str::to_owned).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sources() {
    let people = CONTACTS.as_bytes();
    let bucket = Stub::new(&[("/lake/crm/contacts.csv", people)], Some("reader"));
    let dir = project();
    let at_hand = |block: &str| {
        let endpoint = format!("'reader', endpoint '{}', allow_http 'true'", bucket.address);
        block.replace("'${LAKE_KEY}'", &endpoint).replace("${LAKE_SECRET}", "secret")
    };
    let engine = open(dir.path()).await;
    page(&engine, "docs/sources.md", at_hand).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readme() {
    let dir = project();
    let engine = open(dir.path()).await;
    let mut blocks = blocks("README.md");
    // What looks around stands before what there is to see.
    blocks.sort_by_key(|block| !block.sql.contains("CREATE"));
    for block in &blocks {
        run(&engine, "README.md", block, &block.sql).await;
        engine.session().query("REFRESH ALL").await.expect("the refresh succeeds");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn predictions() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let project = dir.path().join("retail");
    onefold::example::init(&project, Some("retail")).expect("the example can be made");
    let engine = open(&project).await;
    assert_eq!(run_project(&engine).await.status, RunStatus::Succeeded);
    let model = "tests/onnx/forest_of_two.onnx";
    std::fs::create_dir_all(project.join("models")).expect("the folder can be made");
    std::fs::copy(model, project.join("models/prospect.onnx")).expect("the model can be copied");
    page(&engine, "docs/predictions.md", str::to_owned).await;
}

/// Runs a page; `at_hand` puts what the test has in the place of what only a user has.
async fn page(engine: &Engine, page: &str, at_hand: impl Fn(&str) -> String) {
    let blocks = blocks(page);
    assert!(!blocks.is_empty(), "{page} has no SQL");
    for block in &blocks {
        run(engine, page, block, &at_hand(&block.sql)).await;
    }
}

async fn run(engine: &Engine, page: &str, block: &Block, text: &str) {
    let at = format!("{page}:{}", block.line);
    let session = engine.session();
    let mut last = Vec::new();
    for parsed in sql::parse(text).unwrap_or_else(|e| panic!("{at}: {e}")) {
        assert_eq!(one(&parsed.statement.to_string()), parsed.statement, "{at}: what is printed reads back");
        let answer = session.execute(&parsed).await.unwrap_or_else(|e| panic!("{at}: {e}"));
        last = result(answer).await.unwrap_or_else(|e| panic!("{at}: {e}"));
    }
    if let Some(expected) = &block.result {
        assert_eq!(&last, expected, "{at}: the result");
    }
}

fn one(text: &str) -> sql::Statement {
    let mut all = sql::parse(text).expect("a statement");
    all.remove(0).statement
}

/// The names of the columns, and the rows.
async fn result(answer: Response) -> onefold::Result<Vec<Vec<String>>> {
    let Response::Rows { schema, stream } = answer else { return Ok(vec![]) };
    let batches = Response::Rows { schema: schema.clone(), stream }.collect().await?;
    let names = schema.fields().iter().map(|f| f.name().clone()).collect();
    Ok(std::iter::once(names).chain(batches.iter().flat_map(cells)).collect())
}

struct Block {
    line: usize,
    sql: String,
    result: Option<Vec<Vec<String>>>,
}

fn blocks(page: &str) -> Vec<Block> {
    let path = Path::new("..").join(page);
    let text = std::fs::read_to_string(path).expect("the page can be read");
    let begin = "```sql\n";
    text.match_indices(begin)
        .map(|(at, _)| {
            let rest = &text[at + begin.len()..];
            let (sql, after) = rest.split_once("\n```").expect("the block ends");
            let result = after.trim_start().strip_prefix("```text\n").map(|shown| {
                let (table, _) = shown.split_once("\n```").expect("the result ends");
                let rows = table.lines().filter(|line| !line.starts_with(['─', '(']));
                rows.map(|line| line.split('│').map(|cell| cell.trim().to_owned()).collect()).collect()
            });
            Block { line: text[..at].lines().count() + 1, sql: sql.to_owned(), result }
        })
        .collect()
}

fn project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let files = [
        ("data/shop/contacts.csv", CONTACTS),
        ("data/shop/members.csv", MEMBERS),
        ("data/shop/orders.csv", ORDERS),
        ("data/shop/purchases.csv", PURCHASES),
        ("data/loyalty/members.csv", MEMBERS),
    ];
    write_project(dir.path(), &files);
    dir
}
