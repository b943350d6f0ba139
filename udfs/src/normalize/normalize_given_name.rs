use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use super::folding::fold;
use super::nicknames::canonical;
use crate::text::{dictionary_signature, map_text};

#[user_doc(
    doc_section(label = "Normalizing Functions"),
    description = "A given name in canonical form: folded as by `fold_text`, titles and later initials left out, and a nickname replaced by the name it stands for (the most usual one where it stands for several). NULL when no name is left.",
    syntax_example = "normalize_given_name(text)",
    sql_example = r#"```sql
> SELECT normalize_given_name('Mr. Bob J.') AS a, normalize_given_name('Liz') AS b, normalize_given_name('José María') AS c;
+--------+-----------+------------+
| a      | b         | c          |
+--------+-----------+------------+
| robert | elizabeth | jose maria |
+--------+-----------+------------+
```"#,
    argument(name = "text", description = "The given name."),
    related_udf(name = "same_given_name"),
    related_udf(name = "normalize_family_name")
)]
/// The function `normalize_given_name`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct NormalizeGivenName {
    signature: Signature,
}

impl NormalizeGivenName {
    pub(crate) fn new() -> Self {
        Self { signature: dictionary_signature() }
    }
}

impl ScalarUDFImpl for NormalizeGivenName {
    fn name(&self) -> &str {
        "normalize_given_name"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        map_text(&args, normalize_given_name)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

const TITLES: &[&str] = &[
    "capt",
    "captain",
    "col",
    "dame",
    "dipl",
    "doctor",
    "dr",
    "father",
    "frau",
    "fr",
    "gen",
    "herr",
    "hon",
    "ing",
    "judge",
    "lady",
    "lord",
    "lt",
    "maj",
    "major",
    "master",
    "miss",
    "mister",
    "mme",
    "mlle",
    "monsieur",
    "mr",
    "mrs",
    "ms",
    "mx",
    "prof",
    "professor",
    "rabbi",
    "rev",
    "reverend",
    "sgt",
    "sir",
    "sr",
    "sra",
    "srta",
];

fn normalize_given_name(text: &str, name: &mut String) -> bool {
    let mut folded = String::with_capacity(text.len());
    fold(text, &mut folded);
    let mut words = words_without_titles(&folded);
    let Some(first) = words.next() else { return false };
    name.push_str(canonical(first));
    for word in words.filter(|word| word.len() > 1) {
        name.push(' ');
        name.push_str(word);
    }
    true
}

/// Appends the first of the given names in a text, folded, as it is written.
pub(crate) fn append_first_name(text: &str, name: &mut String) {
    let mut folded = String::with_capacity(text.len());
    fold(text, &mut folded);
    name.push_str(words_without_titles(&folded).next().unwrap_or_default());
}

/// The words of a folded name after its titles. A title alone is somebody's name.
fn words_without_titles(folded: &str) -> impl Iterator<Item = &str> {
    let mut words = folded.split(' ').filter(|word| !word.is_empty()).peekable();
    let mut first = words.next();
    while first.is_some_and(|word| TITLES.contains(&word)) && words.peek().is_some() {
        first = words.next();
    }
    first.into_iter().chain(words)
}
