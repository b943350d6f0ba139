use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use super::folding::fold;
use crate::text::{dictionary_signature, map_text};

#[user_doc(
    doc_section(label = "Normalizing Functions"),
    description = "A family name in canonical form: folded as by `fold_text`, suffixes such as Jr, Sr, III or PhD left out, and particles and prefixes joined to the name, so that O'Brien, van der Berg and Mac Donald have one spelling each. NULL when no name is left.",
    syntax_example = "normalize_family_name(text)",
    sql_example = r#"```sql
> SELECT normalize_family_name('O’Brien, Jr.') AS a, normalize_family_name('van der Berg') AS b, normalize_family_name('García-López') AS c;
+--------+------------+--------------+
| a      | b          | c            |
+--------+------------+--------------+
| obrien | vanderberg | garcia lopez |
+--------+------------+--------------+
```"#,
    argument(name = "text", description = "The family name."),
    related_udf(name = "normalize_given_name")
)]
/// The function `normalize_family_name`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct NormalizeFamilyName {
    signature: Signature,
}

impl NormalizeFamilyName {
    pub(crate) fn new() -> Self {
        Self { signature: dictionary_signature() }
    }
}

impl ScalarUDFImpl for NormalizeFamilyName {
    fn name(&self) -> &str {
        "normalize_family_name"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        map_text(&args, normalize_family_name)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

const PARTICLES: &[&str] = &[
    "al", "am", "ap", "auf", "aus", "ben", "bin", "d", "da", "dal", "das", "de", "degli", "dei", "del",
    "della", "dem", "den", "der", "des", "di", "do", "dos", "du", "el", "fitz", "het", "i", "ibn", "im", "l",
    "la", "las", "le", "les", "lo", "los", "mac", "mc", "o", "op", "saint", "san", "santa", "st", "t", "te",
    "ten", "ter", "the", "van", "vande", "vanden", "vander", "ver", "vom", "von", "vor", "y", "zu", "zum",
    "zur",
];

const SUFFIXES: &[&str] = &[
    "cpa", "dds", "esq", "esquire", "ii", "iii", "iv", "jnr", "jr", "junior", "md", "mba", "phd", "senior",
    "snr", "sr", "2nd", "3rd", "4th",
];

pub(crate) fn normalize_family_name(text: &str, name: &mut String) -> bool {
    let start = name.len();
    fold(text, name);
    if !name[start..].contains(' ') {
        return !name.is_empty();
    }
    let folded = name.split_off(start);
    let mut words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    while words.len() > 1 && words.last().is_some_and(|word| SUFFIXES.contains(word)) {
        words.pop();
    }
    let mut joined = true;
    for (position, word) in words.iter().enumerate() {
        if !joined {
            name.push(' ');
        }
        name.push_str(word);
        // The last word is the name itself, even when it looks like a particle.
        joined = PARTICLES.contains(word) && position + 1 < words.len();
    }
    !name.is_empty()
}
