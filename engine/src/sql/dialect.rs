//! The SQL dialect: PostgreSQL, with what DataFusion understands beyond it.

use std::any::TypeId;
use std::sync::Arc;

use sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};

/// The dialect of every statement that Onefold reads: PostgreSQL's, with lambdas, `SELECT * EXCEPT`, `FROM`
/// first, struct and map literals, pipes and `ORDER BY ALL`, and without operators of the user's own, which
/// would make one operator of the last two characters of `a <>-1`.
pub fn dialect() -> Arc<dyn Dialect> {
    Arc::new(OnefoldDialect)
}

#[derive(Debug, Clone, Copy)]
pub(super) struct OnefoldDialect;

macro_rules! has {
    ($($feature:ident),* $(,)?) => {
        $(fn $feature(&self) -> bool { true })*
    };
}

impl Dialect for OnefoldDialect {
    /// sqlparser asks for the type where it has no method to ask; there the answer is PostgreSQL.
    fn dialect(&self) -> TypeId {
        PostgreSqlDialect {}.dialect()
    }

    fn identifier_quote_style(&self, identifier: &str) -> Option<char> {
        PostgreSqlDialect {}.identifier_quote_style(identifier)
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        PostgreSqlDialect {}.is_delimited_identifier_start(ch)
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        PostgreSqlDialect {}.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        PostgreSqlDialect {}.is_identifier_part(ch)
    }

    fn is_reserved_for_identifier(&self, keyword: Keyword) -> bool {
        PostgreSqlDialect {}.is_reserved_for_identifier(keyword)
    }

    fn get_next_precedence(&self, parser: &Parser<'_>) -> Option<Result<u8, ParserError>> {
        PostgreSqlDialect {}.get_next_precedence(parser)
    }

    fn prec_value(&self, precedence: Precedence) -> u8 {
        PostgreSqlDialect {}.prec_value(precedence)
    }

    // PostgreSQL's.
    has!(
        allow_extract_custom,
        allow_extract_single_quotes,
        supports_alter_column_type_using,
        supports_array_typedef_with_brackets,
        supports_bitwise_shift_operators,
        supports_comma_separated_trim,
        supports_comment_on,
        supports_create_index_with_clause,
        supports_create_table_like_parenthesized,
        supports_explain_with_utility_options,
        supports_filter_during_aggregation,
        supports_group_by_expr,
        supports_insert_table_alias,
        supports_interval_options,
        supports_nested_comments,
        supports_notnull_operator,
        supports_numeric_literal_underscores,
        supports_set_names,
        supports_string_escape_constant,
        supports_unicode_string_literal,
    );

    // DataFusion's.
    has!(
        support_map_literal_syntax,
        supports_dictionary_syntax,
        supports_from_first_select,
        supports_lambda_functions,
        supports_order_by_all,
        supports_pipe_operator,
        supports_select_wildcard_except,
        supports_select_wildcard_exclude,
        supports_select_wildcard_replace,
        supports_struct_literal,
        supports_window_function_null_treatment_arg,
    );
}
