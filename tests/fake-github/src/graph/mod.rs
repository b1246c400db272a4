//! GraphQL over the state: any document of GitHub's schema, as far as the fake knows the fields that it names.
//!
//! `item` says what each kind of thing has, `list` pages, `change` holds the mutations.

mod change;
mod conversation;
mod git;
pub mod ids;
mod item;
mod list;
mod repo;

use std::cell::RefCell;

use apollo_compiler::executable::OperationType;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::resolvers::{Execution, FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::{JsonMap, JsonValue};
use serde_json::{Value, json};

use super::contract::graphql::{document, implementers, schema};
use super::log::Asked;
use super::refusal::Refusal;
use super::rest::Answer;
use super::state::{Level, State, Token};
use item::Item;

/// What one request works on.
struct Context<'a> {
    state: RefCell<&'a mut State>,
    caller: Token,
    /// Refusals, for the words that errors need beside their message.
    refusals: RefCell<Vec<Refusal>>,
    /// Fields that the fake does not know.
    unknown: RefCell<Vec<String>>,
}

/// What a field leads to.
enum Out {
    /// Nothing.
    Null,
    /// A scalar or an enum's word.
    Leaf(Value),
    /// A thing with fields of its own.
    Item(Item),
    /// A list of them.
    List(Vec<Out>),
}

impl Out {
    fn leaf(value: impl Into<Value>) -> Self {
        Self::Leaf(value.into())
    }

    fn maybe(item: Option<Item>) -> Self {
        item.map_or(Self::Null, Self::Item)
    }
}

type Field = Result<Out, Refusal>;

/// A field that is asked for, with its arguments.
struct Ask<'a> {
    name: &'a str,
    arguments: Value,
    /// The type that the schema gives it, without list and `!`.
    kind: &'a str,
}

impl Ask<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.arguments.get(name).and_then(Value::as_str)
    }

    fn texts(&self, name: &str) -> Option<Vec<&str>> {
        let list = self.arguments.get(name)?.as_array()?;
        Some(list.iter().filter_map(Value::as_str).collect())
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.arguments.get(name).and_then(Value::as_u64)
    }
}

/// An item while it is looked at.
struct Looked<'a> {
    context: &'a Context<'a>,
    item: Item,
    kind: String,
}

impl<'a> Looked<'a> {
    fn new(context: &'a Context<'a>, item: Item) -> Self {
        let kind = item.kind(&context.state.borrow());
        Self { context, item, kind }
    }
}

impl ObjectValue for Looked<'_> {
    fn type_name(&self) -> &str {
        &self.kind
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, FieldError> {
        let ask = Ask {
            name: info.field_name(),
            arguments: serde_json::to_value(info.arguments()).unwrap(),
            kind: info.field_definition().ty.inner_named_type().as_str(),
        };
        match self.item.field(self.context, &ask) {
            Some(Ok(out)) => Ok(resolved(self.context, out)),
            Some(Err(refusal)) => {
                let message = refusal.text();
                self.context.refusals.borrow_mut().push(refusal);
                Err(FieldError { message })
            }
            None => {
                let what = format!("{}.{}", self.kind, ask.name);
                self.context.unknown.borrow_mut().push(what.clone());
                Err(FieldError { message: format!("the fake GitHub does not know {what}") })
            }
        }
    }
}

fn resolved<'o, 'c: 'o>(context: &'c Context<'c>, out: Out) -> ResolvedValue<'o> {
    match out {
        Out::Null => ResolvedValue::null(),
        Out::Leaf(value) => ResolvedValue::Leaf(bytes(&value)),
        Out::Item(item) => ResolvedValue::object(Looked::new(context, item)),
        Out::List(all) => ResolvedValue::list(all.into_iter().map(|out| resolved(context, out))),
    }
}

fn bytes(value: &Value) -> JsonValue {
    serde_json::from_value(value.clone()).unwrap()
}

/// Whether a document changes something.
pub fn writes(text: &str) -> bool {
    document(text).is_ok_and(|document| {
        document.operations.iter().any(|it| it.operation_type == OperationType::Mutation)
    })
}

/// What is wrong with a request, before anything is looked up.
pub fn check(asked: &Asked) -> Result<(), String> {
    if asked.method != "POST" {
        return Err(format!("{} to GraphQL", asked.method));
    }
    let document = document(asked.document())?;
    let operation = document.operations.get(None).map_err(|error| error.message().to_string())?;
    let variables = variables(asked);
    let coerced = coerce_variable_values(schema(), operation, &variables)
        .map_err(|error| format!("variables that GitHub does not take: {}", error.message()))?;
    list::bounds(&document, operation, &coerced)
}

fn variables(asked: &Asked) -> JsonMap {
    let body = asked.body.as_ref().and_then(|body| body.get("variables")).filter(|it| it.is_object());
    body.map(|variables| serde_json::from_value(variables.clone()).unwrap()).unwrap_or_default()
}

/// Answer a request.
pub fn execute(state: &mut State, caller: Option<&Token>, asked: &Asked) -> Answer {
    let Some(caller) = caller else {
        return Answer::refused(&Refusal::new(
            401,
            "UNAUTHORIZED",
            "This endpoint requires you to be authenticated.",
        ));
    };
    let document = match document(asked.document()) {
        Ok(document) => document,
        Err(wrong) => return Answer::new(200, json!({ "errors": [{ "message": wrong }] })),
    };
    let context = Context {
        state: RefCell::new(state),
        caller: caller.clone(),
        refusals: RefCell::default(),
        unknown: RefCell::default(),
    };
    let mutates = document.operations.iter().any(|it| it.operation_type == OperationType::Mutation);
    let root = Looked::new(&context, if mutates { Item::Mutation } else { Item::Query });
    let variables = variables(asked);
    let executed = Execution::new(schema(), &document)
        .implementers_map(implementers())
        .raw_variable_values(&variables)
        .execute_sync(&root);
    let executed = match executed {
        Ok(executed) => executed,
        Err(error) => {
            return Answer::new(200, json!({ "errors": [{ "message": error.message().to_string() }] }));
        }
    };
    let mut body = json!({ "data": executed.data });
    let refusals = context.refusals.borrow();
    let errors: Vec<Value> = executed
        .errors
        .iter()
        .map(|error| {
            let mut error = serde_json::to_value(error).unwrap();
            let message = error["message"].as_str().unwrap_or_default();
            // The executor's own word in front of ours.
            error["message"] = json!(message.strip_prefix("resolver error: ").unwrap_or(message));
            let known = refusals.iter().find(|refusal| error["message"] == json!(refusal.text()));
            if let Some(refusal) = known {
                error["type"] = json!(refusal.kind);
            }
            error
        })
        .collect();
    if !errors.is_empty() {
        body["errors"] = Value::Array(errors);
    }
    let mut violations = context.unknown.take();
    for what in &mut violations {
        *what = format!("the fake GitHub does not know {what}");
    }
    Answer { violations, ..Answer::new(200, body) }
}

impl Context<'_> {
    fn allow(&self, full: &str, permission: &str, level: Level) -> Result<(), Refusal> {
        self.state.borrow().allow(&self.caller, full, permission, level).map_err(|refusal| {
            // REST hides what may not be written behind a 404; GraphQL says so.
            if refusal.status == 404 && level > Level::Read {
                Refusal::forbidden(format!("{} does not have the correct permissions.", self.caller.login))
            } else {
                refusal
            }
        })
    }
}
