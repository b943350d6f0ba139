use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use crate::normalize::folding::fold_chars;
use crate::text::{dictionary_signature, map_text};

#[user_doc(
    doc_section(label = "Similarity Functions"),
    description = "The American Soundex code of a text: its first letter and three digits for the consonants that follow, as the United States census codes names. Text of other alphabets is transliterated first. NULL when the text has no letter.",
    syntax_example = "soundex(text)",
    sql_example = r#"```sql
> SELECT soundex('Robert') AS a, soundex('Rupert') AS b, soundex('Ashcraft') AS c;
+------+------+------+
| a    | b    | c    |
+------+------+------+
| R163 | R163 | A261 |
+------+------+------+
```"#,
    argument(name = "text", description = "The text to code."),
    related_udf(name = "double_metaphone")
)]
/// The function `soundex`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Soundex {
    signature: Signature,
}

impl Soundex {
    pub(crate) fn new() -> Self {
        Self { signature: dictionary_signature() }
    }
}

impl ScalarUDFImpl for Soundex {
    fn name(&self) -> &str {
        "soundex"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        map_text(&args, soundex)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

/// Codes of the letters a to z; 0 for vowels, which separate equal codes, and 9 for h and w, which do not.
const CODES: &[u8; 26] = b"01230129022455012623019202";

fn soundex(text: &str, code: &mut String) -> bool {
    let mut last = 0;
    for letter in fold_chars(text).filter(char::is_ascii_alphabetic) {
        let digit = CODES[usize::from(letter as u8 - b'a')];
        if code.is_empty() {
            code.push(letter.to_ascii_uppercase());
            last = digit;
        } else if digit != b'9' {
            if digit != b'0' && digit != last {
                code.push(char::from(digit));
            }
            last = digit;
        }
        if code.len() == 4 {
            break;
        }
    }
    if code.is_empty() {
        return false;
    }
    while code.len() < 4 {
        code.push('0');
    }
    true
}
