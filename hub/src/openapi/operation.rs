//! How an operation is described: whatever its types and its path say is not said again.

use std::collections::BTreeMap;

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use crate::error::{Code, Problem};

/// Everybody who has an account.
pub(super) const EVERYBODY: &[&str] = &["customer", "store", "rider", "operator"];
/// And those who have none.
pub(super) const GUESTS_TOO: &[&str] = &["customer", "store", "rider", "operator", "guest"];

/// Writes operations down, and the schemas that they speak of.
pub(super) struct Writer {
    answers: SchemaGenerator,
    bodies: SchemaGenerator,
    paths: Map<String, Value>,
}

impl Writer {
    pub(super) fn new() -> Writer {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Writer {
            answers: settings().for_serialize().into_generator(),
            // What is taken has other fields to be filled in than what is given.
            bodies: settings()
                .for_deserialize()
                .with(|settings| settings.inline_subschemas = true)
                .into_generator(),
            paths: Map::new(),
        }
    }

    pub(super) fn get(&mut self, path: &'static str, id: &str, summary: &str) -> Operation<'_> {
        Operation::begin(self, "get", path, id, summary)
    }

    pub(super) fn put(&mut self, path: &'static str, id: &str, summary: &str) -> Operation<'_> {
        Operation::begin(self, "put", path, id, summary)
    }

    pub(super) fn post(&mut self, path: &'static str, id: &str, summary: &str) -> Operation<'_> {
        Operation::begin(self, "post", path, id, summary)
    }

    /// The paths, and the schemas by name.
    pub(super) fn finish(mut self) -> (Value, Value) {
        self.answers.subschema_for::<Problem>();
        (Value::Object(self.paths), self.answers.take_definitions(true).into())
    }
}

/// One operation, described step by step.
pub(super) struct Operation<'a> {
    writer: &'a mut Writer,
    method: &'static str,
    path: &'static str,
    value: Value,
    parameters: Vec<Value>,
    codes: Vec<Code>,
}

impl<'a> Operation<'a> {
    fn begin(
        writer: &'a mut Writer,
        method: &'static str,
        path: &'static str,
        id: &str,
        summary: &str,
    ) -> Operation<'a> {
        let tag = path.split('/').nth(1).unwrap_or_default();
        let value = json!({
            "operationId": id, "summary": summary, "tags": [tag], "responses": {}, "security": [],
        });
        let mut operation =
            Operation { writer, method, path, value, parameters: Vec::new(), codes: Vec::new() };
        for name in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
            let schema = match name {
                "orderId" => json!({"type": "string", "format": "uuid"}),
                "storeId" => json!({"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}),
                _ => json!({"type": "string", "pattern": "^[0-9]+-[0-9]+-[0-9]+$"}),
            };
            operation = operation.parameter("path", name, true, schema, "Which one.");
            operation.codes.push(Code::NotFound);
        }
        operation
    }

    /// Who may ask. Whoever needs no token needs no store of orders either.
    pub(super) fn roles(mut self, roles: &[&str]) -> Self {
        let one = |role: &&str| json!({"bearer": [role]});
        self.value["security"] = roles.iter().map(one).collect();
        // Guests are refused nearly everywhere, and have one path that is for nobody else.
        self.codes.extend([Code::Unauthenticated, Code::Unavailable, Code::NotYours]);
        self
    }

    /// Takes an idempotency key.
    pub(super) fn keyed(self) -> Self {
        self.key(false)
    }

    /// Insists on an idempotency key.
    pub(super) fn key_required(self) -> Self {
        self.key(true)
    }

    fn key(mut self, is_required: bool) -> Self {
        let schema = json!({"type": "string", "pattern": "^[!-~]{1,128}$"});
        let about = "Names this request, so that it can be sent twice and happens once.";
        self.codes.push(Code::Invalid);
        self.parameter("header", "Idempotency-Key", is_required, schema, about)
    }

    /// Takes a header.
    pub(super) fn header(self, name: &str, about: &str) -> Self {
        self.parameter("header", name, false, json!({"type": "string"}), about)
    }

    /// Takes what stands behind the question mark.
    pub(super) fn query<T: JsonSchema>(mut self) -> Self {
        let schema = Value::from(self.writer.bodies.root_schema_for::<T>());
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        self.codes.push(Code::Invalid);
        for (name, field) in schema["properties"].as_object().cloned().unwrap_or_default() {
            let is_required = required.iter().any(|it| *it == name);
            let about = field["description"].as_str().unwrap_or_default().to_owned();
            self = self.parameter("query", &name, is_required, without_null(field), &about);
        }
        self
    }

    fn parameter(
        mut self,
        place: &str,
        name: &str,
        is_required: bool,
        schema: Value,
        about: &str,
    ) -> Self {
        self.parameters.push(json!({
            "in": place, "name": name, "required": is_required, "schema": schema,
            "description": about,
        }));
        self
    }

    /// Insists on a body.
    pub(super) fn body<T: JsonSchema>(self, example: Value) -> Self {
        self.body_if::<T>(true, example)
    }

    /// Takes a body that need not be there.
    pub(super) fn optional_body<T: JsonSchema>(self, example: Value) -> Self {
        self.body_if::<T>(false, example)
    }

    fn body_if<T: JsonSchema>(mut self, is_required: bool, example: Value) -> Self {
        let schema = self.writer.bodies.root_schema_for::<T>();
        let content = json!({"application/json": {"schema": schema, "example": example}});
        self.value["requestBody"] = json!({"required": is_required, "content": content});
        self.codes.extend([Code::PayloadTooLarge, Code::UnsupportedMediaType, Code::Invalid]);
        self
    }

    /// Says more than the summary does.
    pub(super) fn about(mut self, about: &str) -> Self {
        self.value["description"] = json!(about);
        self
    }

    /// Insists on a body of the real-time protocol: JSON of this schema, or Protobuf.
    pub(super) fn frames(mut self, example: Value, schema: Value) -> Self {
        let content = json!({
            "application/json": {"schema": schema, "example": example},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        });
        self.value["requestBody"] = json!({"required": true, "content": content});
        self.codes.push(Code::PayloadTooLarge);
        self
    }

    /// Answers with text that is no JSON document.
    pub(super) fn answers_text(mut self, status: u16, kind: &str, about: &str) -> Self {
        let content = json!({kind: {"schema": {"type": "string"}}});
        self.value["responses"][status.to_string()] =
            json!({"description": about, "content": content});
        self
    }

    /// Answers with `T`.
    pub(super) fn answers<T: JsonSchema>(mut self, status: u16, about: &str) -> Self {
        let schema: Schema = self.writer.answers.subschema_for::<T>();
        let content = json!({"application/json": {"schema": schema}});
        self.value["responses"][status.to_string()] =
            json!({"description": about, "content": content});
        self
    }

    /// Answers with nothing but a status.
    pub(super) fn answers_nothing(mut self, status: u16, about: &str) -> Self {
        self.value["responses"][status.to_string()] = json!({"description": about});
        self
    }

    /// Sends a header with an answer.
    pub(super) fn with_header(mut self, status: u16, name: &str, about: &str) -> Self {
        self.value["responses"][status.to_string()]["headers"][name] =
            json!({"description": about, "schema": {"type": "string"}});
        self
    }

    /// Refuses for these reasons, besides those that go without saying.
    pub(super) fn refuses(mut self, codes: &[Code]) -> Self {
        self.codes.extend(codes);
        self
    }

    /// Writes it down.
    pub(super) fn done(mut self) {
        let mut by_status: BTreeMap<u16, Vec<Value>> = BTreeMap::new();
        for code in &self.codes {
            let codes = by_status.entry(code.status().as_u16()).or_default();
            let code = json!(code);
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        for (status, codes) in by_status {
            self.value["responses"][status.to_string()] = problem(status, &codes);
        }
        self.value["parameters"] = Value::Array(self.parameters);
        let methods = self.writer.paths.entry(self.path).or_insert_with(|| json!({}));
        methods[self.method] = self.value;
    }
}

fn problem(status: u16, codes: &[Value]) -> Value {
    let reference = json!({"$ref": "#/components/schemas/Problem"});
    let schema = json!({"allOf": [reference, {"properties": {"code": {"enum": codes}}}]});
    let names: Vec<&str> = codes.iter().filter_map(Value::as_str).collect();
    let mut answer = json!({
        "description": names.join(", "),
        "content": {"application/problem+json": {"schema": schema}},
    });
    let header = |about: &str, schema: Value| json!({"description": about, "schema": schema});
    match status {
        401 => {
            answer["headers"]["WWW-Authenticate"] = header("Bearer", json!({"type": "string"}));
        }
        429 | 503 => {
            let schema = json!({"type": "integer", "minimum": 1});
            answer["headers"]["Retry-After"] = header("Seconds after which to try again.", schema);
        }
        _ => (),
    }
    answer
}

/// What is not in a query is absent; null is a word of JSON.
fn without_null(mut schema: Value) -> Value {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|it| it != "null");
        if let [only] = types.as_slice() {
            schema["type"] = only.clone();
        }
    }
    if let Some(Value::Array(kinds)) = schema.get_mut("anyOf") {
        kinds.retain(|it| it["type"] != "null");
        if let [only] = kinds.as_slice() {
            schema = only.clone();
        }
    }
    schema
}
