//! Every type, written and read.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::{DataType, Field, Int32Type, TimeUnit, i256};

use super::{collect, replace, shown, warehouse};

#[tokio::test]
async fn every_type_comes_back() {
    let (_folder, warehouse) = warehouse().await;
    let relation = warehouse.relation("profiles/customer");
    let batch = all_types();
    let written = replace(&relation, vec![batch.clone(), batch.slice(0, 1)]).await.unwrap();
    assert_eq!((written.version, written.rows, written.files), (0, 4, 2));
    assert!(written.bytes > 0);

    let mut expected = [shown(&[batch.slice(0, 1)]), shown(&[batch])];
    let read = collect(&relation, 0).await;
    // Which of the two files is first is left to chance.
    let mut found: Vec<String> = read.iter().map(|b| shown(std::slice::from_ref(b))).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn stored_types_are_those_of_delta() {
    let (_folder, warehouse) = warehouse().await;
    let relation = warehouse.relation("r");
    replace(&relation, vec![all_types()]).await.unwrap();
    let schema = relation.provider(0).await.unwrap().schema();
    let types: BTreeMap<&str, String> =
        schema.fields().iter().map(|f| (f.name().as_str(), f.data_type().to_string())).collect();
    assert_eq!(types["large_text"], "Utf8View");
    assert_eq!(types["word"], "Utf8View");
    assert_eq!(types["nothing"], "Utf8View");
    assert_eq!(types["u8"], "Int16");
    assert_eq!(types["u64"], "Int64");
    assert_eq!(types["seen_at"], "Timestamp(µs, \"UTC\")");
    assert_eq!(types["local_time"], "Timestamp(µs)");
    assert_eq!(types["amount"], "Decimal128(12, 2)");
    let provided = collect(&relation, 0).await;
    assert_eq!(provided[0].schema().fields(), schema.fields());
}

/// Three rows, the last all NULL, of every type that can be stored, in the units that are kept.
pub(super) fn all_types() -> RecordBatch {
    let mut people = ListBuilder::new(StringViewBuilder::new());
    people.append_value([Some("Ann"), None]);
    people.append_value([] as [Option<&str>; 0]);
    people.append_null();
    let mut counts = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    counts.keys().append_value("a");
    counts.values().append_value(1);
    counts.append(true).unwrap();
    counts.append(true).unwrap();
    counts.append(false).unwrap();
    let street = Field::new("street", DataType::Utf8View, true);
    let since = Field::new("since", DataType::Timestamp(TimeUnit::Second, None), true);
    let address = StructArray::new(
        vec![street, since].into(),
        vec![
            Arc::new(StringViewArray::from(vec![Some("Main St 1"), None, None])),
            Arc::new(TimestampSecondArray::from(vec![Some(1_700_000_000), None, None])),
        ],
        Some(vec![true, true, false].into()),
    );
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("yes", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]))),
        ("i8", Arc::new(Int8Array::from(vec![Some(-1), Some(1), None]))),
        ("i16", Arc::new(Int16Array::from(vec![Some(-1), Some(1), None]))),
        ("i32", Arc::new(Int32Array::from(vec![Some(-1), Some(1), None]))),
        ("i64", Arc::new(Int64Array::from(vec![Some(i64::MIN), Some(i64::MAX), None]))),
        ("u8", Arc::new(UInt8Array::from(vec![Some(0), Some(255), None]))),
        ("u16", Arc::new(UInt16Array::from(vec![Some(0), Some(u16::MAX), None]))),
        ("u32", Arc::new(UInt32Array::from(vec![Some(0), Some(u32::MAX), None]))),
        ("u64", Arc::new(UInt64Array::from(vec![Some(0), Some(i64::MAX as u64), None]))),
        ("f32", Arc::new(Float32Array::from(vec![Some(0.5), Some(f32::NAN), None]))),
        ("f64", Arc::new(Float64Array::from(vec![Some(0.25), Some(f64::INFINITY), None]))),
        ("text", Arc::new(StringArray::from(vec![Some("Zoë"), Some(""), None]))),
        ("large_text", Arc::new(LargeStringArray::from(vec![Some("x"), Some("y"), None]))),
        ("view", Arc::new(StringViewArray::from(vec![Some("longer than twelve bytes"), Some("y"), None]))),
        (
            "word",
            Arc::new(
                vec![Some("red"), Some("blue"), None].into_iter().collect::<DictionaryArray<Int32Type>>(),
            ),
        ),
        ("bytes", Arc::new(BinaryViewArray::from(vec![Some(&b"\x00\xff"[..]), Some(b""), None]))),
        ("day", Arc::new(Date32Array::from(vec![Some(-1), Some(19_000), None]))),
        ("amount", Arc::new(decimal())),
        (
            "seen_at",
            Arc::new(TimestampMicrosecondArray::from(vec![Some(1), Some(-1), None]).with_timezone("UTC")),
        ),
        ("local_time", Arc::new(TimestampMillisecondArray::from(vec![Some(1), Some(-1), None]))),
        ("nothing", Arc::new(NullArray::new(3))),
        ("people", Arc::new(people.finish())),
        ("counts", Arc::new(counts.finish())),
        ("address", Arc::new(address)),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn decimal() -> Decimal256Array {
    Decimal256Array::from(vec![Some(i256::from(-12_345)), Some(i256::ZERO), None])
        .with_precision_and_scale(12, 2)
        .unwrap()
}
