//! Lists in pages, and GitHub's limits on how much one document may ask for.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::ast;
use apollo_compiler::executable::{Field as Selected, Operation, Selection, SelectionSet};
use apollo_compiler::response::JsonMap;
use serde_json::{Value, json};

use super::item::Item;
use super::{Ask, Field, Out};

/// The most things that one document may lead to.
const MOST_NODES: u64 = 500_000;

/// A list, for a field of this type.
pub(super) fn list(ask: &Ask<'_>, all: Vec<Item>) -> Item {
    Item::List { kind: ask.kind.to_owned(), all, edges: Vec::new(), arguments: ask.arguments.clone() }
}

/// A list or its connection's further fields.
pub(super) fn field(
    all: &[Item],
    more: &[(&'static str, Value)],
    arguments: &Value,
    ask: &Ask<'_>,
) -> Option<Field> {
    let (from, to) = bounds_of(arguments, all.len());
    let cursor = |at: usize| format!("cursor-{at}");
    let page = || all[from..to].iter().cloned();
    Some(Ok(match ask.name {
        "totalCount" => Out::leaf(all.len()),
        "nodes" => Out::List(page().map(Out::Item).collect()),
        "edges" => Out::List(
            page()
                .enumerate()
                .map(|(at, item)| {
                    Out::Item(Item::Made {
                        kind: ask.kind.to_owned(),
                        fields: vec![("cursor", json!(cursor(from + at)))],
                        items: vec![("node", Some(item))],
                    })
                })
                .collect(),
        ),
        "pageInfo" => Out::Item(Item::made(
            "PageInfo",
            vec![
                ("hasNextPage", json!(to < all.len())),
                ("hasPreviousPage", json!(from > 0)),
                ("startCursor", if from < to { json!(cursor(from)) } else { Value::Null }),
                ("endCursor", if from < to { json!(cursor(to - 1)) } else { Value::Null }),
            ],
        )),
        name => {
            let (_, value) = more.iter().find(|(known, _)| *known == name)?;
            Out::Leaf(value.clone())
        }
    }))
}

fn bounds_of(arguments: &Value, length: usize) -> (usize, usize) {
    let number =
        |name: &str| arguments.get(name).and_then(Value::as_u64).map(|it| usize::try_from(it).unwrap());
    let cursor = |name: &str| -> Option<usize> {
        arguments.get(name)?.as_str()?.strip_prefix("cursor-")?.parse().ok()
    };
    let mut from = cursor("after").map_or(0, |at| at + 1).min(length);
    let mut to = cursor("before").unwrap_or(length).min(length).max(from);
    if let Some(first) = number("first") {
        to = to.min(from + first);
    } else if let Some(last) = number("last") {
        from = from.max(to.saturating_sub(last));
    }
    (from, to)
}

/// GitHub wants a bound on every list, none above 100, and not too much in all.
pub(super) fn bounds(
    document: &ExecutableDocument,
    operation: &Operation,
    variables: &JsonMap,
) -> Result<(), String> {
    let walk = Walk { document, variables };
    let nodes = walk.nodes(&operation.selection_set, 1)?;
    if nodes > MOST_NODES {
        return Err(format!(
            "This query requests up to {nodes} possible nodes which exceeds the maximum limit of 500,000."
        ));
    }
    Ok(())
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    variables: &'a JsonMap,
}

impl Walk<'_> {
    fn nodes(&self, set: &SelectionSet, times: u64) -> Result<u64, String> {
        let mut sum = 0;
        for selection in &set.selections {
            sum += match selection {
                Selection::Field(field) => match self.bound(field)? {
                    Some(bound) => times * bound + self.nodes(&field.selection_set, times * bound)?,
                    None => self.nodes(&field.selection_set, times)?,
                },
                Selection::InlineFragment(inline) => self.nodes(&inline.selection_set, times)?,
                Selection::FragmentSpread(spread) => {
                    let fragment = &self.document.fragments[&spread.fragment_name];
                    self.nodes(&fragment.selection_set, times)?
                }
            };
        }
        Ok(sum)
    }

    /// How many a list leads to at most; none for what is no list.
    fn bound(&self, field: &Selected) -> Result<Option<u64>, String> {
        if !field.definition.ty.inner_named_type().as_str().ends_with("Connection") {
            return Ok(None);
        }
        let number = |name: &str| -> Option<u64> {
            match field.argument_by_name(name).ok()?.as_ref() {
                ast::Value::Int(number) => number.try_to_i32().ok()?.try_into().ok(),
                ast::Value::Variable(name) => self.variables.get(name.as_str())?.as_u64(),
                _ => None,
            }
        };
        let name = &field.name;
        // Who only counts needs no bound.
        let counts = |it: &Selection| matches!(it, Selection::Field(it) if it.name == "totalCount");
        if number("first").or_else(|| number("last")).is_none()
            && field.selection_set.selections.iter().all(counts)
        {
            return Ok(None);
        }
        match number("first").or_else(|| number("last")) {
            None => Err(format!(
                "You must provide a `first` or `last` value to properly paginate the `{name}` connection."
            )),
            Some(bound) if bound > 100 => Err(format!(
                "Requesting {bound} records on the `{name}` connection exceeds the `first` limit of 100 records."
            )),
            Some(bound) => Ok(Some(bound)),
        }
    }
}
