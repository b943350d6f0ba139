//! `$metadata`: the entity sets of a service, from its EDMX document (OData CSDL XML 4.01).

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::types::{column, label};
use crate::database::driver::Catalog;
use crate::database::table::RemoteTable;
use crate::{Error, ForeignKey, Result, TableDescription};

#[derive(Deserialize)]
struct Edmx {
    #[serde(rename = "DataServices")]
    services: DataServices,
}

#[derive(Deserialize)]
struct DataServices {
    #[serde(rename = "Schema", default)]
    schemas: Vec<Schema>,
}

#[derive(Deserialize)]
struct Schema {
    #[serde(rename = "@Namespace")]
    namespace: String,
    #[serde(rename = "@Alias")]
    alias: Option<String>,
    #[serde(rename = "EntityType", default)]
    types: Vec<EntityType>,
    #[serde(rename = "EntityContainer", default)]
    containers: Vec<Container>,
}

#[derive(Deserialize)]
struct EntityType {
    #[serde(rename = "@Name")]
    name: String,
    #[serde(rename = "@BaseType")]
    base: Option<String>,
    #[serde(rename = "Key")]
    key: Option<Key>,
    #[serde(rename = "Property", default)]
    properties: Vec<Property>,
    #[serde(rename = "NavigationProperty", default)]
    navigation: Vec<Navigation>,
}

#[derive(Deserialize)]
struct Key {
    #[serde(rename = "PropertyRef", default)]
    properties: Vec<PropertyRef>,
}

#[derive(Deserialize)]
struct PropertyRef {
    #[serde(rename = "@Name")]
    name: String,
}

/// A property as the document has it.
#[derive(Deserialize)]
pub(super) struct Property {
    #[serde(rename = "@Name")]
    pub(super) name: String,
    #[serde(rename = "@Type")]
    pub(super) r#type: String,
    #[serde(rename = "@Nullable")]
    pub(super) nullable: Option<bool>,
    #[serde(rename = "@Precision")]
    pub(super) precision: Option<String>,
    #[serde(rename = "@Scale")]
    pub(super) scale: Option<String>,
}

#[derive(Deserialize)]
struct Navigation {
    #[serde(rename = "@Name")]
    name: String,
    #[serde(rename = "ReferentialConstraint", default)]
    constraints: Vec<Constraint>,
}

#[derive(Deserialize)]
struct Constraint {
    #[serde(rename = "@Property")]
    property: String,
    #[serde(rename = "@ReferencedProperty")]
    referenced: String,
}

#[derive(Deserialize)]
struct Container {
    #[serde(rename = "EntitySet", default)]
    sets: Vec<EntitySet>,
}

#[derive(Deserialize)]
struct EntitySet {
    #[serde(rename = "@Name")]
    name: String,
    #[serde(rename = "@EntityType")]
    r#type: String,
    #[serde(rename = "NavigationPropertyBinding", default)]
    bindings: Vec<Binding>,
}

#[derive(Deserialize)]
struct Binding {
    #[serde(rename = "@Path")]
    path: String,
    #[serde(rename = "@Target")]
    target: String,
}

/// The entity sets as tables. `has_label` tells of which columns the label is read, too.
///
/// # Errors
/// It is no EDMX document.
pub(super) fn read(text: &str, has_label: &dyn Fn(&str) -> bool) -> Result<Catalog> {
    let document: Edmx = quick_xml::de::from_str(text).map_err(|e| {
        Error::new(format!("its $metadata cannot be read: {e}"))
            .hint("check that the url is the address of an OData v4 service")
    })?;
    let mut types = HashMap::new();
    for schema in &document.services.schemas {
        for entity in &schema.types {
            for namespace in [Some(&schema.namespace), schema.alias.as_ref()].into_iter().flatten() {
                types.insert(format!("{namespace}.{}", entity.name), entity);
            }
        }
    }
    let containers = document.services.schemas.iter().flat_map(|schema| &schema.containers);
    let sets = containers.flat_map(|container| &container.sets);
    let tables = sets.filter_map(|set| table(set, &types, has_label)).collect();
    Ok(Catalog { default_schema: String::new(), tables })
}

fn table(
    set: &EntitySet,
    types: &HashMap<String, &EntityType>,
    has_label: &dyn Fn(&str) -> bool,
) -> Option<RemoteTable> {
    // From the type itself to what it stands on.
    let mut chain = vec![*types.get(&set.r#type)?];
    while let Some(base) = chain.last().and_then(|entity| entity.base.as_ref()) {
        let base = *types.get(base)?;
        if chain.len() > types.len() {
            return None;
        }
        chain.push(base);
    }
    chain.reverse();
    let mut columns = Vec::new();
    for property in chain.iter().flat_map(|entity| &entity.properties) {
        let Some(column) = column(property) else { continue };
        let labelled = has_label(&column.name).then(|| label(&column));
        columns.push(column);
        columns.extend(labelled);
    }
    let primary_key = chain.iter().find_map(|entity| entity.key.as_ref());
    let primary_key = primary_key.map(|key| key.properties.iter().map(|p| p.name.clone()).collect());
    let bindings: BTreeMap<&str, &str> =
        set.bindings.iter().map(|b| (b.path.as_str(), b.target.as_str())).collect();
    let foreign_keys = chain.iter().flat_map(|entity| &entity.navigation).filter_map(|navigation| {
        let target = bindings.get(navigation.name.as_str())?;
        (!navigation.constraints.is_empty()).then(|| ForeignKey {
            columns: navigation.constraints.iter().map(|c| c.property.clone()).collect(),
            table: (*target).to_owned(),
            references: navigation.constraints.iter().map(|c| c.referenced.clone()).collect(),
        })
    });
    let description = TableDescription {
        primary_key: primary_key.unwrap_or_default(),
        foreign_keys: foreign_keys.collect(),
        ..TableDescription::default()
    };
    Some(RemoteTable {
        schema: String::new(),
        name: set.name.clone(),
        from: set.name.clone(),
        columns,
        description,
        rows: None,
        typed: false,
        ranges: None,
    })
}
