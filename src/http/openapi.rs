//! OpenAPI 3.1 out of the route table: what is not in the table does not exist, so the document cannot lie by omission.

use utoipa::openapi::path::{Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, LicenseBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, PathsBuilder, Ref, RefOr, Required,
    ResponseBuilder, Schema, SecurityRequirement, Type,
};

use super::error::Problem;
use super::table::{Needs, Route, Shape, shape};
use crate::terms::{Scope, Word as _};

/// The document of these routes.
pub fn document(routes: &[Route]) -> OpenApi {
    let mut schemas = Vec::new();
    (shape::<Problem>().collect)(&mut schemas);
    let mut paths = PathsBuilder::new();
    for route in routes {
        for shape in [route.body, route.answer.1].into_iter().flatten() {
            (shape.collect)(&mut schemas);
        }
        let item = utoipa::openapi::PathItem::new(route.method.clone(), operation(route));
        paths = paths.path(route.path, item);
    }
    let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(KEYS)).build());
    let components = ComponentsBuilder::new().schemas_from_iter(schemas).security_scheme("key", bearer).build();
    let license = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build();
    let info = InfoBuilder::new().title("Answerback").version(env!("CARGO_PKG_VERSION")).description(Some(ABOUT)).license(Some(license));
    OpenApiBuilder::new().info(info.build()).paths(paths.build()).components(Some(components)).build()
}

const KEYS: &str =
    "A key made by `answerback key create --name NAME --scope SCOPE`. The unix socket needs none: the kernel says who calls.";
const ABOUT: &str = "Text-message conversations over the utility's own GSM modems. Times are RFC 3339, numbers E.164 (national forms are read \
    with the box's country). A POST that creates takes an Idempotency-Key: the same key and body replay the first answer \
    (Idempotent-Replayed: true), another body is 422. Lists are newest first, with `limit` and an opaque `cursor`. \
    Every refusal is application/problem+json with a stable `code`.";

fn operation(route: &Route) -> Operation {
    let mut operation = OperationBuilder::new().summary(Some(route.summary)).operation_id(Some(operation_id(route))).tag(tag(route.path));
    for name in route.path.split('/').filter_map(|part| part.strip_prefix('{').and_then(|part| part.strip_suffix('}'))) {
        operation = operation.parameter(parameter(name, ParameterIn::Path, "", Required::True));
    }
    for (name, meaning) in route.query {
        operation = operation.parameter(parameter(name, ParameterIn::Query, meaning, Required::False));
    }
    if route.creates {
        let meaning = "Any text of up to 255 characters: the same key and body do it once.";
        operation = operation.parameter(parameter("Idempotency-Key", ParameterIn::Header, meaning, Required::False));
    }
    if let Some(body) = route.body {
        let body = RequestBodyBuilder::new().content("application/json", content(body)).required(Some(Required::True));
        operation = operation.request_body(Some(body.build()));
    }
    if let Needs::AnyOf(scopes) = route.needs {
        let words: Vec<&str> = scopes.iter().map(|scope| scope.word()).collect();
        operation = operation.security(SecurityRequirement::new("key", words.clone()));
        operation = operation.description(Some(format!("Needs one of the scopes: {}.", with_admin(words).join(", "))));
    }
    let (status, given) = route.answer;
    let yes = ResponseBuilder::new().description("Done.");
    let yes = given.into_iter().fold(yes, |yes, shape| yes.content("application/json", content(shape)));
    let no = ResponseBuilder::new().description("A refusal, with a stable code.");
    let no = no.content("application/problem+json", content(shape::<Problem>()));
    operation.response(status.to_string(), yes.build()).response("default", no.build()).build()
}

fn with_admin(mut words: Vec<&'static str>) -> Vec<&'static str> {
    if !words.contains(&Scope::Admin.word()) {
        words.push(Scope::Admin.word());
    }
    words
}

fn operation_id(route: &Route) -> String {
    let words = route.path.split('/').filter(|part| !part.is_empty() && *part != "v1").map(|part| part.trim_matches(['{', '}']));
    words.fold(route.verb().to_lowercase(), |id, word| id + "_" + word)
}

fn tag(path: &str) -> &str {
    let mut parts = path.split('/').filter(|part| !part.is_empty() && *part != "v1");
    parts.next().unwrap_or("box")
}

fn parameter(name: &str, place: ParameterIn, meaning: &str, required: Required) -> Parameter {
    let text: RefOr<Schema> = ObjectBuilder::new().schema_type(Type::String).build().into();
    let parameter = ParameterBuilder::new().name(name).parameter_in(place).required(required).schema(Some(text));
    let parameter = if meaning.is_empty() { parameter } else { parameter.description(Some(meaning)) };
    parameter.build()
}

fn content(shape: Shape) -> Content {
    Content::new(Some(RefOr::<Schema>::Ref(Ref::from_schema_name((shape.name)()))))
}
