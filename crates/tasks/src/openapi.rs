//! The OpenAPI document.

use axum::Router;
use axum::routing::get;
use http::HeaderMap;
use serde_json::{Value, json};
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, HeaderBuilder, Object, Ref, RefOr, Required, Response,
    ResponseBuilder, Schema, SecurityRequirement, Type,
};
use utoipa::{Modify, OpenApi};

use crate::asset::Asset;
use crate::problem::Failure;
use crate::routes;

/// The parts that are described beside their code.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tessera tasks",
        description = "A task list that only its owner sees. Every request carries a JWT of the \
                       auth half; `user_id` in the path is the `sub` of that token. Someone \
                       else's task answers exactly as a task that does not exist."
    ),
    paths(
        routes::list,
        routes::create,
        routes::find,
        routes::change,
        routes::remove,
        routes::toggle
    ),
    components(schemas(Failure)),
    tags((name = "Tasks", description = "The tasks of one person")),
    modifiers(&Shared)
)]
struct Document;

/// The document as JSON, as served and as kept in `openapi.json`.
#[must_use]
pub fn openapi() -> String {
    format!("{:#}\n", json!(Document::openapi()))
}

/// Serves the document at `/api/openapi.json`.
pub(crate) fn router() -> Router {
    let document = Asset::new("application/json", openapi().into_bytes());
    Router::new()
        .route("/api/openapi.json", get(async move |headers: HeaderMap| document.answer(&headers)))
}

/// What all operations have in common: the token, the parts of the path, and the ways to fail.
struct Shared;

impl Modify for Shared {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        add_security(components);
        close_inputs(components);
        add_responses(components);
        for (path, item) in &mut document.paths.paths {
            item.parameters = Some(path_parameters(path));
            let operations =
                [&mut item.get, &mut item.post, &mut item.put, &mut item.delete, &mut item.patch];
            for operation in operations.into_iter().flatten() {
                complete(operation);
            }
        }
    }
}

fn add_security(components: &mut Components) {
    components.add_security_scheme(
        "token",
        SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .bearer_format("JWT")
                .description(Some("A token of the auth half: `GET /api/auth/token`."))
                .build(),
        ),
    );
}

/// Other members are refused, not ignored.
fn close_inputs(components: &mut Components) {
    for name in ["NewTask", "TaskChange"] {
        if let Some(RefOr::T(Schema::Object(object))) = components.schemas.get_mut(name) {
            object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
}

fn add_responses(components: &mut Components) {
    let text = || Object::with_type(Type::String);
    let challenge = HeaderBuilder::new()
        .schema(Some(text()))
        .description(Some("`Bearer`, with the reason when a token was sent (RFC 6750)"))
        .build();
    let retry = HeaderBuilder::new()
        .schema(Some(text()))
        .description(Some("Seconds to wait before trying again"))
        .build();
    for (name, response) in [
        (
            "BadRequest",
            failure(
                "The body is not a JSON object, or fields are not valid; `fields` names each.",
                json!({
                    "message": "Some fields are not valid",
                    "code": "VALIDATION_ERROR",
                    "fields": {"title": "must be 1 to 200 characters"},
                }),
            ),
        ),
        (
            "Unauthorized",
            failure(
                "The token is missing, expired, revoked or not valid.",
                json!({"message": "Authentication required", "code": "MISSING_TOKEN"}),
            )
            .header("www-authenticate", challenge),
        ),
        (
            "NotFound",
            failure(
                "There is no such task, or it is someone else's.",
                json!({"message": "Not found", "code": "NOT_FOUND"}),
            ),
        ),
        (
            "PayloadTooLarge",
            failure(
                "The body is larger than 64 KiB.",
                json!({"message": "The body is larger than 64 KiB", "code": "PAYLOAD_TOO_LARGE"}),
            ),
        ),
        (
            "UnsupportedMediaType",
            failure(
                "The body is not declared as JSON.",
                json!({
                    "message": "The content type must be application/json",
                    "code": "UNSUPPORTED_MEDIA_TYPE",
                }),
            ),
        ),
        (
            "InternalError",
            failure(
                "The server failed; its log says why.",
                json!({"message": "Something went wrong", "code": "INTERNAL_ERROR"}),
            ),
        ),
        (
            "Unavailable",
            failure(
                "The tasks or the keys cannot be reached now; try again.",
                json!({
                    "message": "Tasks cannot be reached right now. Please try again.",
                    "code": "UNAVAILABLE",
                }),
            )
            .header("retry-after", retry),
        ),
    ] {
        components.responses.insert(name.to_owned(), RefOr::T(response.build()));
    }
}

fn failure(description: &str, example: Value) -> ResponseBuilder {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Failure")))
        .example(Some(example))
        .build();
    ResponseBuilder::new().description(description).content("application/json", content)
}

fn path_parameters(path: &str) -> Vec<RefOr<Parameter>> {
    [("user_id", "The `sub` of the token"), ("id", "The id of the task")]
        .into_iter()
        .filter(|(name, _)| path.contains(&format!("{{{name}}}")))
        .map(|(name, description)| {
            let parameter = ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .description(Some(description))
                .schema(Some(Object::with_type(Type::String)));
            RefOr::T(parameter.build())
        })
        .collect()
}

fn complete(operation: &mut Operation) {
    operation.security = Some(vec![SecurityRequirement::new("token", [""; 0])]);
    let mut answers = vec![
        ("401", "Unauthorized"),
        ("404", "NotFound"),
        ("500", "InternalError"),
        ("503", "Unavailable"),
    ];
    if operation.request_body.is_some() {
        answers.extend([
            ("400", "BadRequest"),
            ("413", "PayloadTooLarge"),
            ("415", "UnsupportedMediaType"),
        ]);
    }
    for (status, name) in answers {
        let reference = RefOr::<Response>::Ref(Ref::from_response_name(name));
        operation.responses.responses.insert(status.to_owned(), reference);
    }
}
