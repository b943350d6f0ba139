use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use super::folding::fold;
use crate::text::{dictionary_signature, map_text};

#[user_doc(
    doc_section(label = "Normalizing Functions"),
    description = "The name of an organisation in canonical form: folded as by `fold_text`, initials joined, and legal forms and noise words (Inc, Ltd, GmbH, S.A., and, the) left out. A name made of such words only keeps them; NULL when nothing is left.",
    syntax_example = "normalize_organization(text)",
    sql_example = r#"```sql
> SELECT normalize_organization('The Contoso Trading Co., Ltd.') AS a, normalize_organization('A. T. & T. Inc') AS b, normalize_organization('Müller S.à r.l.') AS c;
+-----------------+-----+--------+
| a               | b   | c      |
+-----------------+-----+--------+
| contoso trading | att | muller |
+-----------------+-----+--------+
```"#,
    argument(name = "text", description = "The name of the organisation.")
)]
/// The function `normalize_organization`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct NormalizeOrganization {
    signature: Signature,
}

impl NormalizeOrganization {
    pub(crate) fn new() -> Self {
        Self { signature: dictionary_signature() }
    }
}

impl ScalarUDFImpl for NormalizeOrganization {
    fn name(&self) -> &str {
        "normalize_organization"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        map_text(&args, normalize_organization)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

/// Left out at the end of a name, as often as they occur there.
const LEGAL_FORMS: &[&str] = &[
    "ab",
    "ag",
    "aps",
    "as",
    "asa",
    "bhd",
    "bv",
    "bvba",
    "co",
    "company",
    "corp",
    "corporation",
    "cv",
    "doo",
    "eg",
    "eirl",
    "ev",
    "gesellschaft",
    "gmbh",
    "holding",
    "holdings",
    "inc",
    "incorporated",
    "jsc",
    "kft",
    "kg",
    "kgaa",
    "kk",
    "lda",
    "limited",
    "limitada",
    "llc",
    "llp",
    "lp",
    "ltd",
    "ltda",
    "mbh",
    "nv",
    "ohg",
    "oao",
    "ooo",
    "oy",
    "oyj",
    "pbc",
    "pc",
    "plc",
    "pllc",
    "pte",
    "pty",
    "pvt",
    "private",
    "sa",
    "sapi",
    "sarl",
    "sas",
    "sasu",
    "sca",
    "scs",
    "sdn",
    "se",
    "sl",
    "slu",
    "snc",
    "spa",
    "sprl",
    "spzoo",
    "srl",
    "sro",
    "ug",
    "zoo",
];

const NOISE: &[&str] = &["a", "an", "and", "et", "the", "und", "y"];

pub(crate) fn normalize_organization(text: &str, name: &mut String) -> bool {
    let mut folded = String::with_capacity(text.len());
    fold(text, &mut folded);
    let all = join_initials(&folded);
    let mut words: Vec<&str> = all.iter().map(String::as_str).collect();
    loop {
        let last = words.last().copied().unwrap_or_default();
        if !LEGAL_FORMS.contains(&last) && !NOISE.contains(&last) {
            break;
        }
        words.pop();
    }
    words.retain(|word| !NOISE.contains(word));
    if words.is_empty() {
        words = all.iter().map(String::as_str).collect();
    }
    for word in words {
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(word);
    }
    !name.is_empty()
}

/// The words of a folded name, where a run of single letters is one word: `s a` is `sa`, `s a r l` is `sarl`.
fn join_initials(folded: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut initials = false;
    for word in folded.split(' ').filter(|word| !word.is_empty()) {
        let initial = word.len() == 1;
        match words.last_mut() {
            Some(last) if initials && initial => last.push_str(word),
            _ => words.push(word.to_owned()),
        }
        initials = initial;
    }
    words
}
