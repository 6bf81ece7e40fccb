//! Who may see a page and who may send a form. Every page asks here; only link pages, signing in and assets do not.

use std::collections::BTreeMap;

use axum::extract::{Form, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect};

use super::visit::{same_origin, token};
use super::{No, Pages, oops};
use crate::store::ApiKey;
use crate::terms::{Scope, Word as _};

/// Somebody who signed in; the key is known and not revoked at this moment.
pub struct Visitor {
    /// The key they signed in with.
    pub key: ApiKey,
    /// Goes into every form.
    pub csrf: String,
}

impl Visitor {
    /// May change settings.
    pub fn is_admin(&self) -> bool {
        self.has(Scope::Admin)
    }

    /// May close tasks and decide doubts.
    pub fn may_decide(&self) -> bool {
        self.has(Scope::Agent) || self.is_admin()
    }

    fn has(&self, scope: Scope) -> bool {
        self.key.scopes.iter().any(|own| own == scope.word())
    }

    fn may_see(&self) -> bool {
        self.has(Scope::Read) || self.may_decide()
    }
}

impl FromRequestParts<Pages> for Visitor {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Self, No> {
        match visitor(&parts.headers, pages).await {
            Ok(Some(visitor)) if visitor.may_see() => Ok(visitor),
            Ok(Some(_)) => Err(oops(StatusCode::FORBIDDEN, "This key may not see the pages. It needs the scope read, agent or admin.")),
            // A part of a page must not be replaced by the sign-in form.
            Ok(None) if parts.headers.contains_key("x-fragment") => Err(No(Box::new(StatusCode::UNAUTHORIZED.into_response()))),
            Ok(None) => Err(No(Box::new(Redirect::to("/login").into_response()))),
            Err(response) => Err(response),
        }
    }
}

async fn visitor(headers: &HeaderMap, pages: &Pages) -> Result<Option<Visitor>, No> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let Some(visit) = cookies.filter_map(token).find_map(|token| pages.visits.find(token, pages.engine.clock().tick())) else {
        return Ok(None);
    };
    let now = pages.engine.now();
    let id = visit.key;
    let key = pages.read(move |reader| reader.key(id)).await?;
    Ok(key.filter(|key| key.works(now)).map(|key| Visitor { key, csrf: visit.csrf }))
}

/// The fields of a form that was sent from one of our own pages by somebody who signed in.
pub struct Sealed {
    /// Who sent it.
    pub visitor: Visitor,
    fields: Fields,
}

/// The fields of a form.
pub struct Fields(BTreeMap<String, String>);

impl Fields {
    /// A field, trimmed; empty where it is missing.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
    }

    /// A field exactly as it was typed, with line ends as everywhere else.
    pub fn whole(&self, name: &str) -> String {
        self.0.get(name).map(|value| value.replace("\r\n", "\n")).unwrap_or_default()
    }

    /// Whether a box is ticked.
    pub fn ticked(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

impl std::ops::Deref for Sealed {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.fields
    }
}

impl FromRequest<Pages> for Sealed {
    type Rejection = No;

    async fn from_request(request: Request, pages: &Pages) -> Result<Self, No> {
        let (mut parts, body) = request.into_parts();
        own_page(&parts.headers)?;
        let visitor = Visitor::from_request_parts(&mut parts, pages).await?;
        let fields = Fields::from_request(Request::from_parts(parts, body), pages).await?;
        if fields.text("csrf") != visitor.csrf {
            return Err(oops(
                StatusCode::FORBIDDEN,
                "This form is from an earlier sign-in. Go back, load the page again and send it once more.",
            ));
        }
        Ok(Self { visitor, fields })
    }
}

impl FromRequest<Pages> for Fields {
    type Rejection = No;

    async fn from_request(request: Request, pages: &Pages) -> Result<Self, No> {
        match Form::<BTreeMap<String, String>>::from_request(request, pages).await {
            Ok(Form(fields)) => Ok(Self(fields)),
            Err(_) => Err(oops(StatusCode::BAD_REQUEST, "This is not a form of ours, or it is too long.")),
        }
    }
}

/// A form that another site made the browser send is refused.
pub fn own_page(headers: &HeaderMap) -> Result<(), No> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if same_origin(text("origin"), text("sec-fetch-site"), text("host")) {
        return Ok(());
    }
    Err(oops(StatusCode::FORBIDDEN, "This form did not come from a page of this box, so it was not taken."))
}
